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

_UNTOLD = "the server has no GraphQL, so comments in resolved threads count like the others"


def follow_up(
    now: datetime, policy: ProjectPolicy | None, session: Session, facts: PullFacts, threads: SeenThreads | None
) -> Session:
    """The session after a look at its pull request: how that stands, and what it asks for."""
    if threads is not None:
        session = replace(session, ledger=replace(session.ledger, threads=threads))
    session = stand(now, session, facts.pull.head_sha)
    untold = threads is not None and not threads.told
    remarks = (*facts.remarks, _UNTOLD) if untold else facts.remarks
    session = replace(session, ledger=session.ledger.answering(*(f"said/{remark}" for remark in remarks)))
    if policy is None or session.stage is not Stage.REVIEW:
        return session
    if session.announced_sha != session.pushed_sha:
        return noted(session, "a merge of the base is about to be pushed")
    return _taken(now, session, react(now, policy, session, facts))


def reconsidered(now: datetime, policy: ProjectPolicy, session: Session, facts: PullFacts) -> Session:
    """A queued session whose slot has come: with the cause as it is by now, or back in review where there is none."""
    cause = session.cause
    if cause is None or set(cause.about) <= set(session.ledger.answered):
        return session
    verdict = react(now, policy, session, facts)
    if isinstance(verdict, Again):
        return replace(session, cause=verdict.cause)
    back = advance(replace(session, cause=None), Event(Kind.CODER, now))
    return advance(back, Event(Kind.PUBLISHED, now, "what was wanted is wanted no more"))


def stand(now: datetime, session: Session, head: str | None, note: str = "") -> Session:
    """The session with the head that its open pull request has; when it was first seen counts."""
    before = session.standing
    head = head or ""
    if before is not None and before.head == head and before.since <= now:  # one that lies ahead is a clock's fault
        return session
    return replace(session, standing=Standing(head=head, since=now, note=note))


def _taken(now: datetime, session: Session, verdict: Verdict) -> Session:
    match verdict:
        case Wait(note=note, ready=ready):
            return noted(session, note, ready=ready)
        case Do(reason=reason):
            return noted(session, reason)
        case Again(cause=cause):
            return advance(replace(session, cause=cause), Event(Kind.RETRY, now, cause.note))
        case Person(note=note):
            return advance(session, Event(Kind.PERSON, now, note))
        case Exhausted(note=note):
            return advance(session, Event(Kind.BLOCKED, now, note))
        case _:
            assert_never(verdict)


def noted(session: Session, note: str, *, ready: bool = False) -> Session:
    """The session with a word on how its pull request stands. `ready`: all that is missing is somebody who merges."""
    standing = session.standing
    if standing is None:
        return session
    if ready:
        session = replace(session, ledger=session.ledger.answering(f"ready/{standing.head}"))
    return replace(session, standing=replace(standing, note=note, ready=ready))
