"""Faults on demand: what a test wants to go wrong with which request, and how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from threading import Lock

from issue_intake.core.record import record
from issue_intake.demo.wire import Reply


@record
class Fault:
    """What goes wrong with a request. Without `status` the answer itself is the real one.

    `before` is called first, then `delay` seconds pass. `done`: the request takes effect although its answer is
    replaced or lost. `drop`: the connection is closed without an answer. `keep_bytes`: it is closed after so many bytes
    of the body. `drip`: seconds between two bytes of the body.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    before: Callable[[], object] | None = None
    delay: float = 0.0
    done: bool = False
    drop: bool = False
    keep_bytes: int | None = None
    drip: float = 0.0

    @property
    def acts(self) -> bool:
        """Whether the request takes effect."""
        return self.done or (self.status is None and not self.drop)

    def changed(self, real: Reply) -> Reply:
        """The answer as the fault has it."""
        if self.status is None:
            return replace(real, headers={**real.headers, **self.headers})
        return Reply(status=self.status, headers=self.headers, body=self.body)


@dataclass(slots=True)
class _Planned:
    method: str
    pattern: str
    fault: Fault
    left: int | None


class FaultPlan:
    """Faults waiting for their requests; the first that fits is taken."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._planned: list[_Planned] = []

    def add(self, method: str, pattern: str, fault: Fault, times: int | None) -> None:
        """Let `fault` befall the next `times` requests (None: all) whose method and path fit; both may hold `*`."""
        with self._lock:
            self._planned.append(_Planned(method, pattern, fault, times))

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, now used up by one."""
        with self._lock:
            return next((plan.fault for plan in self._planned if _spend(plan, method, path)), None)

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._planned.clear()

    @property
    def waiting(self) -> bool:
        """Whether a fault with a limited number of times has not happened as often as it should."""
        with self._lock:
            return any(plan.left for plan in self._planned)


def _spend(plan: _Planned, method: str, path: str) -> bool:
    if plan.left == 0 or not fnmatchcase(method, plan.method) or not fnmatchcase(path, plan.pattern):
        return False
    if plan.left is not None:
        plan.left -= 1
    return True
