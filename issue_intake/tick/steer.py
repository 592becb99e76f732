"""Act on an open pull request: run checks again, merge the base in, take it out of draft, merge it."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from issue_intake.core import checks
from issue_intake.core.actions import DeleteBranch, MarkReady, Merge, MergeBase, Rerun
from issue_intake.core.leaving import Barred
from issue_intake.core.model import Session
from issue_intake.core.paths import protected
from issue_intake.core.plan import World
from issue_intake.core.ports import CommitText
from issue_intake.core.reactions import conflict
from issue_intake.core.results import (
    BaseMerged,
    BranchDeleted,
    KeptBack,
    Later,
    MadeReady,
    NotMerged,
    OfReview,
    Protected,
    PullMerged,
    Reran,
)
from issue_intake.core.review import Check, Merging, PullFacts
from issue_intake.core.transient import passing
from issue_intake.errors import RefusedError
from issue_intake.tick.hands import Hands, refresh
from issue_intake.tick.leaving import look_through
from issue_intake.tick.parts import Parts

STEPS = (Rerun, MergeBase, MarkReady, Merge, DeleteBranch)


def steer(
    hands: Hands,
    parts: Parts,
    session: Session,
    action: Rerun | MergeBase | MarkReady | Merge | DeleteBranch,
    world: World,
) -> OfReview | KeptBack:
    """Do it and say what came of it. Raises what the seams raise."""
    if isinstance(action, DeleteBranch):
        return _delete_branch(parts, session)
    facts = world.facts
    if facts is None:
        return Later("its pull request was not looked at")
    match action:
        case Rerun():
            return _rerun(parts, facts)
        case MergeBase():
            return _merge_base(hands, parts, session, facts)
        case MarkReady():
            parts.steering.mark_ready(facts.pull.number)
            return MadeReady()
        case Merge():
            return _merge(hands, parts, session, facts)
        case _:
            assert_never(action)


def _rerun(parts: Parts, facts: PullFacts) -> OfReview:
    """Once for a head, what was broken off or failed for a passing reason gets another run where the token may."""
    found = facts.checks or ()
    worth = [*checks.broken_off(found), *(c for c in checks.failed(found) if _is_passing(parts, c))]
    asked = sum(parts.steering.rerun(check) for check in dict.fromkeys(worth) if check.job is not None)
    unable = not asked and set(checks.failed(found)) <= set(worth)
    return Reran(head=facts.pull.head_sha or "", asked=asked, unable=unable)


def _is_passing(parts: Parts, check: Check) -> bool:
    return passing(check.summary) or (check.job is not None and passing(parts.reviews.log_tail(check)))


def _merge_base(hands: Hands, parts: Parts, session: Session, facts: PullFacts) -> OfReview | KeptBack:
    base = refresh(hands, parts)
    if base is None or session.standing is None:
        return Later("the first copy of the repository is being made")
    text = CommitText(message=f"Merge branch {base.branch} into {session.branch}\n", at=session.standing.since)
    made = parts.worktrees.merge(session, base, text)
    merged = BaseMerged(
        base=base.branch, base_sha=base.sha, about=conflict(facts), sha=made.sha, conflicts=made.conflicts
    )
    if made.sha is None or made.sha == session.pushed_sha:
        return merged
    verdict = look_through(parts, session, base, made.sha)
    return KeptBack(verdict.sentence) if isinstance(verdict, Barred) else replace(merged, guarded=verdict)


def _merge(hands: Hands, parts: Parts, session: Session, facts: PullFacts) -> OfReview:
    """One for each base branch in a tick: after it the others are behind, and their checks say less."""
    place, head = (session.project, facts.base), facts.pull.head_sha or ""
    if place in hands.merged:
        return Later(f"another pull request was just merged into {facts.base}")
    base = refresh(hands, parts)
    if base is None:
        return Later("the first copy of the repository is being made")
    touched = [p for p in parts.worktrees.touched(session, base) if protected(p, parts.policy.merge.protected)]
    touched += session.guarded.paths if session.guarded else ()
    if touched:
        return Protected(head=head, paths=tuple(touched[:3]))
    try:
        parts.steering.merge(Merging(number=facts.pull.number, sha=head, method=parts.policy.merge.method))
    except RefusedError as error:
        return NotMerged(head=head, reason=error.message)
    hands.merged.add(place)
    return PullMerged()


def _delete_branch(parts: Parts, session: Session) -> OfReview:
    try:
        parts.steering.delete_branch(session.branch, session.pushed_sha or "")
    except RefusedError:
        return BranchDeleted()  # somebody's commits are on it: it stays, and is not tried again
    return BranchDeleted()
