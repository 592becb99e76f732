"""Calls that hang cost those who wait for them no more than the time they gave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issue_intake.patience import side_by_side, within


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """Set when the test is over, so that no thread of it outlives it for long."""
    event = threading.Event()
    yield event
    event.set()


def test_what_came_in_time_is_given() -> None:
    assert within(5, lambda: 7) == 7


def test_what_a_call_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        side_by_side([lambda: 1, lambda: 1 // 0], at_once=2, seconds=5)


def test_a_call_that_hangs_is_left_behind(never: threading.Event) -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.05, never.wait)
    assert time.monotonic() - begun < 20


def test_no_time_left_makes_no_call() -> None:
    with pytest.raises(TimeoutError):
        within(0, lambda: pytest.fail("called"))


def test_those_behind_calls_that_hang_get_their_turn(never: threading.Event) -> None:
    hanging: list[Callable[[], object]] = [never.wait] * 3
    found = side_by_side([*hanging, lambda: "late", *hanging, lambda: "last"], at_once=3, seconds=0.5)
    assert found == [None, None, None, "late", None, None, None, "last"]


def test_a_companion_makes_its_calls_itself() -> None:
    def inner() -> tuple[str, str]:
        return threading.current_thread().name, within(5, lambda: threading.current_thread().name)

    ((outside, inside),) = side_by_side([inner], at_once=1, seconds=5)  # type: ignore[misc] # it does not hang
    assert outside == inside


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 40), st.integers(1, 9))
def test_any_number_of_calls_gives_as_many_results_in_order(count: int, at_once: int) -> None:
    found = side_by_side([partial(int, number) for number in range(count)], at_once=at_once, seconds=30)
    assert found == list(range(count))
