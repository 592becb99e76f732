"""What was looked up about an open pull request, folded into its session. Pure: the clock is an argument."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from issue_intake.core.ledger import SeenThreads, Standing
from issue_intake.core.model import Session, Stage
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.reactions import Again, Do, Exhausted, Person, Verdict, Wait, react
from issue_intake.core.review import PullFacts
from issue_intake.core.stages import Event, Kind, advance


def follow_up(
    now: datetime, policy: ProjectPolicy | None, session: Session, facts: PullFacts, threads: SeenThreads | None
) -> Session:
    """The session after a look at its pull request: how that stands, and what it asks for."""
    if threads is not None:
        session = replace(session, ledger=replace(session.ledger, threads=threads))
    session = _standing(now, session, facts)
    if policy is None or session.stage is not Stage.REVIEW:
        return session
    return _taken(now, session, react(now, policy, session, facts))


def _standing(now: datetime, session: Session, facts: PullFacts) -> Session:
    head, before = facts.pull.head_sha or "", session.standing
    if before is not None and before.head == head:
        return session
    return replace(session, standing=Standing(head=head, since=now))


def _taken(now: datetime, session: Session, verdict: Verdict) -> Session:
    match verdict:
        case Wait(note=note, ready=ready):
            return _noted(session, note, ready=ready)
        case Do(reason=reason):
            return _noted(session, reason, ready=False)
        case Again(cause=cause):
            return advance(replace(session, cause=cause), Event(Kind.RETRY, now, cause.note))
        case Person(note=note):
            return advance(session, Event(Kind.PERSON, now, note))
        case Exhausted(note=note):
            return advance(session, Event(Kind.BLOCKED, now, note))
        case _:
            assert_never(verdict)


def _noted(session: Session, note: str, *, ready: bool) -> Session:
    assert session.standing is not None
    return replace(session, standing=replace(session.standing, note=note, ready=ready))
