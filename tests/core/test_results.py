"""What came of an action, folded into the session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.folding import fold
from issue_intake.core.leaving import Guarded
from issue_intake.core.model import Delay, Session, Stage
from issue_intake.core.results import (
    CleanedUp,
    Committed,
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
from tests.builders import NOW, OTHER_SHA, SHA, attempt, ended, minutes, policy, pull, reviewed, running

CLAIMED = running(attempts=(attempt(),), workspace="none", base=None, base_sha=None, worktree="")
FINISHED = running(attempts=(ended(),))


def _after(before: Session, result: Result, publish: str = "draft") -> Session:
    return fold(NOW, policy(publish=publish), before, result)


def test_a_prepared_session_knows_its_base_and_worktree() -> None:
    after = _after(CLAIMED, Prepared("main", SHA, "/worktrees/issue-1"))
    assert (after.base, after.base_sha, after.worktree) == ("main", SHA, "/worktrees/issue-1")
    assert after.workspace == "ready"


def test_a_started_attempt_keeps_its_handle() -> None:
    last = _after(CLAIMED, Started({"pid": 5})).attempts[-1]
    assert (last.handle, last.started_at) == ({"pid": 5}, NOW)


def test_what_failed_before_a_worker_was_started_is_no_attempt() -> None:
    after = _after(CLAIMED, NotPrepared("no route to host"))
    assert (after.attempts, after.stage, after.bad_ends) == ((), Stage.QUEUED, 0)


def test_a_worker_is_asked_to_stop_once() -> None:
    assert _after(running(), StopAsked()).attempts[-1].stop_asked


def test_leftovers_that_survive_are_a_doubt_and_then_a_persons_business() -> None:
    first = _after(running(), Swept(clean=False, ran=True))
    assert first.working
    late = fold(NOW + minutes(31), policy(), first, Swept(clean=False, ran=True))
    assert late.stage is Stage.NEEDS_HUMAN


def test_a_swept_attempt_counts_only_if_it_ran() -> None:
    assert _after(running(), Swept(clean=True, ran=True)).bad_ends == 1
    unborn = _after(running(), Swept(clean=True, ran=False))
    assert (unborn.bad_ends, unborn.stage) == (0, Stage.QUEUED)


def test_a_commit_is_announced_for_its_attempt_before_it_is_pushed() -> None:
    after = _after(FINISHED, Committed(sha=OTHER_SHA, changed=True, where="publish.git"))
    assert (after.announced_sha, after.announced_for, after.pushed_sha) == (OTHER_SHA, 1, None)
    assert _after(after, Pushed()).pushed_sha == OTHER_SHA


def test_a_tree_that_changed_makes_a_silent_end_a_good_one() -> None:
    silent = running(attempts=(ended(outcome=None),))
    assert _after(silent, Committed(sha=OTHER_SHA, changed=True, where="x")).attempts[-1].outcome is Outcome.DONE
    unchanged = _after(silent, Committed(sha=SHA, changed=False, where="x"))
    assert (unchanged.attempts[-1].outcome, unchanged.stage) == (Outcome.NO_CHANGES, Stage.NEEDS_HUMAN)
    assert unchanged.announced_sha is None


def test_with_publish_off_the_branch_waits_for_a_person() -> None:
    after = _after(FINISHED, Committed(sha=OTHER_SHA, changed=True, where="/s/publish.git"), "off")
    assert (after.stage, after.note) == (Stage.NEEDS_HUMAN, "branch agent/issue-1 ready in /s/publish.git")


GUARDED = Guarded(mark="1", paths=(".github/ci.yml",))


def test_with_publish_off_the_person_is_told_of_protected_paths() -> None:
    after = _after(FINISHED, Committed(sha=OTHER_SHA, changed=True, where="/s", guarded=GUARDED), "off")
    assert after.note == "branch agent/issue-1 ready in /s; it changes protected paths: .github/ci.yml"


def test_what_must_not_leave_is_blocked_not_announced_and_told_to_the_next_attempt() -> None:
    after = _after(running(attempts=(ended(outcome=None),), pushed_sha=SHA, announced_sha=SHA), KeptBack("a line 3"))
    assert (after.stage, after.note, after.announced_sha) == (Stage.BLOCKED, "not pushed: a line 3", SHA)
    assert (after.attempts[-1].outcome, after.attempts[-1].note) == (Outcome.DONE, "not pushed: a line 3")
    merge = _after(reviewed(), KeptBack("a line 3"))
    assert (merge.stage, merge.announced_sha, merge.attempts) == (Stage.BLOCKED, OTHER_SHA, reviewed().attempts)


def test_protected_paths_are_shown_to_a_person_once_for_the_same_changes() -> None:
    made = _after(FINISHED, Committed(sha=OTHER_SHA, changed=True, where="x", guarded=GUARDED))
    shown = _after(_after(made, Pushed()), Opened(pull()))
    assert shown.stage is Stage.NEEDS_HUMAN
    assert shown.note == "a person has to look at pull request #101: it changes protected paths: .github/ci.yml"
    again = replace(shown, stage=Stage.IN_PROGRESS, ledger=shown.ledger.renewed())
    assert _after(again, Opened(pull())).stage is Stage.REVIEW
    other = replace(again, guarded=replace(GUARDED, mark="2"))
    assert _after(other, Opened(pull())).stage is Stage.NEEDS_HUMAN


def test_a_merge_of_the_base_that_changes_protected_paths_otherwise_needs_a_person_once_it_is_pushed() -> None:
    merged = reviewed(announced_sha=SHA, cleared_sha=SHA, guarded=GUARDED)
    assert _after(merged, Pushed()).stage is Stage.NEEDS_HUMAN
    assert _after(replace(merged, guarded=None), Pushed()).stage is Stage.REVIEW


@pytest.mark.parametrize(
    ("state", "stage"), [("open", Stage.REVIEW), ("merged", Stage.DONE), ("closed", Stage.BLOCKED)]
)
def test_the_pull_request_decides_where_the_session_goes(state: str, stage: Stage) -> None:
    after = _after(FINISHED, Opened(pull(state=state)))
    assert (after.stage, after.pull) == (stage, pull(state=state))


def test_what_was_removed_is_gone_and_what_was_kept_is_said() -> None:
    done = reviewed(stage=Stage.DONE, note="merged")
    assert _after(done, CleanedUp("")).workspace == "removed"
    kept = _after(done, CleanedUp("it holds work"))
    assert (kept.workspace, kept.note) == ("kept", "merged; worktree kept: it holds work")


def test_trouble_waits_longer_each_time_or_until_the_time_that_was_named() -> None:
    first = _after(FINISHED, Troubled("HTTP 502"))
    assert first.trouble == Delay(until=NOW + minutes(1), reason="HTTP 502")
    second = _after(first, Troubled("HTTP 502"))
    assert second.trouble == Delay(until=NOW + minutes(2), reason="HTTP 502", failures=2)
    named = _after(FINISHED, Troubled("limit", NOW + minutes(17)))
    assert named.trouble == Delay(until=NOW + minutes(17), reason="limit")
    assert second.stage is Stage.IN_PROGRESS


def test_success_ends_the_trouble() -> None:
    troubled = replace(_after(FINISHED, Troubled("HTTP 502")), announced_sha=OTHER_SHA)
    assert _after(troubled, Pushed()).trouble is None


def test_a_refusal_is_a_persons_business() -> None:
    after = _after(FINISHED, Refused("the branch is protected"))
    assert (after.stage, after.note) == (Stage.NEEDS_HUMAN, "the branch is protected")
    assert after.attempts == FINISHED.attempts


def test_a_refused_start_takes_its_claim_back() -> None:
    assert _after(CLAIMED, Refused("in the way")).attempts == ()
