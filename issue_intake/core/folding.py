"""The session after the result of an action. Pure: the clock is an argument."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from issue_intake.core.attempt import Attempt, Outcome
from issue_intake.core.ends import conclude, crashed
from issue_intake.core.folding_review import fold_review
from issue_intake.core.followup import stand
from issue_intake.core.model import Delay, Pull, Session, Stage
from issue_intake.core.observe import doubt, lost
from issue_intake.core.policy import FIRST_DELAY, ProjectPolicy, doubling
from issue_intake.core.results import (
    CleanedUp,
    Committed,
    Distrusted,
    KeptBack,
    NotPrepared,
    Opened,
    Prepared,
    Pushed,
    Refused,
    Result,
    Started,
    StopAsked,
    Swept,
    Troubled,
)
from issue_intake.core.settings import listed
from issue_intake.core.stages import RUNNING, Event, Kind, advance


def fold(  # noqa: C901, PLR0911, PLR0912 - one case per result
    now: datetime, policy: ProjectPolicy | None, session: Session, result: Result
) -> Session:
    """The session after the result of its action."""
    match result:
        case Prepared():
            return _prepared(session, result)
        case Started():
            return _started(now, session, result)
        case NotPrepared(reason=reason):
            return _not_prepared(now, session, reason)
        case StopAsked():
            return session.with_last(replace(session.attempts[-1], stop_asked=True))
        case Swept():
            return _swept(now, policy, session, result)
        case Committed():
            return _committed(now, policy, session, result)
        case KeptBack(reason=reason):
            return _kept_back(now, policy, session, reason)
        case Pushed():
            return _pushed(now, session)
        case Opened(pull=pull):
            return _opened(now, session, pull)
        case CleanedUp(kept=kept):
            return _cleaned_up(session, kept)
        case Troubled():
            return _troubled(now, session, result)
        case Refused(reason=reason) | Distrusted(reason=reason):
            return _refused(now, session, reason)
        case _:
            return fold_review(now, session, result)


def _prepared(session: Session, made: Prepared) -> Session:
    if session.incoming is not None and session.incoming in {made.base_sha, session.pushed_sha}:
        # A worktree made anew starts from what is published: there is nothing left to take in.
        last = replace(session.attempts[-1], takes=None)
        session = replace(session.with_last(last), incoming=None)
    return replace(
        session,
        base=made.base,
        base_sha=made.base_sha,
        worktree=made.worktree,
        workspace="ready",
        settings=made.settings,
        neutralised=made.neutralised,
    )


def _started(now: datetime, session: Session, made: Started) -> Session:
    last = replace(session.attempts[-1], handle=made.handle, started_at=now, resumed=made.resumed)
    return session.with_last(last)


def _not_prepared(now: datetime, session: Session, reason: str) -> Session:
    """The claim is taken back: its number is free again, since no folder of it was made."""
    return advance(_unclaimed(session), Event(Kind.RETRY, now, reason))


def _unclaimed(session: Session) -> Session:
    cause = session.attempts[-1].cause
    ledger = session.ledger if cause is None else session.ledger.giving_back(cause)
    return replace(session, attempts=session.attempts[:-1], next_attempt_at=None, ledger=ledger)


def _swept(now: datetime, policy: ProjectPolicy | None, session: Session, swept: Swept) -> Session:
    if not swept.clean:
        return doubt(now, session, "processes that it left cannot be ended")
    if not swept.ran:
        return lost(now, session, "the worker ended before it began")
    return crashed(now, policy, session, swept.told)


def _committed(now: datetime, policy: ProjectPolicy | None, session: Session, made: Committed) -> Session:
    session = session.with_last(_left_out(session.attempts[-1], made.left_out))
    last = session.attempts[-1]
    if not made.changed:
        return conclude(now, policy, session, Outcome.NO_CHANGES)
    if last.outcome is None:
        session = conclude(now, policy, session, Outcome.DONE)
    session = replace(session, announced_sha=made.sha, announced_for=last.number, incoming=None, trouble=None)
    session = replace(session, cleared_sha=made.sha, guarded=made.guarded)
    if policy is None or policy.publish != "off":
        return session
    note = f"branch {session.branch} ready in {made.where}"
    return advance(session, Event(Kind.PERSON, now, f"{note}; {made.guarded.sentence}" if made.guarded else note))


def _kept_back(now: datetime, policy: ProjectPolicy | None, session: Session, reason: str) -> Session:
    """Nothing of it is announced; the latest attempt bears the reason, which the next one's prompt repeats."""
    note = f"not pushed: {reason}"
    if session.stage in RUNNING and session.last is not None:
        session = conclude(now, policy, session, Outcome.DONE)
        session = session.with_last(replace(session.attempts[-1], note=note))
    session = replace(session, announced_sha=session.pushed_sha, announced_for=None)
    return advance(session, Event(Kind.BLOCKED, now, note))


def _pushed(now: datetime, session: Session) -> Session:
    session = replace(session.pushed(session.announced_sha, now), trouble=None)
    return _shown(now, session) if session.stage is Stage.REVIEW else session


def _shown(now: datetime, session: Session) -> Session:
    """Changes of protected paths are shown to a person, once for the same ones."""
    guarded, pull = session.guarded, session.pull
    if guarded is None or pull is None or guarded.about in session.ledger.answered:
        return session
    session = replace(session, ledger=session.ledger.answering(guarded.about))
    note = f"a person has to look at pull request #{pull.number}: {guarded.sentence}"
    return advance(session, Event(Kind.PERSON, now, note))


def _left_out(attempt: Attempt, paths: tuple[str, ...]) -> Attempt:
    if not paths:
        return attempt
    return replace(attempt, note="; ".join(filter(None, (attempt.note, f"left out: {listed(paths)}"))))


def _opened(now: datetime, session: Session, pull: Pull) -> Session:
    session = replace(session, pull=pull, trouble=None)
    match pull.state:
        case "merged":
            return advance(session, Event(Kind.MERGED, now, f"pull request #{pull.number} was merged"))
        case "closed":
            note = f"pull request #{pull.number} of this branch was closed without a merge"
            return advance(session, Event(Kind.BLOCKED, now, note))
        case "open":
            session = stand(now, replace(session, cause=None), pull.head_sha, "waits for review")
            note = f"pull request #{pull.number} waits for review"
            return _shown(now, advance(session, Event(Kind.PUBLISHED, now, note)))
        case _:
            assert_never(pull.state)


def _cleaned_up(session: Session, kept: str) -> Session:
    if not kept:
        return replace(session, workspace="removed", settings=(), trouble=None)
    note = "; ".join(part for part in (session.note, f"worktree kept: {kept}") if part)
    return replace(session, workspace="kept", note=note, trouble=None)


def _troubled(now: datetime, session: Session, trouble: Troubled) -> Session:
    failures = session.trouble.failures + 1 if session.trouble else 1
    until = trouble.until or now + doubling(FIRST_DELAY, failures)
    return replace(session, trouble=Delay(until=until, reason=trouble.reason, failures=failures))


def _refused(now: datetime, session: Session, reason: str) -> Session:
    """A claim that was never started is taken back; then a person decides."""
    last = session.last
    if session.stage in RUNNING and last is not None and last.open and last.handle is None:
        session = _unclaimed(session)
    return advance(session, Event(Kind.PERSON, now, reason))
