"""The stand-in answers as GitHub's published REST description says: statuses, fields, types."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client

openapi = pytest.importorskip("tests.github.openapi", reason="GitHub's description is not there")
R = "/repos/acme/webshop"


Check = Callable[..., None]


@pytest.fixture
def checked(webshop: Hosted, client: Client) -> Check:
    return _filled(webshop, client)


@pytest.fixture(scope="module")
def checked_reading() -> Iterator[Check]:
    """For calls that change nothing: one stand-in serves them all."""
    with StandIn() as standin:
        webshop = standin.add_repository("acme", "webshop", files={"README.md": "# webshop\n"})
        yield _filled(webshop, Client(standin.api_url, standin.token))


def _filled(webshop: Hosted, client: Client) -> Check:
    webshop.add_issue("One", "body", labels=["agent:queued"], assignees=["octocat"])
    webshop.add_issue("Ghost", None, author=None)
    webshop.comment(1, "hello")
    for branch in ("x", "y", "z"):
        webshop.commit({branch: "x\n"}, branch=branch)
    webshop.add_pull("X", "x", body="Closes #1")
    webshop.add_pull("Y", "y", draft=True)
    webshop.close_issue(2)
    webshop.edit(1, title="First")
    webshop.set_assignees(1, [])
    webshop.unlabel(1, "agent:queued")
    webshop.label(1, "agent:queued")
    webshop.close_issue(1)
    webshop.reopen_issue(1)
    webshop.reply(_reviewed(webshop), "Done")

    def check(method: str, path: str, status: int, body: object = None, **query: str) -> None:
        path = path.replace("SHA", webshop.branches()["x"])
        if status < 400:
            openapi.check_request(method, path, query, body)
        answer = client.ask(method, path, params=query, **({"json": body} if body is not None else {}))
        assert answer.status_code == status, answer.text
        openapi.check_response(method, path, status, answer.json() if answer.content else None)

    return check


def _reviewed(webshop: Hosted) -> int:
    """Pull request 3 with reviews, checks and a status; returns the id of a comment on a line."""
    webshop.review(3, "ada", "CHANGES_REQUESTED", "Please", [("x", 1, "Why?")])
    webshop.review(3, None, "APPROVED")
    webshop.add_check("x", "tests", "failure", log="boom\n", summary="1 failed")
    webshop.add_check("x", "lint", None)
    webshop.add_check("x", "elsewhere", "neutral", workflow=None)
    webshop.add_run("x", "startup_failure", name="broken")
    webshop.add_status("x", "ci/legacy", "error", description="No", target_url="https://ci.example.org")
    webshop.add_status("x", "ci/legacy")
    return webshop.review_comments(3)[0].id


@pytest.mark.parametrize(
    ("path", "status", "query"),
    [
        (R, 200, {}),
        (f"{R}/issues/1/events", 200, {}),
        (f"{R}/issues/1/timeline", 200, {"per_page": "100"}),
        (f"{R}/issues/3/events", 200, {}),
        (f"{R}/issues/3/timeline", 200, {}),
        (f"{R}/issues/99/timeline", 404, {}),
        (f"{R}/pulls/3/files", 200, {}),
        (f"{R}/pulls/3/reviews", 200, {}),
        (f"{R}/pulls/3/comments", 200, {"sort": "created", "direction": "desc"}),
        (f"{R}/pulls/comments/1", 404, {}),
        (f"{R}/collaborators/octocat/permission", 200, {}),
        (f"{R}/collaborators/nobody-knows/permission", 404, {}),
        (f"{R}/commits/SHA/check-runs", 200, {"filter": "latest", "per_page": "2"}),
        (f"{R}/commits/x/check-runs", 200, {"filter": "all"}),
        (f"{R}/commits/SHA/status", 200, {}),
        (f"{R}/commits/none/status", 404, {}),
        (f"{R}/commits/SHA/statuses", 200, {}),
        (f"{R}/actions/runs", 200, {"head_sha": "SHA"}),
        (f"{R}/git/ref/heads/x", 200, {}),
        (f"{R}/git/ref/heads/none", 404, {}),
        ("/repos/acme/nothing", 404, {}),
        ("/user", 200, {}),
        ("/rate_limit", 200, {}),
        (f"{R}/issues", 200, {"state": "all", "per_page": "100"}),
        (f"{R}/issues/1", 200, {}),
        (f"{R}/issues/2", 200, {}),
        (f"{R}/issues/3", 200, {}),
        (f"{R}/issues/99", 404, {}),
        (f"{R}/issues/1/comments", 200, {}),
        (f"{R}/issues/1/labels", 200, {}),
        (f"{R}/labels", 200, {}),
        (f"{R}/labels/agent:queued", 200, {}),
        (f"{R}/labels/none", 404, {}),
        (f"{R}/pulls", 200, {"state": "all", "head": "acme:x"}),
        (f"{R}/pulls/3", 200, {}),
        (f"{R}/pulls/4", 200, {}),
        (f"{R}/pulls/99", 404, {}),
        (f"{R}/pulls/3/merge", 404, {}),
        (
            "/search/issues",
            200,
            {"q": "repo:acme/webshop label:agent:queued", "sort": "created", "order": "asc"},
        ),
        ("/search/issues", 422, {"q": "repo:acme/nothing"}),
    ],
)
def test_reading_calls(checked_reading: Check, path: str, status: int, query: dict[str, str]) -> None:
    checked_reading("GET", path, status, **query)


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("PUT", f"{R}/issues/1/labels", 200, {"labels": ["bug"]}),
        ("POST", f"{R}/pulls/4/reviews", 200, {"event": "APPROVE"}),
        ("POST", f"{R}/pulls/4/reviews", 422, {"event": "COMMENT"}),
        (
            "POST",
            f"{R}/pulls/4/reviews",
            422,
            {"event": "COMMENT", "comments": [{"path": "y", "line": 9, "body": "?"}]},
        ),
        ("POST", f"{R}/pulls/3/comments", 201, {"body": "Hm", "commit_id": "x", "path": "x", "line": 1}),
        ("POST", f"{R}/pulls/3/comments", 422, {"body": "Hm", "commit_id": "x", "path": "nothing", "line": 1}),
        ("DELETE", f"{R}/git/refs/heads/z", 204, None),
        ("DELETE", f"{R}/git/refs/heads/none", 422, None),
        ("PUT", f"{R}/pulls/3/merge", 200, {"merge_method": "rebase"}),
        ("POST", f"{R}/labels", 201, {"name": "new", "color": "ededed"}),
        ("POST", f"{R}/labels", 422, {"name": "agent:queued"}),
        ("PATCH", f"{R}/issues/1", 200, {"state": "closed"}),
        ("POST", f"{R}/issues/1/comments", 201, {"body": "text"}),
        ("POST", f"{R}/issues/1/labels", 200, {"labels": ["bug"]}),
        ("DELETE", f"{R}/issues/1/labels/agent:queued", 200, None),
        ("POST", f"{R}/pulls", 201, {"title": "Z", "head": "z", "base": "main", "draft": True}),
        ("POST", f"{R}/pulls", 422, {"title": "X", "head": "x", "base": "main"}),
        ("PATCH", f"{R}/pulls/3", 200, {"state": "closed"}),
        ("PUT", f"{R}/pulls/3/merge", 200, {"merge_method": "merge"}),
        ("PUT", f"{R}/pulls/3/merge", 409, {"sha": "0" * 40}),
        ("PUT", f"{R}/pulls/4/merge", 405, {}),
    ],
)
def test_writing_calls(checked: Check, method: str, path: str, status: int, body: object) -> None:
    checked(method, path, status, body)


def test_calls_that_name_a_check_a_run_or_a_comment(checked: Check, webshop: Hosted, client: Client) -> None:
    job = next(check for check in webshop.checks("x") if check.name == "tests")
    comment = client.get(f"{R}/pulls/3/comments")[0]
    checked("GET", f"{R}/check-runs/{job.id}", 200)
    checked("GET", f"{R}/actions/jobs/{job.id}", 200)
    checked("GET", f"{R}/actions/runs/{job.run}", 200)
    checked("GET", f"{R}/actions/runs/{job.run}/jobs", 200, filter="all")
    checked("GET", f"{R}/actions/jobs/{job.id}/logs", 302)
    checked("POST", f"{R}/actions/jobs/{job.id}/rerun", 403)
    webshop.end_check(next(check.id for check in webshop.checks("x") if check.name == "lint"), "success")
    checked("POST", f"{R}/actions/jobs/{job.id}/rerun", 201)
    checked("GET", f"{R}/pulls/3/reviews/{comment['pull_request_review_id']}", 200)
    checked("GET", f"{R}/pulls/comments/{comment['id']}", 200)
    checked("POST", f"{R}/pulls/3/comments/{comment['id']}/replies", 201, {"body": "Done"})
    checked("PATCH", f"{R}/issues/comments/{client.get(f'{R}/issues/1/comments')[0]['id']}", 200, {"body": "new"})


def test_a_transferred_issue_has_moved(checked: Check, webshop: Hosted, standin: StandIn) -> None:
    webshop.transfer(1, standin.add_repository("acme", "other"))
    checked("GET", f"{R}/issues/1", 301)
    webshop.transfer(2, None)
    checked("GET", f"{R}/issues/2", 404)


def test_a_deleted_issue_is_gone(checked: Check, webshop: Hosted) -> None:
    webshop.delete_issue(2)
    checked("GET", f"{R}/issues/2", 410)


def test_a_renamed_repository_has_moved(checked: Check, webshop: Hosted) -> None:
    webshop.rename("shop")
    checked("GET", f"{R}/issues", 301)
    checked("GET", R, 301)
