"""An issue that moves between numbered pages during a poll is neither lost nor doubled; a quiet list is read once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.ports import Rule
from issue_intake.demo.faults import Fault
from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from issue_intake.errors import UnavailableError
from issue_intake.github.limits import Limits
from issue_intake.github.pages import READINGS, Page, read_all
from tests.github.builders import tracker

QUEUED = Rule(labels=("agent:queued",))
ISSUES = "/repos/acme/webshop/issues"
MORE = "/repositories/*/issues"
SIZE = 3


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture
def webshop(standin: StandIn) -> Hosted:
    """A repository with three pages of open issues of the rule."""
    hosted = standin.add_repository("acme", "webshop")
    for number in range(1, 251):
        hosted.add_issue(f"Issue {number}", labels=["agent:queued"])
    return hosted


def _polled(folder: Path, standin: StandIn) -> tuple[list[int], list[int]]:
    """The numbers found, sorted, and the statuses of the requests."""
    standin.forget_requests()
    found = tracker(folder, standin.api_url).poll(QUEUED)
    return sorted(issue.number for issue in found.issues), [one.status for one in standin.requests]


@pytest.fixture(autouse=True)
def _token(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.github.builders.CANARY", standin.token)


def test_an_issue_that_leaves_an_earlier_page_hides_none(tmp_path: Path, standin: StandIn, webshop: Hosted) -> None:
    standin.fail("GET", MORE, Fault(before=lambda: webshop.set_labels(50, [])))
    numbers, statuses = _polled(tmp_path, standin)
    assert numbers == [n for n in range(1, 251) if n != 50]
    assert len(statuses) == 9, "three pages, three that differ, three that stood still"
    assert statuses[6:] == [304, 304, 304]


def test_an_issue_that_comes_to_an_earlier_page_doubles_none(tmp_path: Path, standin: StandIn, webshop: Hosted) -> None:
    webshop.set_labels(50, [])
    standin.fail("GET", MORE, Fault(before=lambda: webshop.set_labels(50, ["agent:queued"])))
    assert _polled(tmp_path, standin)[0] == list(range(1, 251))


def test_a_list_that_stands_still_is_confirmed_by_304s_and_then_read_once(
    tmp_path: Path, standin: StandIn, webshop: Hosted
) -> None:
    assert _polled(tmp_path, standin)[1] == [200, 200, 200, 304, 304, 304]
    numbers, statuses = _polled(tmp_path, standin)
    assert numbers == list(range(1, 251))
    assert statuses == [304, 304, 304]
    webshop.comment(1, "hello")
    assert _polled(tmp_path, standin)[1] == [200, 304, 304, 304, 304, 304]


def test_pages_by_cursor_are_read_once(tmp_path: Path, standin: StandIn, webshop: Hosted) -> None:
    standin.page_by("cursor")
    numbers, statuses = _polled(tmp_path, standin)
    assert numbers == list(range(1, 251))
    assert statuses == [200, 200, 200]


def test_a_list_that_never_stands_still_is_read_so_often_and_no_more(
    tmp_path: Path, standin: StandIn, webshop: Hosted
) -> None:
    leaving = iter(range(1, 100))
    standin.fail("GET", MORE, Fault(before=lambda: webshop.set_labels(next(leaving), [])), times=None)
    numbers, statuses = _polled(tmp_path, standin)
    assert len(statuses) == 3 * READINGS
    assert set(range(100, 251)) <= set(numbers)


def test_pages_up_to_the_last_one_that_is_told_are_asked_for_side_by_side(
    tmp_path: Path, standin: StandIn, webshop: Hosted
) -> None:
    together = threading.Barrier(2, timeout=20)
    standin.fail("GET", MORE, Fault(before=together.wait), times=2)
    poll = tracker(tmp_path, standin.api_url).poll(QUEUED)
    assert sorted(issue.number for issue in poll.issues) == list(range(1, 251))
    assert (poll.requests, poll.unchanged) == (6, 3)
    assert not together.broken


def test_pages_that_are_asked_for_side_by_side_are_no_more_than_may_be_read(
    tmp_path: Path, standin: StandIn, webshop: Hosted
) -> None:
    poll = tracker(tmp_path, standin.api_url, limits=Limits(pages=2)).poll(QUEUED)
    assert sorted(issue.number for issue in poll.issues) == list(range(1, 201))
    assert {request.query.get("page") for request in standin.requests} <= {None, "1", "2"}
    assert "only the first 2 pages" in poll.warnings[0]


def test_a_fault_of_one_of_several_pages_is_the_polls(tmp_path: Path, standin: StandIn, webshop: Hosted) -> None:
    standin.fail("GET", MORE, Fault(status=403, body=b"{}"))
    with pytest.raises(UnavailableError, match="403"):
        tracker(tmp_path, standin.api_url).poll(QUEUED)


@given(
    rows=st.integers(0, 12),
    leaves=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 11)), max_size=2),
    comes=st.lists(st.tuples(st.integers(0, 8), st.integers(20, 30)), max_size=2),
    ahead=st.booleans(),
    order=st.randoms(use_true_random=False),
)
def test_whatever_leaves_or_comes_while_reading_no_other_row_is_lost(
    rows: int, leaves: list[tuple[int, int]], comes: list[tuple[int, int]], *, ahead: bool, order: Random
) -> None:
    listed = list(range(rows))
    asked = 0

    def fetch(urls: Sequence[str]) -> list[tuple[Page, list[object]]]:
        answered = {url: page(url) for url in order.sample(urls, len(urls))}
        return [answered[url] for url in urls]

    def page(url: str) -> tuple[Page, list[object]]:
        nonlocal asked
        for moment, row in leaves:
            if moment == asked and row in listed:
                listed.remove(row)
        listed.extend(row for moment, row in comes if moment == asked and row not in listed)
        asked += 1
        number = int(url.partition("page=")[2])
        cut: list[object] = [{"id": row} for row in listed[(number - 1) * SIZE : number * SIZE]]
        more = f"https://x/?page={number + 1}" if len(listed) > number * SIZE else None
        last = f"https://x/?page={-(-len(listed) // SIZE)}" if more and ahead else None
        return Page(data=cut, next=more, last=last, url=url, unchanged=False), cut

    found = read_all(fetch, "https://x/?page=1", 50)
    numbers = {row["id"] for row in found.rows if isinstance(row, dict)}
    assert set(range(rows)) - {row for _, row in leaves} <= numbers
    assert not found.cut_off
    assert asked <= READINGS * 6
