"""Searches: what they find, what they are charged to, what they refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client

START = datetime(2026, 11, 1, tzinfo=UTC)
OPEN = "repo:acme/webshop is:issue is:open"


@pytest.fixture
def filled(webshop: Hosted) -> Hosted:
    webshop.add_issue("one", "about shipping", labels=["agent:queued"], created_at=START)
    webshop.add_issue("two", labels=["bug", "good first issue"], assignees=["Octocat"], created_at=START + timedelta(1))
    webshop.add_issue("three", assignees=["hubot"], author="ada", created_at=START + timedelta(2))
    webshop.add_issue("four", labels=["bug"], created_at=START + timedelta(3))
    webshop.close_issue(4)
    webshop.commit({"x": "x\n"}, branch="x")
    webshop.add_pull("five", "x")
    return webshop


@pytest.mark.parametrize(
    ("q", "numbers"),
    [
        (OPEN, [1, 2, 3]),
        ("repo:ACME/webshop is:open", [1, 2, 3, 5]),
        (f"{OPEN} label:bug", [2]),
        (f'{OPEN} label:"Good First Issue" -assignee:hubot', [2]),
        (f"{OPEN} -label:bug", [1, 3]),
        (f"{OPEN} no:assignee", [1]),
        (f"{OPEN} assignee:octocat", [2]),
        (f"{OPEN} author:ada", [3]),
        (f'{OPEN} "about shipping"', [1]),
        (f"{OPEN} nothing", []),
    ],
)
def test_all_words_must_match(filled: Hosted, client: Client, q: str, numbers: list[int]) -> None:
    found = client.get("/search/issues", q=q, sort="created", order="asc")
    assert [row["number"] for row in found["items"]] == numbers
    assert (found["total_count"], found["incomplete_results"]) == (len(numbers), False)


def test_results_come_in_pages(filled: Hosted, client: Client) -> None:
    answer = client.ask("GET", "/search/issues", params={"q": OPEN, "per_page": 2})
    assert len(answer.json()["items"]) == 2
    rest = client.ask("GET", answer.links["next"]["url"]).json()
    assert (rest["total_count"], len(rest["items"])) == (3, 1)


@pytest.mark.parametrize("q", ["is:open", "repo:acme/nothing"])
def test_a_repository_that_is_not_there_cannot_be_searched(client: Client, webshop: Hosted, q: str) -> None:
    assert client.ask("GET", "/search/issues", params={"q": q}).status_code == 422


def test_searches_have_an_allowance_of_their_own(standin: StandIn, filled: Hosted, client: Client) -> None:
    standin.searches.used = 29
    last = client.ask("GET", "/search/issues", params={"q": OPEN})
    assert (last.headers["X-RateLimit-Resource"], last.headers["X-RateLimit-Remaining"]) == ("search", "0")
    over = client.ask("GET", "/search/issues", params={"q": OPEN})
    assert (over.status_code, over.headers["X-RateLimit-Resource"]) == (403, "search")
    assert client.ask("GET", "/repos/acme/webshop").headers["X-RateLimit-Resource"] == "core"
