"""How an attempt's end moves its session: what counts, what is tried again, what needs a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from issue_intake.core.attempt import Attempt, End, Outcome, refusing
from issue_intake.core.ledger import Cause, CauseKind
from issue_intake.core.model import Session
from issue_intake.core.policy import FIRST_DELAY, ProjectPolicy, doubling
from issue_intake.core.spending import charged
from issue_intake.core.stages import Event, Kind, advance
from issue_intake.core.text import one_line

_ATTEMPTS = 3
_PART = 160


def settle(now: datetime, policy: ProjectPolicy | None, session: Session, end: End) -> Session:
    """The session after its latest attempt ended. An end without an outcome waits for the tree to decide."""
    *earlier, last = session.attempts
    ended = replace(
        charged(last, earlier, end),
        started_at=end.started_at or last.started_at,
        ended_at=min(end.ended_at, now),
        note=_words(end),
        unknown_since=None,
        conversation=end.conversation,
        verified=tuple(replace(each, tail="") for each in end.verified),
    )
    session = replace(session.with_last(ended), hook_done=session.hook_done or end.hook_done)
    unverified = refusing(end.verified)
    if unverified and end.outcome in {None, Outcome.DONE}:
        return _unverified(now, policy, session, unverified)
    return session if end.outcome is None else conclude(now, policy, session, end.outcome)


def _unverified(now: datetime, policy: ProjectPolicy | None, session: Session, failed: tuple[str, ...]) -> Session:
    """What the project's own commands find wrong goes back to a coder, as often as it may, before anybody sees it."""
    last, limit = session.attempts[-1], policy.fixes.verify if policy else 0
    note = f"{', '.join(failed)} failed after attempt {last.number}"
    if session.ledger.verify_fixes < limit:
        done = replace(last, outcome=Outcome.DONE, note=note)
        cause = Cause(kind=CauseKind.VERIFY, about=(f"verify/{last.number}",), note=note)
        return advance(replace(session.with_last(done), cause=cause, bad_ends=0), Event(Kind.RETRY, now, note))
    if policy is not None and policy.unverified == "draft":
        return session
    person = replace(last, outcome=Outcome.DONE, note=note)
    return _person(now, session.with_last(person), f"{note}; {session.ledger.verify_fixes} fixes are used up")


def as_told(session: Session, told: End | None) -> Attempt:
    """The latest attempt, whose worker left no end, with what its agent had told by then."""
    *earlier, last = session.attempts
    return last if told is None else replace(charged(last, earlier, told), conversation=told.conversation)


def crashed(now: datetime, policy: ProjectPolicy | None, session: Session, told: End | None = None) -> Session:
    """The session after its worker vanished without an end; nothing of it is left at work."""
    last = replace(as_told(session, told), ended_at=now, unknown_since=None, note="its supervisor left no end")
    return conclude(now, policy, session.with_last(last), Outcome.CRASHED)


def conclude(now: datetime, policy: ProjectPolicy | None, session: Session, outcome: Outcome) -> Session:
    """The session once the outcome of its latest, ended attempt is known."""
    last = replace(session.attempts[-1], outcome=outcome)
    session = session.with_last(last)
    match outcome:
        case Outcome.DONE:
            return replace(session, bad_ends=0)
        case Outcome.NO_CHANGES:
            return _person(now, session, f"the agent changed nothing: {last.note or 'it gave no reason'}")
        case Outcome.BLOCKED:
            return _person(now, session, f"the agent is blocked: {last.note or 'it gave no reason'}")
        case Outcome.CANCELLED:
            return advance(session, Event(Kind.CANCELLED, now, last.note or "the worker was stopped"))
        case Outcome.QUOTA:
            return advance(session, Event(Kind.RETRY, now, f"waits for the agent's limit: {last.note}"))
        case _:
            return _bad_end(now, policy, session, last)


def _bad_end(now: datetime, policy: ProjectPolicy | None, session: Session, last: Attempt) -> Session:
    limit = policy.attempts if policy else _ATTEMPTS
    why = f"attempt {last.number} {_VERBS[last.outcome or Outcome.FAILED]}: {last.note}".removesuffix(": ")
    if last.probe:
        later = now + FIRST_DELAY
        return advance(replace(session, next_attempt_at=later), Event(Kind.RETRY, now, why))
    session = replace(session.with_last(replace(last, counted=True)), bad_ends=session.bad_ends + 1)
    if session.bad_ends >= limit:
        return advance(session, Event(Kind.BLOCKED, now, f"{session.bad_ends} attempts ended badly; {why}"))
    later = now + doubling(FIRST_DELAY, session.bad_ends)
    return advance(replace(session, next_attempt_at=later), Event(Kind.RETRY, now, why))


_VERBS: dict[Outcome, str] = {
    Outcome.FAILED: "failed",
    Outcome.TIMEOUT: "ran out of time",
    Outcome.STALLED: "stalled",
    Outcome.CRASHED: "vanished",
    Outcome.SETUP_FAILED: "could not be set up",
}


def _person(now: datetime, session: Session, note: str) -> Session:
    return advance(replace(session, bad_ends=0), Event(Kind.PERSON, now, note))


def _words(end: End) -> str:
    """The reason of a bad end and the agent's last line, or the agent's own summary."""
    said = end.summary or "; ".join(end.blockers)
    parts = [end.error, said]
    if end.error or not said:
        parts.append(end.last_line)
    return " — ".join(dict.fromkeys(one_line(part, _PART) for part in parts if part))
