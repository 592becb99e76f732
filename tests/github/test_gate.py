"""Limits belong to a credential: its projects take turns, and what one of them is told holds for all."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses
from requests import PreparedRequest

from issue_intake.core.ports import PullRequest, Rule
from issue_intake.errors import UnavailableError
from issue_intake.github.allowance import CORE, SEARCH, LimitedError
from issue_intake.github.answer import Answer
from issue_intake.github.gate import A_MINUTE, AT_ONCE, IN_VAIN, SEARCHES_A_MINUTE, Gate
from issue_intake.github.limits import Limits, Look
from tests.github.builders import API, NOW, issue, pulls, repository, tracker_over, wire

QUEUED = Rule(labels=("agent:queued",))
SOON = NOW + timedelta(minutes=10)


def _left(remaining: int, *, limit: int = 5000, resource: str = "core", reset: datetime = SOON) -> dict[str, str]:
    figures = {"Limit": limit, "Remaining": remaining, "Reset": int(reset.timestamp()), "Resource": resource}
    return {f"X-RateLimit-{name}": str(value) for name, value in figures.items()}


def _polls(folder: Path, *names: str, limits: Limits | None = None, **first: Any) -> tuple[list[UnavailableError], int]:
    """Projects over one wire, polled one after the other, the first given that answer: what they meet, and requests."""
    errors = []
    over = wire()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as github:
        github.get(f"{API}/repos/acme/{names[0]}/issues", **{"json": []} | first)
        for name in names[1:]:
            github.get(f"{API}/repos/acme/{name}/issues", json=[])
        for name in names:
            try:
                tracker_over(over, folder, name, limits=limits).poll(QUEUED)
            except UnavailableError as error:
                errors.append(error)
        return errors, len(github.calls)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [(403, _left(0), 600), (429, _left(0), 600), (403, {"Retry-After": "120"}, 120), (429, {}, 60)],
)
def test_a_limit_met_by_one_project_stops_the_others_without_a_request(
    tmp_path: Path, status: int, headers: dict[str, str], seconds: int
) -> None:
    errors, requests = _polls(tmp_path, "a", "b", "c", status=status, headers=headers, json={"message": "no"})
    assert requests == 1
    assert len({str(error) for error in errors}) == 1
    assert [error.until for error in errors] == [NOW + timedelta(seconds=seconds)] * 3
    assert [error.scope for error in errors] == ["credential"] * 3


def test_a_missing_permission_stops_nobody_else(tmp_path: Path) -> None:
    errors, requests = _polls(tmp_path, "a", "b", status=403, headers=_left(4000), json={"message": "no"})
    assert requests == 2
    assert [error.scope for error in errors] == ["project"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 401, "json": {"message": "Bad credentials"}}, "does not accept the token"),
        ({"body": requests.ConnectTimeout()}, "did not answer in time"),
    ],
)
def test_what_came_to_nothing_for_so_many_in_a_row_is_not_asked_for_all_the_others(
    tmp_path: Path, answer: dict[str, Any], said: str
) -> None:
    over = wire()
    with responses.RequestsMock() as github:
        github.get(re.compile(API), **answer)
        for number in range(3 * IN_VAIN):
            with pytest.raises(UnavailableError, match=said):
                tracker_over(over, tmp_path, f"shop-{number}").poll(QUEUED)
        asked = {str(call.request.path_url) for call in github.calls}
    assert len(asked) == IN_VAIN


def test_one_answer_in_between_shows_that_somebody_is_there(tmp_path: Path) -> None:
    over = wire()
    with responses.RequestsMock() as github:
        github.get(f"{API}/repos/acme/well/issues", json=[])
        github.get(re.compile(f"{API}/repos/acme/shop-"), body=requests.ConnectTimeout())
        for number in range(3 * IN_VAIN):
            with pytest.raises(UnavailableError):
                tracker_over(over, tmp_path, f"shop-{number}").poll(QUEUED)
            if number % (IN_VAIN - 1) == 0:
                tracker_over(over, tmp_path, "well").poll(QUEUED)
        asked = {str(call.request.path_url) for call in github.calls}
    assert len(asked) == 3 * IN_VAIN + 1


def test_below_the_floor_the_rest_of_the_allowance_is_left_to_others(tmp_path: Path) -> None:
    errors, requests = _polls(tmp_path, "a", "b", "c", headers=_left(99))
    assert requests == 1
    assert {str(error) for error in errors} == {
        "fewer than 100 requests of the token from SHOP_TOKEN are left until 12:10:00 UTC"
        " (intake rests until then; github.floor says how many it leaves to others)"
    }
    assert [(error.until, error.scope) for error in errors] == [(SOON, "credential")] * 2


@pytest.mark.parametrize(
    ("floor", "headers"),
    [
        (100, _left(100)),
        (0, _left(1)),
        (10, _left(10)),
        (100, _left(40, limit=60)),
        (100, {"X-RateLimit-Remaining": "5"}),
        (100, _left(0, resource="search")),
        (100, _left(0, reset=NOW)),
        (100, {"X-RateLimit-Remaining": "x", "X-RateLimit-Limit": "-1", "X-RateLimit-Reset": "soon"}),
    ],
)
def test_the_floor_stops_nothing_too_early(tmp_path: Path, floor: int, headers: dict[str, str]) -> None:
    assert _polls(tmp_path, "a", "b", limits=Limits(floor=floor), headers=headers) == ([], 2)


def test_a_floor_is_for_writes_as_well(tmp_path: Path) -> None:
    with responses.RequestsMock() as github:
        github.get(f"{API}/repos/acme/webshop", json=repository(), headers=_left(3))
        with pytest.raises(LimitedError):
            pulls(tmp_path).open(PullRequest(branch="b", base="main", title="t", body="", draft=True))


def test_a_used_up_search_stops_searches_alone(tmp_path: Path) -> None:
    over = wire()
    with responses.RequestsMock() as github:
        for name in ("a", "b"):
            github.get(f"{API}/repos/acme/{name}", json=repository(full_name=f"acme/{name}"))
        github.get(f"{API}/search/issues", status=403, headers=_left(0, limit=30, resource="search"), json={})
        github.get(f"{API}/repos/acme/c/issues", json=[])
        for name in ("a", "b"):
            with pytest.raises(LimitedError, match="search limit") as caught:
                tracker_over(over, tmp_path, name).poll(Rule(query="x"))
            assert (caught.value.until, caught.value.scope) == (SOON, "project")
        tracker_over(over, tmp_path, "c").poll(QUEUED)
        assert [call.request.path_url.partition("?")[0] for call in github.calls].count("/search/issues") == 1


def test_so_much_is_asked_with_one_credential_and_no_more() -> None:
    assert (AT_ONCE, A_MINUTE, SEARCHES_A_MINUTE, IN_VAIN) == (8, 600, 30, 8)


class _Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def _look(seconds: float = 30.0) -> Look:
    return Look.begun(Limits(whole=seconds))


def test_more_searches_than_a_minute_may_have_are_refused_until_one_is_a_minute_old() -> None:
    clock = _Clock()
    gate = Gate("T", now=lambda: NOW, seconds=clock)
    for second in range(SEARCHES_A_MINUTE):
        clock.at = float(second)
        with gate.turn(SEARCH, _look()):
            pass
    with pytest.raises(LimitedError, match="30 searches a minute") as caught, gate.turn(SEARCH, _look()):
        pass
    assert caught.value.until == NOW + timedelta(seconds=60 - (SEARCHES_A_MINUTE - 1))
    with gate.turn(CORE, _look()):
        pass
    clock.at = 60.0
    with gate.turn(SEARCH, _look()):
        pass


def test_searches_that_a_minute_is_too_short_for_come_to_an_end_one_after_the_other(tmp_path: Path) -> None:
    over, pages = wire(), SEARCHES_A_MINUTE // 4 + 1  # read twice: two searches are too many for a minute

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        number = int(dict(parse_qsl(urlsplit(str(request.url)).query)).get("page", "1"))
        row = issue(number, repository_url=f"{API}/repos/acme/a")
        following = f'<{API}/search/issues?page={number + 1}>; rel="next"'
        found = {"total_count": pages, "incomplete_results": False, "items": [row]}
        time.sleep(0.002)  # time for the other
        return 200, {"Link": following} if number < pages else {}, json.dumps(found)

    def poll(name: str) -> bool:
        try:
            tracker_over(over, tmp_path, name).poll(Rule(query="x"))
        except LimitedError:
            return False
        return True

    with responses.RequestsMock() as github, ThreadPoolExecutor(2) as pool:
        for name in ("a", "b"):
            github.get(f"{API}/repos/acme/{name}", json=repository(full_name=f"acme/{name}"))
        github.add_callback("GET", f"{API}/search/issues", answer)
        assert sorted(pool.map(poll, ("a", "b"))) == [False, True]


def test_a_search_waits_for_another_no_longer_than_either_look_lasts() -> None:
    gate = Gate("T")
    with gate.searching(_look()), pytest.raises(UnavailableError, match="no turn came"), gate.searching(_look(0.01)):
        pass
    with gate.searching(_look(0.05)), gate.searching(_look()):
        pass
    with gate.searching(_look()):
        pass


def test_a_minute_has_so_many_requests_and_the_next_waits_no_longer_than_its_look() -> None:
    clock = _Clock()
    gate = Gate("T", seconds=clock)
    for _ in range(A_MINUTE):
        with gate.turn(CORE, _look()):
            pass
    began = time.monotonic()
    with pytest.raises(UnavailableError, match=r"no turn came for T within 0\.1 s"), gate.turn(CORE, _look(0.1)):
        pass
    assert time.monotonic() - began < 5
    clock.at = 60.0
    with gate.turn(CORE, _look()):
        pass


def test_so_many_at_once_and_no_more() -> None:
    gate, lock = Gate("T"), threading.Lock()
    inside, most = 0, 0

    def ask(_: int) -> None:
        nonlocal inside, most
        with gate.turn(CORE, _look()):
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.005)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(3 * AT_ONCE) as pool:
        list(pool.map(ask, range(60)))
    assert most == AT_ONCE


def test_turns_come_in_the_order_in_which_they_were_asked_for() -> None:
    gate, order = Gate("T"), []
    release = threading.Event()

    def hold() -> None:
        with gate.turn(CORE, _look()):
            release.wait(30)

    def follow(number: int) -> None:
        with gate.turn(CORE, _look()):
            order.append(number)
            time.sleep(0.01)

    threads = [threading.Thread(target=hold) for _ in range(AT_ONCE)]
    threads += [threading.Thread(target=follow, args=(number,)) for number in range(5)]
    for count, thread in enumerate(threads, start=1):
        thread.start()
        _until(lambda count=count: len(gate._inside) + len(gate._queue) == count)  # type: ignore[misc] # a default's type
    with gate._changed:
        gate._inside.update(
            (object(), _look()) for _ in range(AT_ONCE - 1)
        )  # one slot alone becomes free, so that the others must come one by one
    release.set()
    for thread in threads:
        thread.join(30)
    assert order == [0, 1, 2, 3, 4]


def test_who_hangs_beyond_the_end_of_its_look_keeps_nobody_out() -> None:
    gate = Gate("T")
    with ExitStack() as hanging:
        for _ in range(AT_ONCE):
            hanging.enter_context(gate.turn(CORE, _look(0.05)))
        with gate.turn(CORE, _look()):
            pass


def test_a_turn_that_failed_is_given_back() -> None:
    gate = Gate("T")
    for _ in range(2 * AT_ONCE):
        with pytest.raises(OSError, match="broken"), gate.turn(CORE, _look(1.0)):
            raise OSError("broken")


def test_an_answer_without_figures_changes_nothing() -> None:
    gate = Gate("T", now=lambda: NOW)
    gate.heard(CORE, Answer(status=200, headers={}, body=b"", url="x"))
    with gate.turn(CORE, _look()):
        pass


def _until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.001)
