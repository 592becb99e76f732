"""One request and what becomes of it: the fault planned for it, the real answer, and an entry in the log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from threading import Event, Lock

from issue_intake.core.record import record
from issue_intake.demo.apps import is_app_call
from issue_intake.demo.faults import Fault, FaultPlan
from issue_intake.demo.git_http import answer_git, is_git
from issue_intake.demo.graphql import GRAPHQL, mutations
from issue_intake.demo.rest import answer, common_headers
from issue_intake.demo.rest_checks import is_stored_log
from issue_intake.demo.routes import call_name
from issue_intake.demo.wire import Json, Reply, Request
from issue_intake.demo.world import World

_NOT_LOGGED = {"authorization", "cookie"}


@record
class Logged:
    """A request that came in. `status` 0: it got no answer. `credential`: whether one was sent; it is not kept.

    `kind`: what was called, whichever repository or issue it is about: `PATCH /repos/{owner}/{repo}/issues/{number}`.
    `writing`: it changes, or is meant to change, something.
    """

    method: str
    path: str
    query: Mapping[str, str]
    status: int
    headers: Mapping[str, str]
    credential: bool
    kind: str
    writing: bool
    fields: Json = field(default_factory=dict)

    @property
    def line(self) -> str:
        """`GET /repos/acme/webshop 200`."""
        return f"{self.method} {self.path} {self.status}"


@record
class Delivery:
    """How an answer goes out. `reply` None: the connection is closed instead; see Fault for the others."""

    reply: Reply | None
    keep_bytes: int | None = None
    drip: float = 0.0


class Exchange:
    """Answers requests for as long as `closing` is not set."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = FaultPlan()
        self.closing = Event()
        self._lock = Lock()
        self._log: list[Logged] = []

    @property
    def log(self) -> list[Logged]:
        """The requests so far, in the order of their answers."""
        with self._lock:
            return list(self._log)

    def forget(self) -> None:
        """Empty the log."""
        with self._lock:
            self._log.clear()

    def respond(self, request: Request) -> Delivery:
        """What goes out for a request."""
        fault = self.faults.take(request.method, request.path) or Fault()
        if fault.before:
            fault.before()
        self.closing.wait(fault.delay)
        real = self._answer(request) if fault.acts else Reply(headers=common_headers(self.world, request))
        reply = None if fault.drop else fault.changed(real)
        if reply and not fault.acts:
            reply = reply.with_headers(real.headers)
        self._note(request, reply)
        return Delivery(reply=reply, keep_bytes=fault.keep_bytes, drip=fault.drip)

    def _answer(self, request: Request) -> Reply:
        return answer_git(self.world, request) if is_git(request.path) else answer(self.world, request)

    def _note(self, request: Request, reply: Reply | None) -> None:
        kind, writing = _kind(request)
        entry = Logged(
            method=request.method,
            path=request.path,
            query=request.query,
            status=reply.status if reply else 0,
            headers={name: value for name, value in request.headers.items() if name not in _NOT_LOGGED},
            credential="authorization" in request.headers,
            kind=kind,
            writing=writing,
            fields=_fields(request),
        )
        with self._lock:
            self._log.append(entry)


def _kind(request: Request) -> tuple[str, bool]:
    """What is called, and whether it writes: a query of GraphQL, a fetch and an app's asking for a token do not."""
    service = request.path.rpartition("/")[2]
    if is_git(request.path):
        return f"{request.method} {service}", service == "git-receive-pack"
    if request.path == GRAPHQL:
        changes = mutations(request)
        return " ".join([f"{request.method} {GRAPHQL}", *changes]), bool(changes)
    if is_stored_log(request):
        return f"{request.method} /_storage/{{key}}", False
    writing = request.method not in {"GET", "HEAD"} and not is_app_call(request)
    return call_name(request.method, request.path), writing


def _fields(request: Request) -> Json:
    if is_git(request.path) or not request.body:
        return {}
    try:
        value = json.loads(request.body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
