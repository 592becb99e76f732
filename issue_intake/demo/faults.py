"""Faults on demand: what a test wants to go wrong with which request, and how often."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from threading import Lock

from issue_intake.core.record import record
from issue_intake.demo.wire import DOCUMENTATION, Reply


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


def json_fault(status: int, message: str, **headers: str) -> Fault:
    """A refusal in GitHub's words; `Retry_After=` becomes `Retry-After`."""
    named = {"Content-Type": "application/json; charset=utf-8"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
    return Fault(status=status, headers=named, body=json.dumps(body).encode())


def primary_limit(reset_at: datetime, limit: int = 5000, resource: str = "core") -> Fault:
    """403: the allowance of that resource (core, search) is used up until `reset_at`."""
    figures = {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Used": str(limit),
        "X-RateLimit-Reset": str(int(reset_at.timestamp())),
        "X-RateLimit-Resource": resource,
    }
    return json_fault(403, "API rate limit exceeded for user ID 1.", **figures)


def sparing(remaining: int, reset_at: datetime, limit: int = 5000) -> Fault:
    """The real answer, which says how few requests are left until `reset_at`."""
    figures = {"Limit": limit, "Remaining": remaining, "Used": limit - remaining, "Reset": int(reset_at.timestamp())}
    return Fault(headers={f"X-RateLimit-{name}": str(value) for name, value in figures.items()})


def incomplete_search() -> Fault:
    """A search that ran out of time: some results, perhaps none, and not all."""
    body = {"total_count": 0, "incomplete_results": True, "items": [], "search_type": "lexical"}
    return Fault(status=200, headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())


def sso_required(url: str) -> Fault:
    """403: the token is not authorised for the organisation's single sign-on."""
    message = "Resource protected by organization SAML enforcement. You must grant your token access."
    return json_fault(403, message, X_GitHub_SSO=f"required; url={url}")


def secondary_limit(retry_after: int | None = 60, status: int = 403) -> Fault:
    """403 (or 429): too much at once; `retry_after` in seconds, None when GitHub does not say."""
    named = {} if retry_after is None else {"Retry-After": str(retry_after)}
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return json_fault(status, message, **named)


def html_unavailable(status: int = 503) -> Fault:
    """The unicorn: a 5xx with a page of HTML instead of JSON."""
    body = b"<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head><body></body></html>"
    return Fault(status=status, headers={"Content-Type": "text/html"}, body=body)


def moved(location: str, status: int = 301) -> Fault:
    """A redirect to another address, of this host or not."""
    named = {"Location": location, "Content-Type": "application/json; charset=utf-8"}
    return Fault(status=status, headers=named, body=json.dumps({"message": "Moved", "url": location}).encode())
