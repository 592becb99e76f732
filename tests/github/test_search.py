"""What is asked of GitHub's search, exactly, and what counts of its answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from issue_intake.core.ports import Rule
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.github.limits import Limits
from tests.github.builders import API, CANARY, issue, repository, tracker
from tests.github.openapi import check_request

SEARCH_URL = f"{API}/search/issues"
HERE = f"{API}/repos/acme/webshop"
BUGS = Rule(query="label:bug -label:wip milestone:v2")


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    """GitHub with our repository, and whatever a test says is found."""
    with responses.RequestsMock() as mock:
        mock.get(HERE, json=repository())
        yield mock
        for call in mock.calls:
            url = urlsplit(str(call.request.url))
            check_request(str(call.request.method), url.path, dict(parse_qsl(url.query)))


def _found(*rows: object, total: int | None = None, incomplete: bool = False) -> dict[str, Any]:
    count = len(rows) if total is None else total
    return {"total_count": count, "incomplete_results": incomplete, "items": list(rows), "search_type": "lexical"}


def _row(number: int, **changes: object) -> dict[str, Any]:
    return issue(number, repository_url=HERE, score=1.0, **changes)


def _asked(github: responses.RequestsMock) -> list[dict[str, str]]:
    urls = [urlsplit(str(call.request.url)) for call in github.calls]
    return [dict(parse_qsl(url.query)) for url in urls if url.path == "/search/issues"]


def test_a_query_is_asked_within_the_repository_and_its_open_issues(
    github: responses.RequestsMock, tmp_path: Path
) -> None:
    github.get(SEARCH_URL, json=_found(_row(7), _row(8)))
    poll = tracker(tmp_path).poll(BUGS)
    assert [found.number for found in poll.issues] == [7, 8]
    assert (poll.requests, poll.unchanged, poll.warnings) == (2, 0, ())
    assert _asked(github) == [
        {
            "q": "repo:acme/webshop is:issue is:open label:bug -label:wip milestone:v2",
            "sort": "created",
            "order": "asc",
            "per_page": "100",
        }
    ]
    assert github.calls[1].request.headers["Authorization"] == f"Bearer {CANARY}"


@pytest.mark.parametrize(
    ("rule", "qualifiers"),
    [
        (Rule(labels=("good first issue", "a/b 🚀"), query="x"), 'label:"good first issue" label:"a/b 🚀" x'),
        (Rule(labels=("a,b", 'say "hi"', "c\\d"), query="x"), "x"),
        (Rule(labels=("bug",), exclude_labels=("wip",), query="x"), 'label:"bug" x'),
        (Rule(assignee="OctoCat", query="x"), "assignee:OctoCat x"),
        (Rule(assignee="none", query="x"), "no:assignee x"),
        (Rule(assignee="*", query="x"), "x"),
    ],
)
def test_the_rest_of_the_rule_is_asked_for_where_that_is_safe(
    github: responses.RequestsMock, tmp_path: Path, rule: Rule, qualifiers: str
) -> None:
    github.get(SEARCH_URL, json=_found())
    tracker(tmp_path).poll(rule)
    assert [asked["q"] for asked in _asked(github)] == [f"repo:acme/webshop is:issue is:open {qualifiers}"]


def _conditional_poll(folder: Path, status: int) -> tuple[list[int], list[str | None]]:
    with responses.RequestsMock() as mock:
        for url, body, etag in ((HERE, repository(), '"r"'), (SEARCH_URL, _found(_row(7)), '"s"')):
            text = json.dumps(body) if status == 200 else ""
            mock.get(url, body=text, status=status, headers={"ETag": etag})
        poll = tracker(folder).poll(BUGS)
        assert poll.unchanged == (2 if status == 304 else 0)
        sent = [call.request.headers.get("If-None-Match") for call in mock.calls]
        return [found.number for found in poll.issues], sent


def test_an_unchanged_search_costs_two_304s(tmp_path: Path) -> None:
    assert _conditional_poll(tmp_path, 200) == ([7], [None, None])
    assert _conditional_poll(tmp_path, 304) == ([7], ['"r"', '"s"'])


def test_pull_requests_and_other_repositories_rows_are_dropped(github: responses.RequestsMock, tmp_path: Path) -> None:
    foreign = [issue(1), {**_row(2), "repository_url": f"{HERE}2"}, {**_row(3), "repository_url": None}, None, "x"]
    rows = [*foreign, _row(8, pull_request={"url": "x"}), {**_row(9), "repository_url": HERE.replace("acme", "ACME")}]
    github.get(SEARCH_URL, json=_found(*rows))
    assert [found.number for found in tracker(tmp_path).poll(BUGS).issues] == [9]


def test_incomplete_results_are_no_look(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(SEARCH_URL, json=_found(_row(7), incomplete=True))
    with pytest.raises(UnavailableError, match="ran out of time"):
        tracker(tmp_path).poll(BUGS)


def test_what_goes_beyond_a_thousand_results_is_said(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(SEARCH_URL, json=_found(_row(7), total=1234))
    (warning,) = tracker(tmp_path).poll(BUGS).warnings
    assert warning == "GitHub gives 1000 of the 1234 issues that match intake.query; the newest are left out"


def test_all_pages_of_a_search_are_read(github: responses.RequestsMock, tmp_path: Path) -> None:
    link = {"Link": f'<{SEARCH_URL}?q=x&page=2>; rel="next"'}
    first = responses.matchers.query_param_matcher({"per_page": "100"}, strict_match=False)
    second = responses.matchers.query_param_matcher({"page": "2"}, strict_match=False)
    github.get(SEARCH_URL, json=_found(_row(7), total=2), headers=link, match=[first])
    github.get(SEARCH_URL, json=_found(_row(8), total=2), match=[second])
    assert [found.number for found in tracker(tmp_path).poll(BUGS).issues] == [7, 8]


def test_a_search_of_more_pages_than_may_be_read_says_so(github: responses.RequestsMock, tmp_path: Path) -> None:
    link = {"Link": f'<{SEARCH_URL}?q=x&page=2>; rel="next"'}
    github.get(SEARCH_URL, json=_found(_row(7), total=150), headers=link)
    (warning,) = tracker(tmp_path, limits=Limits(pages=1)).poll(BUGS).warnings
    assert "only the first 1 pages of open issues were read (github.max_pages)" in warning


def test_a_renamed_repository_is_searched_by_its_present_name(tmp_path: Path) -> None:
    with responses.RequestsMock() as mock:
        moved = f"{API}/repositories/4711"
        mock.get(HERE, status=301, headers={"Location": moved})
        mock.get(moved, json=repository(full_name="acme/shop"))
        mock.get(SEARCH_URL, json=_found({**_row(7), "repository_url": f"{API}/repos/acme/shop"}))
        poll = tracker(tmp_path).poll(BUGS)
        assert _asked(mock)[0]["q"].startswith("repo:acme/shop ")
    assert [found.number for found in poll.issues] == [7]
    assert "redirects" in poll.warnings[0]


@pytest.mark.parametrize("body", [[], {"items": []}, {"total_count": "1", "incomplete_results": False, "items": []}])
def test_a_search_of_another_shape_is_no_github(github: responses.RequestsMock, tmp_path: Path, body: object) -> None:
    github.get(SEARCH_URL, json=body)
    with pytest.raises(UnavailableError, match="does not answer as a GitHub API"):
        tracker(tmp_path).poll(BUGS)


def test_a_query_that_github_refuses_is_told_in_its_words(github: responses.RequestsMock, tmp_path: Path) -> None:
    errors = [{"message": "The listed milestone does not exist", "resource": "Search", "field": "q", "code": "invalid"}]
    github.get(SEARCH_URL, status=422, json={"message": "Validation Failed", "errors": errors})
    with pytest.raises(RefusedError, match="The listed milestone does not exist"):
        tracker(tmp_path).poll(BUGS)
