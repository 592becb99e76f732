"""Every failure is one line with a cure, without the token, and says until when where GitHub does."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issue_intake.core.ports import Rule
from issue_intake.errors import IntakeError, RefusedError, UnavailableError
from issue_intake.github.answer import Answer, Asked, linked
from issue_intake.github.faults import fault
from issue_intake.github.retry import patiently
from tests.github.builders import API, CANARY, NOW, client, tracker

URL = f"{API}/repos/acme/webshop/issues"
SOON = int(NOW.timestamp()) + 600
HTML = "<html><body><h1>Unicorn!</h1></body></html>"
NO = {"message": f"Nope\n\x1b[31m {'x' * 5000}"}


def _failed(folder: Path, **answer: Any) -> IntakeError:
    with responses.RequestsMock() as github:
        github.get(URL, **answer)
        with pytest.raises(IntakeError) as caught:
            tracker(folder).poll(Rule(labels=("agent:queued",)))
    return caught.value


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("bad token", {"status": 401, "json": {"message": "Bad credentials"}}, "does not accept the token from SHOP_TOKEN"),
    ("forbidden", {"status": 403, "json": {"message": "Resource not accessible by personal access token"},
                   "headers": {"X-Accepted-GitHub-Permissions": "issues=read"}}, "it needs issues=read"),
    ("scope", {"status": 403, "json": NO, "headers": {"X-Accepted-OAuth-Scopes": "repo"}}, "it needs repo"),
    ("permissions unnamed", {"status": 403, "json": NO}, "give it access to the repository"),
    ("forbidden html", {"status": 403, "body": HTML}, r"forbids .* \(403\)"),
    ("sso", {"status": 403, "json": NO, "headers": {"X-GitHub-SSO": "required; url=https://x?a=secret"}},
     "single sign-on"),
    ("not found", {"status": 404, "json": {"message": "Not Found"}}, "or the token from SHOP_TOKEN may not see it"),
    ("issues off", {"status": 410, "json": {"message": "Issues are disabled for this repo"}},
     "Issues are disabled.*issues may be off in the repository"),
    ("unprocessable", {"status": 422, "json": {"message": "No", "errors": [{"field": "assignee", "code": "invalid"}]}},
     "refuses: No; assignee invalid"),
    ("server error", {"status": 500, "json": {"message": "Oops"}}, r"500 \(Internal Server Error\): Oops"),
    ("html 503", {"status": 503, "body": HTML}, r"503 \(Service Unavailable\)"),
    ("odd status", {"status": 599, "body": ""}, "answers 599"),
    ("teapot", {"status": 418, "json": NO}, "418"),
    ("no content", {"status": 204, "body": ""}, "does not answer as a GitHub API"),
    ("no json", {"body": HTML, "content_type": "text/html"}, r"does not answer as a GitHub API.*text/html"),
    ("cut json", {"body": '[{"number": 1, "title'}, "does not answer as a GitHub API"),
    ("deep json", {"body": "[" * 200_000}, "does not answer as a GitHub API"),
    ("object for a list", {"json": {"hello": "world"}}, "a list was due, not dict"),
    ("refused", {"body": requests.ConnectionError("x")}, "the connection to GitHub broke"),
    ("timeout", {"body": requests.ReadTimeout(f"Bearer {CANARY}")}, "did not answer in time"),
    ("tls", {"body": requests.exceptions.SSLError("bad")}, "REQUESTS_CA_BUNDLE"),
    ("proxy", {"body": requests.exceptions.ProxyError("http://me:secret@proxy")}, "HTTPS_PROXY"),
    ("cut body", {"body": requests.exceptions.ChunkedEncodingError("IncompleteRead")}, "broke off in the middle"),
    ("no bundle", {"body": OSError("Could not find a suitable TLS CA certificate bundle")}, "certificates .* be read"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_failure_is_one_line(tmp_path: Path, answer: dict[str, Any], said: str) -> None:
    error = _failed(tmp_path, **answer)
    assert isinstance(error, UnavailableError | RefusedError)
    line = str(error)
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(line)
    assert "\n" not in line
    assert len(line) < 700
    for secret in (CANARY, "secret", "<html>", "\x1b"):
        assert secret not in line
    assert error.__cause__ is None


@pytest.mark.parametrize(
    ("status", "headers", "message", "seconds"),
    [
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(SOON)}, "API rate limit exceeded", 600),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(SOON)}, "", 600),
        (403, {"x-ratelimit-remaining": "0"}, "", 60),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 30}, "", 60),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(SOON - 3600)}, "", 60),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(SOON), "retry-after": "900"}, "", 900),
        (403, {"retry-after": "120"}, "", 120),
        (429, {"retry-after": "1"}, "", 60),
        (429, {"retry-after": "Fri, 02 Jan 2026 12:05:00 GMT"}, "", 300),
        (429, {"retry-after": "9" * 400}, "", 86_400),
        (429, {}, "", 60),
        (403, {}, "You have exceeded a secondary rate limit", 60),
        (403, {}, "You have triggered an abuse detection mechanism", 60),
        (503, {"retry-after": "30"}, "", 30),
    ],
)
def test_a_limit_says_until_when(
    tmp_path: Path, status: int, headers: dict[str, str], message: str, seconds: int
) -> None:
    error = _failed(tmp_path, status=status, headers=headers, json={"message": message})
    assert isinstance(error, UnavailableError)
    assert error.until == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("headers", [{}, {"x-ratelimit-remaining": "4999", "x-ratelimit-reset": str(SOON)}])
def test_a_missing_permission_is_no_limit(tmp_path: Path, headers: dict[str, str]) -> None:
    error = _failed(tmp_path, status=403, headers=headers, json={"message": "Must have admin rights"})
    assert isinstance(error, UnavailableError)
    assert error.until is None


HEADERS = st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "x-github-sso", "location"])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    status=st.integers(0, 999),
    headers=st.dictionaries(HEADERS, st.text(max_size=30) | st.integers().map(str)),
    body=st.binary(max_size=60) | st.just(b'{"message": 5, "errors": [null, 5, {"message": []}, {"field": {}}, "x"]}'),
)
def test_any_answer_is_some_fault_in_one_line(status: int, headers: dict[str, str], body: bytes) -> None:
    asked = Asked(server="GitHub", path="/x", source="T", now=NOW)
    error = fault(Answer(status=status, headers=headers, body=body, url=URL), asked)
    assert "\n" not in str(error)
    until = getattr(error, "until", None)
    assert until is None or isinstance(until, datetime)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_is_asked_three_times_at_most(tmp_path: Path, status: int) -> None:
    waits: list[float] = []
    with responses.RequestsMock() as github:
        github.get(f"{API}/x", status=status)
        with pytest.raises(UnavailableError):
            client(tmp_path, sleep=waits.append).read("/x")
        assert len(github.calls) == 3
    assert len(waits) == 2
    assert sum(waits) <= 20


@pytest.mark.parametrize(("took", "tries"), [(1.0, 3), (15.0, 3), (20.0, 1)])
def test_a_try_that_took_too_long_is_the_last(took: float, tries: int) -> None:
    begun: list[float] = []

    def ask() -> Answer:
        begun.append(took)
        return Answer(status=502, headers={}, body=b"", url=URL)

    patiently(ask, sleep=lambda _: None, seconds=lambda: sum(begun))
    assert len(begun) == tries


def test_those_who_stumble_together_do_not_come_back_together() -> None:
    waits: list[float] = []
    for _ in range(20):
        patiently(lambda: Answer(status=503, headers={}, body=b"", url=URL), sleep=waits.append)
    assert len(set(waits)) > 20
    assert max(waits) < 10


def test_the_retry_library_is_loaded_at_the_first_stumble_alone() -> None:
    script = "import sys, issue_intake.github.issues, issue_intake.github.pulls; print('tenacity' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False"]


def test_a_stumble_is_got_over(tmp_path: Path) -> None:
    with responses.RequestsMock() as github:
        github.get(f"{API}/x", body=requests.ConnectionError())
        github.get(f"{API}/x", status=502, body=HTML)
        github.get(f"{API}/x", json={"a": 1})
        assert client(tmp_path).read("/x").data == {"a": 1}


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422, 429, 501])
def test_a_clear_no_is_asked_once(tmp_path: Path, status: int) -> None:
    with responses.RequestsMock() as github:
        github.get(f"{API}/x", status=status)
        with pytest.raises(IntakeError):
            client(tmp_path).read("/x")
        assert len(github.calls) == 1


@pytest.mark.parametrize(
    ("link", "target"),
    [
        (None, None),
        ("", None),
        ('<https://a/1>; rel="next"', "https://a/1"),
        ('<https://a/0>; rel="prev", <https://a/2?x=1,2>; rel="next", <https://a/9>; rel="last"', "https://a/2?x=1,2"),
        ('<https://a/9>; rel="last"; title="next", <https://a/1>; rel=next', "https://a/1"),
        ('<https://a/9>; rel="nextish"', None),
    ],
)
def test_next_is_found_in_any_order_of_rels(link: str | None, target: str | None) -> None:
    assert linked(link, "next") == target
