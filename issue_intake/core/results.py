"""What came of an action, and the session after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from issue_intake.core.ends import conclude, crashed
from issue_intake.core.fold import doubt, lost
from issue_intake.core.model import Delay, Outcome, Pull, Session
from issue_intake.core.policy import FIRST_DELAY, ProjectPolicy, doubling
from issue_intake.core.stages import RUNNING, Event, Kind, advance


@dataclass(frozen=True, slots=True)
class Prepared:
    """The session's repository and worktree are there, made from the base branch at `base_sha`."""

    base: str
    base_sha: str
    worktree: str


@dataclass(frozen=True, slots=True)
class Started:
    """The worker was started; `handle` finds it again."""

    handle: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class NotPrepared:
    """Something outside failed before a worker was started. The attempt never was; the project rests."""

    reason: str


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The worker was asked to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """Leftovers of a vanished worker were ended. `clean`: none survives; `ran`: the agent may have run."""

    clean: bool
    ran: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The worktree's files are committed in the git folder `where`. `changed`: they differ from the last publish."""

    sha: str
    changed: bool
    where: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """The announced commit is on the remote."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The pull request is there."""

    pull: Pull


@dataclass(frozen=True, slots=True)
class CleanedUp:
    """Worktree and agent's repository are gone, or kept for the reason given."""

    kept: str


@dataclass(frozen=True, slots=True)
class Troubled:
    """Something outside failed; the same action is due again later."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side said no for good."""

    reason: str


Result = (
    Prepared | Started | NotPrepared | StopAsked | Swept | Committed | Pushed | Opened | CleanedUp | Troubled | Refused
)


def fold(  # noqa: C901, PLR0911 - one case per result
    now: datetime, policy: ProjectPolicy | None, session: Session, result: Result
) -> Session:
    """The session after the result of its action."""
    match result:
        case Prepared():
            return _prepared(session, result)
        case Started(handle=handle):
            return _with_handle(now, session, handle)
        case NotPrepared(reason=reason):
            return _not_prepared(now, session, reason)
        case StopAsked():
            return session.with_last(replace(session.attempts[-1], stop_asked=True))
        case Swept():
            return _swept(now, policy, session, result)
        case Committed():
            return _committed(now, policy, session, result)
        case Pushed():
            return replace(session, pushed_sha=session.announced_sha, trouble=None)
        case Opened(pull=pull):
            return _opened(now, session, pull)
        case CleanedUp(kept=kept):
            return _cleaned_up(session, kept)
        case Troubled():
            return _troubled(now, session, result)
        case Refused(reason=reason):
            return _refused(now, session, reason)
        case _:
            assert_never(result)


def _prepared(session: Session, made: Prepared) -> Session:
    return replace(session, base=made.base, base_sha=made.base_sha, worktree=made.worktree, workspace="ready")


def _with_handle(now: datetime, session: Session, handle: Mapping[str, str | int]) -> Session:
    return session.with_last(replace(session.attempts[-1], handle=handle, started_at=now))


def _not_prepared(now: datetime, session: Session, reason: str) -> Session:
    """The claim is taken back: its number is free again, since no folder of it was made."""
    session = replace(session, attempts=session.attempts[:-1], next_attempt_at=None)
    return advance(session, Event(Kind.RETRY, now, reason))


def _swept(now: datetime, policy: ProjectPolicy | None, session: Session, swept: Swept) -> Session:
    if not swept.clean:
        return doubt(now, session, "processes that it left cannot be ended")
    if not swept.ran:
        return lost(now, session, "the worker ended before it began")
    return crashed(now, policy, session)


def _committed(now: datetime, policy: ProjectPolicy | None, session: Session, made: Committed) -> Session:
    last = session.attempts[-1]
    if not made.changed:
        return conclude(now, policy, session, Outcome.NO_CHANGES)
    if last.outcome is None:
        session = conclude(now, policy, session, Outcome.DONE)
    session = replace(session, announced_sha=made.sha, announced_for=last.number, trouble=None)
    if policy is None or policy.publish != "off":
        return session
    return advance(session, Event(Kind.PERSON, now, f"branch {session.branch} ready in {made.where}"))


def _opened(now: datetime, session: Session, pull: Pull) -> Session:
    session = replace(session, pull=pull, trouble=None)
    match pull.state:
        case "merged":
            return advance(session, Event(Kind.MERGED, now, f"pull request #{pull.number} was merged"))
        case "closed":
            note = f"pull request #{pull.number} of this branch was closed without a merge"
            return advance(session, Event(Kind.BLOCKED, now, note))
        case "open":
            return advance(session, Event(Kind.PUBLISHED, now, f"pull request #{pull.number} waits for review"))
        case _:
            assert_never(pull.state)


def _cleaned_up(session: Session, kept: str) -> Session:
    if not kept:
        return replace(session, workspace="removed", trouble=None)
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
        session = replace(session, attempts=session.attempts[:-1])
    return advance(session, Event(Kind.PERSON, now, reason))
