"""Issues, comments and labels over REST."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client

ISSUES = "/repos/acme/webshop/issues"
START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def filled(webshop: Hosted) -> Hosted:
    webshop.add_issue("one", labels=["agent:queued"], created_at=START)
    webshop.add_issue("two", labels=["Agent:Queued", "bug"], assignees=["Octocat"], created_at=START + timedelta(1))
    webshop.add_issue("three", assignees=["hubot"], created_at=START + timedelta(2))
    webshop.add_issue("four", labels=["bug"], created_at=START + timedelta(3))
    webshop.close_issue(4)
    return webshop


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [3, 2, 1]),
        ({"direction": "asc"}, [1, 2, 3]),
        ({"state": "closed"}, [4]),
        ({"state": "all", "labels": "bug"}, [4, 2]),
        ({"labels": "AGENT:QUEUED"}, [2, 1]),
        ({"labels": "agent:queued,bug"}, [2]),
        ({"labels": "unheard-of"}, []),
        ({"assignee": "octocat"}, [2]),
        ({"assignee": "*"}, [3, 2]),
        ({"assignee": "none"}, [1]),
        ({"since": "2026-11-02T12:00:00Z"}, [3]),
        ({"sort": "created", "direction": "asc", "per_page": "2", "page": "2"}, [3]),
    ],
)
def test_the_list_is_filtered_and_ordered_as_asked(
    filled: Hosted, client: Client, query: dict[str, str], numbers: list[int]
) -> None:
    assert [row["number"] for row in client.get(ISSUES, **query)] == numbers


def test_labels_differ_in_name_not_in_case(filled: Hosted, client: Client) -> None:
    assert [label["name"] for label in client.get("/repos/acme/webshop/labels")] == ["agent:queued", "bug"]
    assert client.get("/repos/acme/webshop/labels/AGENT:queued")["name"] == "agent:queued"
    assert client.ask("GET", "/repos/acme/webshop/labels/none").status_code == 404
    made = client.ask("POST", "/repos/acme/webshop/labels", json={"name": "a/b ✨", "color": "ff0000"})
    assert made.status_code == 201
    assert client.ask("GET", made.json()["url"]).json()["color"] == "ff0000"
    twice = client.ask("POST", "/repos/acme/webshop/labels", json={"name": "BUG"})
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (422, "already_exists")


def test_a_pull_request_is_a_row_of_the_issues(filled: Hosted, client: Client) -> None:
    filled.commit({"x": "x"}, branch="x")
    number = filled.add_pull("five", "x")
    rows = {row["number"]: row for row in client.get(ISSUES)}
    assert rows[number]["pull_request"]["url"].endswith(f"/pulls/{number}")
    assert "pull_request" not in rows[1]


def test_an_issue_is_changed_by_patch(filled: Hosted, client: Client) -> None:
    change = {
        "title": "new",
        "body": None,
        "labels": ["bug", "BUG", "fresh"],
        "assignees": ["hubot"],
        "state": "closed",
    }
    assert client.ask("PATCH", f"{ISSUES}/1", json=change).status_code == 200
    now = client.get(f"{ISSUES}/1")
    assert (now["title"], now["body"], now["state"], now["state_reason"]) == ("new", None, "closed", "completed")
    assert [label["name"] for label in now["labels"]] == ["bug", "fresh"]
    assert (now["assignee"]["login"], now["closed_by"]["login"]) == ("hubot", "intake-bot")


def test_labels_of_an_issue_are_added_replaced_and_removed(filled: Hosted, client: Client) -> None:
    labels = f"{ISSUES}/1/labels"
    client.ask("POST", labels, json={"labels": ["bug"]})
    assert [label["name"] for label in client.get(labels)] == ["agent:queued", "bug"]
    assert client.ask("DELETE", f"{labels}/Agent:Queued").status_code == 200
    assert client.ask("DELETE", f"{labels}/agent:queued").status_code == 404
    client.ask("PUT", labels, json={"labels": ["other"]})
    assert filled.issue(1).labels == ["other"]


def test_comments_are_kept_in_order_and_edited(filled: Hosted, client: Client) -> None:
    filled.comment(1, "first", author=None)
    made = client.ask("POST", f"{ISSUES}/1/comments", json={"body": "second"})
    assert made.status_code == 201
    client.ask("PATCH", made.json()["url"], json={"body": "third"})
    comments = client.get(f"{ISSUES}/1/comments")
    assert [comment["body"] for comment in comments] == ["first", "third"]
    assert (comments[0]["user"], comments[1]["user"]["login"]) == (None, "intake-bot")
    assert client.get(f"{ISSUES}/1")["comments"] == 2
    assert client.ask("POST", f"{ISSUES}/1/comments", json={"body": " "}).status_code == 422


def test_missing_and_deleted_issues_differ(filled: Hosted, client: Client) -> None:
    filled.delete_issue(2)
    assert client.ask("GET", f"{ISSUES}/2").status_code == 410
    gone = client.ask("GET", f"{ISSUES}/99")
    assert gone.status_code == 404
    assert gone.json() == {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
    assert client.ask("GET", f"{ISSUES}/x").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [('{"title": ', 400), ("[]", 400), ('{"title": 1}', 422), ("{}", 422), ('{"title": "%s"}' % ("x" * 257), 422)],
)
def test_a_bad_body_is_refused(webshop: Hosted, client: Client, body: str, status: int) -> None:
    assert client.ask("POST", ISSUES, data=body).status_code == status


def test_any_text_comes_back_as_it_was(webshop: Hosted, client: Client) -> None:
    title, body = "\x1b[31m$(rm -rf) \u202e -x", "a\r\n\0b" + "🎩" * 100_000
    number = webshop.add_issue(title, body, author=None)
    found = client.get(f"{ISSUES}/{number}")
    assert (found["title"], found["body"], found["user"]) == (title, body, None)


def test_a_renamed_repository_redirects_and_answers_by_its_id(filled: Hosted, client: Client) -> None:
    filled.rename("shop")
    moved = client.ask("GET", ISSUES, params={"labels": "a,b"})
    assert moved.status_code == 301
    assert moved.headers["Location"] == f"{client.api_url}/repositories/{filled.id}/issues?labels=a%2Cb"
    assert client.ask("POST", ISSUES, json={}).status_code == 307
    assert client.get(f"/repositories/{filled.id}")["full_name"] == "acme/shop"
    assert client.get("/repos/ACME/Shop")["id"] == filled.id


def test_who_asks_is_checked(standin: StandIn, webshop: Hosted) -> None:
    missing = Client(standin.api_url, None).ask("GET", ISSUES)
    assert (missing.status_code, missing.json()["message"]) == (401, "Requires authentication")
    bad = Client(standin.api_url, "wrong").ask("GET", ISSUES)
    assert (bad.status_code, bad.json()["message"]) == (401, "Bad credentials")
    reader = Client(standin.api_url, standin.add_token("reader", "read"))
    assert reader.get("/user")["login"] == "reader"
    assert not reader.get("/repos/acme/webshop")["permissions"]["push"]
    assert reader.ask("POST", ISSUES, json={"title": "x"}).status_code == 403
    nameless = Client(standin.api_url, standin.token).ask("GET", ISSUES, headers={"User-Agent": ""})
    assert (nameless.status_code, "User-Agent" in nameless.text) == (403, True)
    revoked = standin.add_token("gone")
    standin.revoke(revoked)
    assert Client(standin.api_url, revoked).ask("GET", "/user").status_code == 401


def test_the_api_answers_with_and_without_its_base_path(standin: StandIn, webshop: Hosted) -> None:
    for base in (standin.url, standin.api_url):
        client = Client(base, standin.token)
        assert client.get("/repos/acme/webshop")["url"] == f"{standin.api_url}/repos/acme/webshop"
        assert client.ask("GET", "/zen").ok
        assert client.ask("GET", "/meta").ok
        assert client.ask("GET", "/unheard-of").status_code == 404
