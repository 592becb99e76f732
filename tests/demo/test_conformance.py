"""The stand-in answers as GitHub's published REST description says: statuses, fields, types."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client

openapi = pytest.importorskip("tests.github.openapi", reason="GitHub's description is not there")
R = "/repos/acme/webshop"


@pytest.fixture
def checked(standin: StandIn, webshop: Hosted, client: Client) -> Callable[..., None]:
    webshop.add_issue("One", "body", labels=["agent:queued"], assignees=["octocat"])
    webshop.add_issue("Ghost", None, author=None)
    webshop.comment(1, "hello")
    for branch in ("x", "y", "z"):
        webshop.commit({branch: "x\n"}, branch=branch)
    webshop.add_pull("X", "x", body="Closes #1")
    webshop.add_pull("Y", "y", draft=True)
    webshop.close_issue(2)

    def check(method: str, path: str, status: int, body: object = None, **query: str) -> None:
        if status < 400:
            openapi.check_request(method, path, query, body)
        answer = client.ask(method, path, params=query, **({"json": body} if body is not None else {}))
        assert answer.status_code == status, answer.text
        openapi.check_response(method, path, status, answer.json() if answer.content else None)

    return check


@pytest.mark.parametrize(
    ("path", "status", "query"),
    [
        (R, 200, {}),
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
def test_reading_calls(checked: Callable[..., None], path: str, status: int, query: dict[str, str]) -> None:
    checked("GET", path, status, **query)


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
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
def test_writing_calls(checked: Callable[..., None], method: str, path: str, status: int, body: object) -> None:
    checked(method, path, status, body)


def test_a_deleted_issue_is_gone(checked: Callable[..., None], webshop: Hosted) -> None:
    webshop.delete_issue(2)
    checked("GET", f"{R}/issues/2", 410)


def test_a_renamed_repository_has_moved(checked: Callable[..., None], webshop: Hosted) -> None:
    webshop.rename("shop")
    checked("GET", f"{R}/issues", 301)
    checked("GET", R, 301)
