"""The one table of what may follow what, and `advance`, which alone moves a session along it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from issue_intake.core.attempt import Outcome, Role
from issue_intake.core.ledger import Ledger
from issue_intake.core.model import Session, Stage
from issue_intake.core.names import branch_name
from issue_intake.core.record import record

RUNNING = frozenset({Stage.TRIAGING, Stage.PLANNING, Stage.SPLITTING, Stage.IN_PROGRESS})
OVER = frozenset({Stage.DONE, Stage.REJECTED, Stage.CANCELLED})
ACTIVE = RUNNING | {Stage.QUEUED, Stage.REVIEW}
_ALL = frozenset(Stage)


class Kind(StrEnum):
    """What happened to a session."""

    CODER = "coder"
    TRIAGER = "triager"
    PLANNER = "planner"
    SPLITTER = "splitter"
    PUBLISHED = "published"
    RETRY = "retry"
    BLOCKED = "blocked"
    PERSON = "person"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    CHILDREN_CLOSED = "children_closed"
    MERGED = "merged"
    CANCELLED = "cancelled"
    ASKED = "asked"


@record(kw_only=False)
class Event:
    """Something that happened at a time; `note` is what a person reads about it."""

    kind: Kind
    at: datetime
    note: str = ""


TABLE: dict[Kind, tuple[Stage, frozenset[Stage]]] = {
    Kind.CODER: (Stage.IN_PROGRESS, frozenset({Stage.QUEUED, Stage.TRIAGING, Stage.PLANNING, Stage.REVIEW})),
    Kind.TRIAGER: (Stage.TRIAGING, frozenset({Stage.QUEUED})),
    Kind.PLANNER: (Stage.PLANNING, frozenset({Stage.TRIAGING})),
    Kind.SPLITTER: (Stage.SPLITTING, frozenset({Stage.TRIAGING})),
    Kind.PUBLISHED: (Stage.REVIEW, frozenset({Stage.IN_PROGRESS, Stage.NEEDS_HUMAN})),
    Kind.RETRY: (Stage.QUEUED, RUNNING | {Stage.REVIEW}),
    Kind.BLOCKED: (Stage.BLOCKED, RUNNING | {Stage.QUEUED, Stage.REVIEW}),
    Kind.PERSON: (Stage.NEEDS_HUMAN, (RUNNING - {Stage.SPLITTING}) | {Stage.REVIEW}),
    Kind.DEFERRED: (Stage.DEFERRED, frozenset({Stage.TRIAGING})),
    Kind.REJECTED: (Stage.REJECTED, frozenset({Stage.TRIAGING})),
    Kind.CHILDREN_CLOSED: (Stage.DONE, frozenset({Stage.BLOCKED})),
    Kind.MERGED: (Stage.DONE, _ALL),
    Kind.CANCELLED: (Stage.CANCELLED, _ALL - OVER),
    Kind.ASKED: (Stage.QUEUED, _ALL - RUNNING),
}

ROLE_EVENTS: dict[Role, Kind] = {
    Role.CODER: Kind.CODER,
    Role.DEBUGGER: Kind.CODER,
    Role.TRIAGER: Kind.TRIAGER,
    Role.PLANNER: Kind.PLANNER,
    Role.SPLITTER: Kind.SPLITTER,
}

COARSE: dict[Stage, str] = {
    Stage.QUEUED: "queued",
    Stage.TRIAGING: "running",
    Stage.PLANNING: "running",
    Stage.SPLITTING: "running",
    Stage.IN_PROGRESS: "running",
    Stage.REVIEW: "waiting-review",
    Stage.DONE: "done",
    Stage.BLOCKED: "blocked",
    Stage.DEFERRED: "blocked",
    Stage.REJECTED: "done",
    Stage.NEEDS_HUMAN: "waiting-review",
    Stage.CANCELLED: "blocked",
}

RUN_STATES: dict[Outcome, str] = {
    Outcome.DONE: "succeeded",
    Outcome.NO_CHANGES: "succeeded",
    Outcome.BLOCKED: "succeeded",
    Outcome.CANCELLED: "cancelled",
    Outcome.FAILED: "failed",
    Outcome.TIMEOUT: "failed",
    Outcome.STALLED: "failed",
    Outcome.CRASHED: "failed",
    Outcome.QUOTA: "failed",
    Outcome.SETUP_FAILED: "failed",
}


def advance(session: Session, event: Event) -> Session:
    """The session after the event; the very same object where the event is late or means nothing here."""
    target, sources = TABLE[event.kind]
    if session.stage not in sources:
        return session
    if event.kind is Kind.MERGED and (session.pull is None or session.stage is Stage.DONE):
        return session
    if event.kind is Kind.ASKED:
        session = _asked_again(session)
    since = session.since if session.stage is target else event.at
    return replace(session, stage=target, since=since, note=event.note, trouble=None)


def _asked_again(session: Session) -> Session:
    """Counters and labels fresh. What was closed or merged stays so: the next work goes to a branch of its own."""
    fresh = replace(
        session,
        bad_ends=0,
        next_attempt_at=None,
        seen_unasked=False,
        label=None,
        labels_next=(),
        mirrored=replace(session.mirrored, label=None, seen=False) if session.mirrored is not None else None,
        cause=None,
        ledger=session.ledger.renewed(),
        workspace="ready" if session.workspace in {"ready", "kept"} else "none",
    )
    if fresh.workspace == "none":
        fresh = replace(fresh, hook_done=False, base=None, base_sha=None)
    if session.pull is None:
        return fresh
    return _accepting(fresh) if session.pull.state == "open" else _on_a_branch_of_its_own(fresh)


def _on_a_branch_of_its_own(session: Session) -> Session:
    branch_round = session.branch_round + 1
    return replace(
        session,
        branch_round=branch_round,
        branch=branch_name(session.number, branch_round),
        pull=None,
        announced_sha=None,
        announced_for=None,
        pushed_sha=None,
        pushed_at=None,
        standing=None,
        ledger=Ledger(),
        incoming=None,
    )


def _accepting(session: Session) -> Session:
    """Commits that somebody else put on the branch are part of it once a person asks to go on."""
    head = session.standing.head if session.standing is not None else ""
    if not head or head in {session.pushed_sha, *session.ledger.pushed}:
        return session
    ledger = session.ledger.with_push(head)
    return replace(session, announced_sha=head, pushed_sha=head, incoming=head, ledger=ledger)
