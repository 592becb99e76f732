"""GitHub's own description: its example payloads parse, and the check itself bites."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import responses

from issue_intake.core.ports import Rule
from issue_intake.core.review import CheckState
from issue_intake.github import parse, parse_checks, parse_history, parse_reviews
from issue_intake.github.fields import Row, some_list, some_object
from issue_intake.github.search import Search
from tests.github.builders import API, notes, provenance, repository
from tests.github.openapi import check_request, check_response, description, examples

REPO = "/repos/acme/webshop"


def test_example_issues_parse() -> None:
    lists = list(examples("GET", f"{REPO}/issues"))
    rows = [row for rows in lists if isinstance(rows, list) for row in rows]
    singles = [*examples("GET", f"{REPO}/issues/1"), *examples("POST", f"{REPO}/issues")]
    assert rows
    assert singles
    for row in [*rows, *singles]:
        assert parse.issue(row).url.startswith("https://github.com/")


def test_example_searches_parse() -> None:
    search = Search(Rule(query="windows"), "batterseapower/pinyin-toolkit")
    found = [row for page in examples("GET", "/search/issues") for row in search.ours(search.rows(page))]
    assert found
    for row in found:
        assert parse.issue(row).state == "open"


def test_example_pull_requests_parse() -> None:
    lists = list(examples("GET", f"{REPO}/pulls"))
    rows = [row for rows in lists if isinstance(rows, list) for row in rows]
    singles = [*examples("GET", f"{REPO}/pulls/1"), *examples("POST", f"{REPO}/pulls")]
    assert rows
    assert singles
    for row in [*rows, *singles]:
        assert parse.pull(row).number
        assert parse.head(row)[1]


def test_example_reviews_and_comments_parse() -> None:
    reviews = [parse_reviews.review(row) for row in _rows(f"{REPO}/pulls/1/reviews")]
    comments = [parse_reviews.comment(row) for row in _rows(f"{REPO}/pulls/1/comments")]
    pulls = [parse_reviews.facts(pull) for pull in examples("GET", f"{REPO}/pulls/1")]
    assert {review and review.state for review in reviews} == {"approved"}
    assert {comment.path for comment in comments} == {"file1.txt"}
    assert {facts.base for facts in pulls} == {"master"}


def test_example_checks_parse() -> None:
    found = [parse_checks.check_run(row) for row in _rows(f"{REPO}/commits/main/check-runs", "check_runs")]
    found += [parse_checks.status(row) for row in _rows(f"{REPO}/commits/main/status", "statuses")]
    found += [parse_checks.job(row) for row in _rows(f"{REPO}/actions/runs/1/jobs", "jobs")]
    assert {check.state for check in found} == {CheckState.NEUTRAL, CheckState.PASSED}
    assert all(check.name and check.url for check in found)


def _rows(path: str, name: str | None = None) -> list[Row]:
    pages = (some_object(page)[name] if name else page for page in examples("GET", path))
    return [some_object(row) for page in pages for row in some_list(page)]


def test_an_example_of_an_actions_run_parses() -> None:
    (found,) = (parse_checks.run(row) for row in _rows(f"{REPO}/actions/runs", "workflow_runs"))
    assert (found.name, found.state) == ("Build", CheckState.PENDING)


def test_an_example_timeline_parses() -> None:
    timelines = [parse_history.acts(some_list(rows)) for rows in examples("GET", f"{REPO}/issues/1/timeline")]
    assert timelines
    for acts in timelines:
        assert [(act.kind, act.by, act.about) for act in acts] == [
            ("labeled", "github-product-roadmap", "beta"),
            ("renamed", "github-product-roadmap", ""),
        ]


def test_an_example_of_a_right_an_account_and_a_comment_is_understood(tmp_path: Path) -> None:
    paths = (f"{REPO}/collaborators/octocat/permission", "/user", f"{REPO}/issues/1/comments")
    with responses.RequestsMock() as github:
        github.get(f"{API}{REPO}", json=repository())
        for path in paths:
            github.get(f"{API}{path}", json=next(examples("GET", path)))
        assert provenance(tmp_path).writes("octocat") is True
        notes(tmp_path).comment(1, "Me too", "Me too")  # it is there already, by the very account
        assert {call.request.method for call in github.calls} == {"GET"}


def test_example_repositories_and_labels_parse() -> None:
    for row in examples("GET", REPO):
        assert parse.repository(row).default_branch
    for row in examples("GET", f"{REPO}/labels/bug"):
        assert parse.labels({"labels": [row]})


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", f"{REPO}/nothing", {}, None),
        ("DELETE", f"{REPO}/issues", {}, None),
        ("GET", f"{REPO}/issues", {"stat": "open"}, None),
        ("GET", f"{REPO}/issues", {"state": "ajar"}, None),
        ("GET", f"{REPO}/issues", {}, {"a": 1}),
        ("POST", f"{REPO}/pulls", {}, {"title": "t", "head": "h"}),
        ("POST", f"{REPO}/pulls", {}, {"title": "t", "head": "h", "base": "main", "drat": True}),
        ("POST", f"{REPO}/pulls", {}, {"title": "t", "head": "h", "base": "main", "draft": "yes"}),
    ],
)
def test_a_request_github_does_not_describe_is_caught(
    method: str, path: str, query: dict[str, str], body: object
) -> None:
    with pytest.raises(AssertionError):
        check_request(method, path, query, body)


def test_an_answer_github_does_not_describe_is_caught() -> None:
    good = next(examples("GET", f"{REPO}/git/ref/heads/agent/issue-7"))
    check_response("GET", f"{REPO}/git/ref/heads/agent/issue-7", 200, good)
    with pytest.raises(AssertionError, match="never answers 418"):
        check_response("GET", REPO, 418, {})
    with pytest.raises(AssertionError, match="required property"):
        check_response("GET", f"{REPO}/labels/bug", 200, {"name": "bug"})


def test_every_example_is_held_to_its_own_schema_without_a_broken_reference() -> None:
    for path, operations in description()["paths"].items():
        for method in operations:
            for example in examples(method, path):
                with suppress(AssertionError):  # not every example fits; a reference to nothing raises otherwise
                    check_response(method, path, 200 if method == "get" else 201, example)
