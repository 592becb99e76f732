"""What came of an action on an open pull request, folded into its session. Pure: the clock is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from issue_intake.core.followup import noted
from issue_intake.core.ledger import Cause, CauseKind
from issue_intake.core.model import Session
from issue_intake.core.policy import RERUN_QUIET
from issue_intake.core.results import (
    BaseMerged,
    BranchDeleted,
    Later,
    MadeReady,
    NotMerged,
    OfReview,
    Protected,
    PullMerged,
    Reran,
)
from issue_intake.core.stages import Event, Kind, advance


def fold_review(  # noqa: C901, PLR0911 - one case per result
    now: datetime, session: Session, result: OfReview
) -> Session:
    """The session after the result."""
    session = replace(session, trouble=None)
    match result:
        case Reran():
            return _reran(now, session, result)
        case BaseMerged():
            return _base_merged(now, session, result)
        case MadeReady():
            return replace(session, pull=replace(session.pull, draft=False)) if session.pull is not None else session
        case PullMerged():
            return _merged(now, session)
        case NotMerged():
            return _not_merged(session, result)
        case Protected(head=head, paths=paths):
            return noted(_answering(session, f"protected/{head}"), f"a person merges: it touches {', '.join(paths)}")
        case BranchDeleted():
            return _answering(session, f"deleted/{session.branch}")
        case Later(reason=reason):
            return noted(session, reason)
        case _:
            assert_never(result)


def _reran(now: datetime, session: Session, result: Reran) -> Session:
    session = _answering(session, f"rerun/{result.head}")
    if result.unable:
        session = _answering(session, f"unable/{result.head}")
    if not result.asked:
        return session
    quiet = replace(session, ledger=replace(session.ledger, quiet_until=now + RERUN_QUIET))
    return noted(quiet, "checks are run again")


def _base_merged(now: datetime, session: Session, result: BaseMerged) -> Session:
    session = _answering(session, result.about)
    before = session.pushed_sha
    if before is None or result.sha == before:
        return session
    if result.sha is None:
        where = f" in {', '.join(result.conflicts[:3])}" if result.conflicts else ""
        note = f"conflicts with {result.base}{where}"
        cause = Cause(kind=CauseKind.CONFLICT, about=(result.about,), note=note)
        session = replace(session, cause=cause, incoming=result.base_sha)
        return advance(session, Event(Kind.RETRY, now, note))
    merges: Mapping[str, str] = {**session.ledger.merges, result.sha: before}
    ledger = replace(session.ledger, merges=merges)
    session = replace(session, announced_sha=result.sha, incoming=result.sha, ledger=ledger)
    return replace(session, cleared_sha=result.sha, guarded=result.guarded)


def _merged(now: datetime, session: Session) -> Session:
    if session.pull is None:
        return session
    note = f"pull request #{session.pull.number} was merged"
    return advance(replace(session, pull=replace(session.pull, state="merged")), Event(Kind.MERGED, now, note))


def _not_merged(session: Session, result: NotMerged) -> Session:
    ledger = session.ledger
    refusals = ledger.refusals + 1 if ledger.refused == result.head else 1
    session = replace(session, ledger=replace(ledger, refused=result.head, refusals=refusals))
    return noted(session, f"GitHub does not merge it: {result.reason}")


def _answering(session: Session, about: str) -> Session:
    return replace(session, ledger=session.ledger.answering(about))
