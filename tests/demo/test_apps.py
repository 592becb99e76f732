"""The stand-in gives tokens to an app that is installed, and to nobody else."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client

PATH = "/app/installations/678/access_tokens"


def _claim(iss: object = "12345", *, since: float = -60, until: float = 540) -> str:
    claims = {"iss": iss, "iat": time.time() + since, "exp": time.time() + until}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.signature"


@pytest.fixture(autouse=True)
def _app(standin: StandIn) -> None:
    standin.add_app("12345", 678)


def test_a_token_reads_and_writes(standin: StandIn, webshop: Hosted) -> None:
    answer = Client(standin.api_url, _claim()).ask("POST", PATH)
    assert answer.status_code == 201
    installed = Client(standin.api_url, answer.json()["token"])
    assert installed.ask("POST", "/repos/acme/webshop/issues", json={"title": "x"}).status_code == 201


@pytest.mark.parametrize(
    ("claim", "path", "status"),
    [
        (lambda: _claim("999"), PATH, 401),
        (lambda: _claim(since=60), PATH, 401),
        (lambda: _claim(until=-1), PATH, 401),
        (lambda: _claim(until=700), PATH, 401),
        (lambda: "nonsense", PATH, 401),
        (lambda: "a.b.c", PATH, 401),
        (_claim, PATH.replace("678", "679"), 404),
    ],
)
def test_a_claim_that_is_not_right_is_refused(
    standin: StandIn, claim: Callable[[], str], path: str, status: int
) -> None:
    assert Client(standin.api_url, claim()).ask("POST", path).status_code == status
