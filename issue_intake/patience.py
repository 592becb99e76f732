"""Calls that may take too long are made by threads that can be left behind in the middle of one.

The time limits of a socket count anew with each byte, and none covers a name look-up: nothing else ends every wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Companion(threading.Thread):
    """A thread that somebody watches, and leaves behind when its time is over."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(name="companion", target=work, daemon=True)


def within(seconds: float, call: Callable[[], T]) -> T:
    """`call()`, left behind after `seconds` with a TimeoutError; made right here where somebody watches already."""
    if seconds <= 0:
        raise TimeoutError
    if isinstance(threading.current_thread(), Companion):
        return call()
    future: Future[T] = Future()
    Companion(lambda: _fulfil(future, call)).start()
    return future.result(timeout=seconds)


def side_by_side(calls: Sequence[Callable[[], T]], *, at_once: int, seconds: float) -> list[T | None]:
    """What each call gives, in their order; None for one that was left behind, `seconds` after its own begin.

    `at_once` run at the same time. Raises what a call raised.
    """
    crew = _Crew(calls, seconds)
    for _ in range(min(at_once, len(calls))):
        crew.enlist()
    return [crew.result(number) for number in range(len(calls))]


class _Crew(Generic[T]):
    """Companions that take one call after the other; in the place of one that is left behind comes a new one."""

    def __init__(self, calls: Sequence[Callable[[], T]], seconds: float) -> None:
        self._calls = calls
        self._seconds = seconds
        self._results: list[Future[T]] = [Future() for _ in calls]
        self._begun: dict[int, float] = {}
        self._next = 0
        self._taking = threading.Condition()

    def enlist(self) -> None:
        Companion(self._work).start()

    def result(self, number: int) -> T | None:
        """Waits for the call's begin, however long those before it take, and then for its end."""
        with self._taking:
            self._taking.wait_for(lambda: number in self._begun)
        future = self._results[number]
        try:
            return future.result(timeout=self._begun[number] + self._seconds - monotonic())
        except TimeoutError:
            if not future.cancel():
                return future.result()  # it came in the last moment
            self.enlist()
            return None

    def _work(self) -> None:
        while (number := self._take()) is not None:
            _fulfil(self._results[number], self._calls[number])
            if self._results[number].cancelled():
                return  # another one works in this one's place

    def _take(self) -> int | None:
        with self._taking:
            if self._next == len(self._calls):
                return None
            number, self._next = self._next, self._next + 1
            self._begun[number] = monotonic()
            self._taking.notify_all()
            return number


def _fulfil(future: Future[T], call: Callable[[], T]) -> None:
    with suppress(InvalidStateError):  # left behind: nobody waits for it any more
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - it goes on in the thread that waits
            future.set_exception(error)
