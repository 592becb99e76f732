"""What all who use one credential share in a process: turns, requests a minute, and the rests that GitHub asks for."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from issue_intake.errors import UnavailableError
from issue_intake.github.allowance import CORE, EVERYTHING, SEARCH, Allowance, LimitedError, allowance
from issue_intake.github.answer import Answer
from issue_intake.github.faults import CredentialError
from issue_intake.github.limits import Look

AT_ONCE = 8
A_MINUTE = 600
SEARCHES_A_MINUTE = 30
IN_VAIN = 8
_MINUTE = 60.0


def utc_now() -> datetime:
    """The present."""
    return datetime.now(UTC)


class Gate:
    """Lets the requests of one credential through, first come, first served; each project has one at a time.

    `name` is what its token is called in sentences, with the server. Safe to use from many threads.
    """

    def __init__(
        self, name: str, *, now: Callable[[], datetime] = utc_now, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._now = now
        self._seconds = seconds
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self._inside: dict[object, Look] = {}
        self._passed: deque[float] = deque(maxlen=A_MINUTE)
        self._searched: deque[float] = deque(maxlen=SEARCHES_A_MINUTE)
        self._searching: Look | None = None
        self._rests: dict[str, LimitedError] = {}
        self._left: dict[str, Allowance] = {}
        self._in_vain: deque[UnavailableError] = deque(maxlen=IN_VAIN)

    @contextmanager
    def turn(self, resource: str, look: Look) -> Iterator[None]:
        """A turn to ask for something of `resource`, waited for no longer than the look may last.

        Raises LimitedError, without waiting, where GitHub or `floor` wants a rest; CredentialError where too many asked
        in vain; UnavailableError when no turn came.
        """
        self._check(resource, look.limits.floor)
        mine = object()
        self._enter(mine, look)
        try:
            self._check(resource, look.limits.floor)
            if resource == SEARCH:
                self._count_search()
            yield
        finally:
            with self._changed:
                del self._inside[mine]
                self._changed.notify_all()

    @contextmanager
    def searching(self, look: Look) -> Iterator[None]:
        """All pages of one search: side by side with others, none might get to its end with a minute's searches."""
        with self._changed:
            while self._searching is not None and self._searching.left > 0:
                if look.left <= 0:
                    raise self._no_turn(look)
                self._changed.wait(min(self._searching.left, look.left))
            self._searching = look
        try:
            yield
        finally:
            with self._changed:
                self._searching = None if self._searching is look else self._searching
                self._changed.notify_all()

    def heard(self, resource: str, answer: Answer) -> None:
        """Remember what the answer says is left, and that somebody answers."""
        if answer.status != 401:
            with self._changed:
                self._in_vain.clear()
        left = allowance(answer, self._now())
        if left is not None:
            self._left[answer.headers.get("x-ratelimit-resource") or resource] = left

    def stop(self, limited: LimitedError) -> None:
        """Nobody asks again before the moment that GitHub named."""
        self._rests[limited.resource] = limited

    def vain(self, error: UnavailableError) -> None:
        """Nobody answered, or the credential was refused. So many times in a row it is no project's own trouble.

        Each further question would cost the run its patience; GitHub bars who asks too often with a bad token.
        """
        with self._changed:
            self._in_vain.append(error)

    def _check(self, resource: str, floor: int) -> None:
        with self._changed:
            if len(self._in_vain) == IN_VAIN:
                raise CredentialError(self._in_vain[-1].message, self._in_vain[-1].hint)
        for rest in filter(None, (self._rests.get(resource), self._rests.get(EVERYTHING))):
            if rest.until is not None and rest.until > self._now():
                raise LimitedError(rest.message, until=rest.until, resource=rest.resource)
        left = self._left.get(resource)
        if left is None or left.reset <= self._now():
            return
        # A floor above what GitHub gives at all must not stop everything for good.
        least = max(1, min(floor, left.limit // 2)) if resource == CORE else 1
        if left.remaining < least:
            said = f"fewer than {least} requests of {self._name} are left until {left.reset:%H:%M:%S} UTC"
            hint = "intake rests until then; github.floor says how many it leaves to others"
            raise LimitedError(said, until=left.reset, resource=resource, hint=hint)

    def _enter(self, mine: object, look: Look) -> None:
        with self._changed:
            self._queue.append(mine)
            try:
                while pause := self._pause(mine):
                    if look.left <= 0:
                        raise self._no_turn(look)
                    self._changed.wait(min(pause, look.left))
                self._inside[mine] = look
                self._passed.append(self._seconds())
            finally:
                self._queue.remove(mine)
                self._changed.notify_all()

    def _no_turn(self, look: Look) -> UnavailableError:
        said = f"no turn came for {self._name} within {look.limits.whole:g} s"
        return UnavailableError(said, f"{AT_ONCE} requests at once and {A_MINUTE} a minute are made")

    def _pause(self, mine: object) -> float:
        """Seconds until it may be the turn of `mine`; infinite where others must be done first.

        Whoever is still inside when its look is over was left behind, and keeps nobody out.
        """
        if self._queue[0] is not mine:
            return math.inf
        left = [look.left for look in self._inside.values() if look.left > 0]
        if len(left) >= AT_ONCE:
            return min(left)
        return self._to_go(self._passed)

    def _count_search(self) -> None:
        """Searches do not wait for each other: a minute is too long for a look."""
        with self._changed:
            pause = self._to_go(self._searched)
            if not pause:
                self._searched.append(self._seconds())
                return
        until = self._now() + timedelta(seconds=math.ceil(pause))
        said = f"{SEARCHES_A_MINUTE} searches a minute are made with {self._name}, and no more"
        raise LimitedError(said, until=until, resource=SEARCH, hint="the project's turn comes in a later run")

    def _to_go(self, times: deque[float]) -> float:
        """Seconds until the oldest of as many requests as a minute may have is a minute ago."""
        return max(0.0, times[0] + _MINUTE - self._seconds()) if len(times) == times.maxlen else 0.0
