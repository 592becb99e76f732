"""The stage table: what may follow what, and nothing else."""

from __future__ import annotations

import itertools

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.model import Pull, Session, Stage
from issue_intake.core.stages import COARSE, RUN_STATES, Event, Kind, advance
from tests.builders import NOW, OTHER_SHA, SHA, minutes, pull, session

LATER = NOW + minutes(1)
NOT_OVER = set(Stage) - {Stage.DONE, Stage.REJECTED, Stage.CANCELLED}
# The transitions as people are told of them: from each stage, where a session may go.
TOLD: dict[Stage, set[Stage]] = {
    Stage.QUEUED: {Stage.TRIAGING, Stage.IN_PROGRESS, Stage.BLOCKED},
    Stage.TRIAGING: {
        Stage.IN_PROGRESS,
        Stage.PLANNING,
        Stage.SPLITTING,
        Stage.DEFERRED,
        Stage.REJECTED,
        Stage.NEEDS_HUMAN,
        Stage.BLOCKED,
        Stage.QUEUED,
    },
    Stage.PLANNING: {Stage.IN_PROGRESS, Stage.NEEDS_HUMAN, Stage.BLOCKED, Stage.QUEUED},
    Stage.SPLITTING: {Stage.BLOCKED, Stage.QUEUED},
    Stage.IN_PROGRESS: {Stage.REVIEW, Stage.BLOCKED, Stage.NEEDS_HUMAN, Stage.QUEUED},
    Stage.REVIEW: {Stage.IN_PROGRESS, Stage.QUEUED, Stage.BLOCKED, Stage.NEEDS_HUMAN},
    Stage.BLOCKED: {Stage.DONE, Stage.QUEUED},
    Stage.NEEDS_HUMAN: {Stage.REVIEW, Stage.QUEUED},
    Stage.DEFERRED: {Stage.QUEUED},
    Stage.REJECTED: {Stage.QUEUED},
    Stage.CANCELLED: {Stage.QUEUED},
    Stage.DONE: {Stage.QUEUED},
}


def _reachable(stage: Stage, open_pull: Pull | None) -> set[Stage]:
    start = session(stage=stage, pull=open_pull)
    moved = (advance(start, Event(kind, LATER)) for kind in Kind)
    return {after.stage for after in moved if after is not start and after.stage is not stage}


@pytest.mark.parametrize("stage", Stage)
def test_a_session_goes_where_it_may_and_nowhere_else(stage: Stage) -> None:
    cancelled = {Stage.CANCELLED} if stage in NOT_OVER else set()
    assert _reachable(stage, None) == TOLD[stage] | cancelled


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.DONE}))
def test_a_merge_ends_every_session_that_has_a_pull_request(stage: Stage) -> None:
    merged = Event(Kind.MERGED, LATER, "merged")
    assert advance(session(stage=stage, pull=pull()), merged).stage is Stage.DONE
    assert advance(bare := session(stage=stage), merged) is bare


@pytest.mark.parametrize(("stage", "kind"), list(itertools.product(Stage, Kind)))
def test_a_late_event_changes_nothing_and_a_timely_one_says_when_and_why(stage: Stage, kind: Kind) -> None:
    before = session(stage=stage, note="before")
    after = advance(before, Event(kind, LATER, "after"))
    if after is before:
        return
    assert after.note == "after"
    assert after.since == (LATER if after.stage is not stage else before.since)


def _asked(before: Session) -> Session:
    return advance(before, Event(Kind.ASKED, LATER))


def test_asking_again_makes_the_counters_fresh() -> None:
    after = _asked(session(stage=Stage.BLOCKED, bad_ends=3, seen_unasked=True, next_attempt_at=LATER))
    assert (after.bad_ends, after.seen_unasked, after.next_attempt_at) == (0, False, None)


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_after_a_closed_pull_request_asking_again_means_a_new_branch(state: str) -> None:
    before = session(
        stage=Stage.BLOCKED, pull=pull(state=state), pushed_sha=OTHER_SHA, announced_sha=OTHER_SHA, announced_for=1
    )
    after = _asked(before)
    assert (after.branch, after.branch_round) == ("agent/issue-1-2", 2)
    assert (after.pull, after.pushed_sha, after.announced_sha, after.announced_for) == (None, None, None, None)


def test_an_open_pull_request_is_worked_on_when_asked_again() -> None:
    after = _asked(session(stage=Stage.NEEDS_HUMAN, pull=pull(), pushed_sha=OTHER_SHA))
    assert (after.branch, after.pull, after.pushed_sha) == ("agent/issue-1", pull(), OTHER_SHA)


@pytest.mark.parametrize(
    ("before", "after"), [("ready", "ready"), ("kept", "ready"), ("removed", "none"), ("none", "none")]
)
def test_asking_again_works_on_in_the_worktree_that_is_there(before: str, after: str) -> None:
    asked = _asked(session(stage=Stage.CANCELLED, workspace=before, hook_done=True, base="main", base_sha=SHA))
    assert asked.workspace == after
    assert asked.hook_done == (after == "ready")
    assert asked.base_sha == (SHA if after == "ready" else None)


def test_every_stage_and_outcome_has_its_words() -> None:
    assert set(COARSE) == set(Stage)
    assert set(RUN_STATES) == set(Outcome)
