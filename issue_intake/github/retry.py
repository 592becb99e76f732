"""The one retry policy: reads alone, a few tries, a bounded time, with jitter so that many do not come back at once."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from issue_intake.github.answer import Answer
from issue_intake.github.faults import UnreachableError

TRIES = 3
AT_MOST = 20.0
PASSING = frozenset({500, 502, 503, 504})


def patiently(ask: Callable[[], Answer], *, sleep: Callable[[float], None], at_most: float = AT_MOST) -> Answer:
    """The answer of `ask`, asked again after a broken connection or a passing 5xx; the last one when all tries fail.

    `at_most`: seconds in all. Raises what the last try raised.
    """
    retrying = Retrying(
        retry=retry_if_exception_type(UnreachableError) | retry_if_result(lambda answer: answer.status in PASSING),
        stop=stop_after_attempt(TRIES) | stop_before_delay(at_most),
        wait=wait_random_exponential(multiplier=1, max=8),
        sleep=sleep,
        retry_error_callback=_last,
    )
    return retrying(ask)


def _last(state: RetryCallState) -> Answer:
    assert state.outcome is not None
    answer: Answer = state.outcome.result()
    return answer
