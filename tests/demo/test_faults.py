"""Each way in which the stand-in fails on demand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from issue_intake.demo.faults import Fault
from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client, git
from tests.refusals import (
    html_unavailable,
    incomplete_search,
    json_fault,
    moved,
    primary_limit,
    secondary_limit,
    sparing,
    sso_required,
)

REPOSITORY = "/repos/acme/webshop"


def test_a_fault_happens_as_often_as_asked_and_only_where_it_fits(
    standin: StandIn, webshop: Hosted, client: Client
) -> None:
    standin.fail("GET", "*/issues", html_unavailable(), times=2)
    statuses = [client.ask("GET", f"{REPOSITORY}{tail}").status_code for tail in ("", "/issues", "/issues", "/issues")]
    assert statuses == [200, 503, 503, 200]
    assert not standin.faults.waiting
    standin.fail("*", "*", json_fault(500, "Server Error"), times=None)
    assert [client.ask("GET", REPOSITORY).status_code for _ in range(3)] == [500] * 3
    standin.faults.clear()
    assert client.ask("GET", REPOSITORY).ok


def test_limits_come_with_their_headers(standin: StandIn, webshop: Hosted, client: Client) -> None:
    reset = datetime.now(UTC) + timedelta(minutes=10)
    standin.fail("GET", "*", primary_limit(reset))
    standin.fail("GET", "*", secondary_limit(30, status=429))
    first, second = client.ask("GET", REPOSITORY), client.ask("GET", REPOSITORY)
    assert (first.status_code, first.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert first.headers["X-RateLimit-Reset"] == str(int(reset.timestamp()))
    assert (second.status_code, second.headers["Retry-After"]) == (429, "30")
    assert "secondary rate limit" in second.json()["message"]


def test_an_html_page_and_a_redirect(standin: StandIn, webshop: Hosted, client: Client) -> None:
    standin.fail("GET", "*", html_unavailable(502))
    standin.fail("GET", "*", moved("http://localhost:1/elsewhere", 307))
    page, away = client.ask("GET", REPOSITORY), client.ask("GET", REPOSITORY)
    assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html")
    assert (away.status_code, away.headers["Location"]) == (307, "http://localhost:1/elsewhere")


def test_a_body_is_cut_off(standin: StandIn, webshop: Hosted, client: Client) -> None:
    standin.fail("GET", "*", Fault(keep_bytes=20))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.ask("GET", REPOSITORY)
    assert client.ask("GET", REPOSITORY).ok


def test_any_bytes_can_be_an_answer(standin: StandIn, webshop: Hosted, client: Client) -> None:
    standin.fail("GET", "*", Fault(status=200, headers={"Content-Type": "application/json"}, body=b'[{"number": 1'))
    with pytest.raises(requests.exceptions.JSONDecodeError):
        client.get(REPOSITORY)


@pytest.mark.parametrize(("fault", "issues"), [(Fault(drop=True), 0), (Fault(drop=True, done=True), 1)])
def test_a_dropped_connection_leaves_the_client_in_doubt(
    standin: StandIn, webshop: Hosted, client: Client, fault: Fault, issues: int
) -> None:
    standin.fail("POST", "*", fault)
    with pytest.raises(requests.ConnectionError):
        client.ask("POST", f"{REPOSITORY}/issues", json={"title": "x"})
    assert standin.requests[-1].status == 0
    assert len(client.get(f"{REPOSITORY}/issues")) == issues


def test_an_answer_is_late_or_comes_in_drips(standin: StandIn, webshop: Hosted, client: Client) -> None:
    standin.fail("GET", "*", Fault(delay=30))
    standin.fail("GET", "*", Fault(drip=0.001))
    began = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{standin.api_url}/zen", headers={"Authorization": f"Bearer {standin.token}"}, timeout=0.05)
    assert client.ask("GET", "/zen").text == "Keep it logically awesome."
    assert time.monotonic() - began < 20


def test_the_world_changes_right_before_an_answer(standin: StandIn, webshop: Hosted, client: Client) -> None:
    number = webshop.add_issue("x")
    standin.fail("GET", "*/issues/*", Fault(before=lambda: webshop.close_issue(number)))
    assert client.get(f"{REPOSITORY}/issues/{number}")["state"] == "closed"


def test_git_fails_as_well(standin: StandIn, webshop: Hosted, tmp_path: Path) -> None:
    standin.fail("GET", "/acme/webshop.git/info/refs", html_unavailable(), times=2)
    done = git("ls-remote", webshop.git_url, cwd=tmp_path, token=standin.token)
    assert "503" in done.stderr
    standin.faults.clear()
    assert git("ls-remote", webshop.git_url, cwd=tmp_path, token=standin.token).returncode == 0


def test_a_bug_of_the_stand_in_is_raised_when_it_stops() -> None:
    def stumble() -> None:
        raise KeyError("a bug")

    def use() -> None:
        with StandIn() as standin:
            standin.fail("GET", "*", Fault(before=stumble))
            assert Client(standin.api_url, standin.token).ask("GET", "/zen").status_code == 500

    with pytest.raises(RuntimeError, match="the stand-in itself failed"):
        use()


def test_few_requests_are_left_and_a_search_is_cut_short(standin: StandIn, webshop: Hosted, client: Client) -> None:
    reset = datetime.now(UTC) + timedelta(minutes=10)
    standin.fail("GET", REPOSITORY, sparing(42, reset))
    answer = client.ask("GET", REPOSITORY)
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (200, "42")
    assert answer.headers["X-RateLimit-Reset"] == str(int(reset.timestamp()))
    standin.fail("GET", "/search/issues", incomplete_search())
    assert client.get("/search/issues", q="repo:acme/webshop")["incomplete_results"] is True
    standin.fail("GET", REPOSITORY, sso_required("https://github.com/orgs/acme/sso"))
    assert client.ask("GET", REPOSITORY).headers["X-GitHub-SSO"] == "required; url=https://github.com/orgs/acme/sso"
