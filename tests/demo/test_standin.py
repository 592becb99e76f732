"""The stand-in starts at once, serves many at a time, and leaves nothing behind."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client


def test_requests_at_the_same_time_are_each_served_once(standin: StandIn, webshop: Hosted, client: Client) -> None:
    def post(number: int) -> int:
        answer = client.ask("POST", "/repos/acme/webshop/issues", json={"title": str(number)})
        return int(answer.json()["number"])

    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(post, range(60)))
    assert sorted(numbers) == list(range(1, 61))
    assert len(standin.requests) == 60


def test_only_one_of_many_opens_the_pull_request(webshop: Hosted, client: Client) -> None:
    webshop.commit({"x": "x"}, branch="x")
    content = {"title": "T", "head": "x", "base": "main"}
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(client.ask, "POST", "/repos/acme/webshop/pulls", json=content) for _ in range(8)]
    assert sorted(call.result().status_code for call in calls) == [201, *[422] * 7]


def test_it_stops_at_once_though_clients_keep_their_connections(capfd: pytest.CaptureFixture[str]) -> None:
    before = threading.active_count()
    with requests.Session() as session:
        with StandIn() as standin:
            folder = standin.world.folder
            session.headers["Authorization"] = f"Bearer {standin.token}"
            assert session.get(f"{standin.url}/zen", timeout=5).ok
            began = time.monotonic()
        assert time.monotonic() - began < 5
    assert threading.active_count() == before
    assert not folder.exists()
    assert capfd.readouterr() == ("", "")


def test_it_starts_quickly(tmp_path: Path) -> None:
    def start() -> float:
        began = time.perf_counter()
        with StandIn(tmp_path) as standin:
            assert standin.url.startswith("http://127.0.0.1:")
            return time.perf_counter() - began

    assert min(start() for _ in range(5)) < 0.25


def test_a_repository_exists_once(standin: StandIn, webshop: Hosted) -> None:
    with pytest.raises(ValueError, match="exists already"):
        standin.add_repository("Acme", "WebShop")
