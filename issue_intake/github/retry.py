"""The one retry policy: reads alone, a few tries, a bounded time, with jitter so that many do not come back at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from issue_intake.github.answer import Answer
from issue_intake.github.faults import UnreachableError

if TYPE_CHECKING:
    from tenacity import RetryCallState

TRIES = 3
AT_MOST = 20.0
PASSING = frozenset({500, 502, 503, 504})


def patiently(
    ask: Callable[[], Answer],
    *,
    sleep: Callable[[float], None],
    at_most: float = AT_MOST,
    seconds: Callable[[], float] = time.monotonic,
) -> Answer:
    """The answer of `ask`, asked again after a broken connection or a passing 5xx; the last one when all tries fail.

    `at_most`: seconds in all; none begins later. Raises what the last try raised.
    """
    ends = seconds() + at_most
    try:
        answer = ask()
    except UnreachableError as error:
        return _again(_Remembered(ask, error), sleep, ends - seconds())
    return _again(_Remembered(ask, answer), sleep, ends - seconds()) if _passing(answer) else answer


class _Remembered:
    """`ask`, whose first outcome is there already."""

    def __init__(self, ask: Callable[[], Answer], first: Answer | UnreachableError) -> None:
        self._ask = ask
        self._first: Answer | UnreachableError | None = first

    def __call__(self) -> Answer:
        first, self._first = self._first, None
        if isinstance(first, UnreachableError):
            raise first
        return first or self._ask()


def _again(ask: Callable[[], Answer], sleep: Callable[[float], None], at_most: float) -> Answer:
    # Loaded at the first stumble alone: it costs as much time as a small tick.
    from tenacity import (  # noqa: PLC0415
        Retrying,
        retry_if_exception_type,
        retry_if_result,
        stop_after_attempt,
        stop_before_delay,
        wait_random_exponential,
    )

    retrying = Retrying(
        retry=retry_if_exception_type(UnreachableError) | retry_if_result(_passing),
        stop=stop_after_attempt(TRIES) | stop_before_delay(at_most),
        wait=wait_random_exponential(multiplier=1, max=8),
        sleep=sleep,
        retry_error_callback=_last,
    )
    return retrying(ask)


def _passing(answer: Answer) -> bool:
    return answer.status in PASSING


def _last(state: RetryCallState) -> Answer:
    assert state.outcome is not None
    answer: Answer = state.outcome.result()
    return answer
