"""A stand-in with one repository, and a client that speaks to its API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture
def webshop(standin: StandIn) -> Hosted:
    return standin.add_repository("acme", "webshop", files={"README.md": "# webshop\n"})


@pytest.fixture
def client(standin: StandIn) -> Client:
    return Client(standin.api_url, standin.token)
