"""Paging, validators, allowance, log: what every list and every answer has."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client

ISSUES = "/repos/acme/webshop/issues"


@pytest.fixture
def many(webshop: Hosted) -> Hosted:
    for number in range(1, 251):
        webshop.add_issue(f"Issue {number}", labels=["agent:queued"])
    return webshop


def test_all_pages_are_reached_by_their_links(many: Hosted, client: Client) -> None:
    rows, pages = client.all_pages(ISSUES, labels="agent:queued", per_page=100, direction="asc")
    assert [row["number"] for row in rows] == list(range(1, 251))
    assert pages == 3


def test_links_name_the_repository_by_its_id(many: Hosted, client: Client) -> None:
    links = client.ask("GET", ISSUES, params={"per_page": 100, "page": 2}).links
    base = f"{client.api_url}/repositories/{many.id}/issues?per_page=100&page="
    numbers = {"prev": 1, "next": 3, "last": 3, "first": 1}
    assert {rel: link["url"] for rel, link in links.items()} == {rel: f"{base}{page}" for rel, page in numbers.items()}


def test_by_cursor_there_is_a_next_page_but_no_last(many: Hosted, client: Client, standin: StandIn) -> None:
    standin.page_by("cursor")
    links = client.ask("GET", ISSUES, params={"per_page": 100}).links
    assert set(links) == {"next"}
    assert "after=" in links["next"]["url"]
    rows, pages = client.all_pages(ISSUES, per_page=100)
    assert len({row["number"] for row in rows}) == 250
    assert pages == 3


@pytest.mark.parametrize(
    ("query", "length"), [({}, 30), ({"per_page": "500"}, 100), ({"per_page": "x"}, 30), ({"page": "99"}, 0)]
)
def test_a_page_is_thirty_rows_and_at_most_a_hundred(
    many: Hosted, client: Client, query: dict[str, str], length: int
) -> None:
    assert len(client.get(ISSUES, **query)) == length


def test_what_has_not_changed_is_a_304_that_costs_nothing(webshop: Hosted, client: Client, standin: StandIn) -> None:
    webshop.add_issue("one")
    first = client.ask("GET", ISSUES)
    spent = standin.allowance.used
    known = {"If-None-Match": first.headers["ETag"]}
    again = client.ask("GET", ISSUES, headers=known)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert again.headers["X-RateLimit-Remaining"] == str(5000 - spent)
    assert standin.allowance.used == spent
    webshop.set_labels(1, ["agent:queued"])
    changed = client.ask("GET", ISSUES, headers=known)
    assert (changed.status_code, changed.json()[0]["labels"][0]["name"]) == (200, "agent:queued")


def test_a_validator_belongs_to_one_token(webshop: Hosted, client: Client, standin: StandIn) -> None:
    tag = client.ask("GET", ISSUES).headers["ETag"]
    other = Client(standin.api_url, standin.add_token("other"))
    assert other.ask("GET", ISSUES, headers={"If-None-Match": tag}).status_code == 200


def test_every_answer_says_what_is_left(webshop: Hosted, client: Client, standin: StandIn) -> None:
    headers = client.ask("GET", "/repos/acme/nothing").headers
    assert headers["X-RateLimit-Remaining"] == "4999"
    assert {"X-GitHub-Request-Id", "X-GitHub-Media-Type", "X-RateLimit-Reset", "X-RateLimit-Resource"} <= set(headers)
    assert client.get("/rate_limit")["rate"]["used"] == 1


def test_when_nothing_is_left_it_says_until_when(webshop: Hosted, client: Client, standin: StandIn) -> None:
    standin.allowance.used = standin.allowance.limit
    refused = client.ask("GET", ISSUES)
    assert (refused.status_code, refused.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert int(refused.headers["X-RateLimit-Reset"]) > datetime.now(UTC).timestamp()
    standin.allowance.reset_at = datetime.now(UTC)
    assert client.ask("GET", ISSUES).ok


def test_the_log_holds_what_was_sent_and_no_secret(webshop: Hosted, client: Client, standin: StandIn) -> None:
    client.ask("GET", ISSUES, params={"labels": "a,b"}, headers={"User-Agent": "test/1"})
    client.ask("POST", ISSUES, json={"title": "x"})
    first, second = standin.requests
    assert first.line == f"GET {ISSUES} 200"
    assert (first.query, first.headers["user-agent"], first.credential) == ({"labels": "a,b"}, "test/1", True)
    assert second.fields == {"title": "x"}
    assert standin.writes() == [second]
    assert standin.sent("GET", "*/issues") == [first]
    assert standin.token not in repr(standin.requests)
    standin.forget_requests()
    assert standin.requests == []
