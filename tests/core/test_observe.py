"""What was seen, folded into the session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.model import Session, Stage
from issue_intake.core.observe import observe
from issue_intake.core.plan import World
from issue_intake.core.stages import Event, Kind, advance
from issue_intake.core.work import Absent, Alive, Ended, Lost, Rebooted, Unknown
from tests.builders import NOW, attempt, end, ended, issue, minutes, policy, pull, reviewed, running, session

LATER = NOW + minutes(6)


def _seen(before: Session, **world: object) -> Session:
    return observe(LATER, policy(), before, World(**world))  # type: ignore[arg-type] # the caller names fields of World


def test_a_blind_look_changes_nothing() -> None:
    for before in (running(), reviewed(), session(), session(stage=Stage.BLOCKED, seen_unasked=True)):
        assert _seen(before) == before


def test_a_worker_seen_alive_is_on_record_and_no_longer_doubtful() -> None:
    doubtful = running(attempts=(attempt(unknown_since=NOW),))
    last = _seen(doubtful, worker=Alive(1, NOW)).attempts[-1]
    assert (last.started_at, last.unknown_since, last.open) == (NOW, None, True)


@pytest.mark.parametrize("sight", [Lost(ran=True), Absent()])
def test_a_vanished_worker_is_not_settled_before_its_leftovers_are_ended(sight: Lost | Absent) -> None:
    assert _seen(running(), worker=sight) == running()


def test_a_restart_of_the_machine_queues_the_session_at_once() -> None:
    after = _seen(running(), worker=Rebooted())
    assert (after.stage, after.bad_ends, after.next_attempt_at) == (Stage.QUEUED, 0, None)
    assert after.attempts[-1].outcome is Outcome.CRASHED


def test_doubt_becomes_a_persons_business_after_half_an_hour() -> None:
    first = _seen(running(), worker=Unknown("far"))
    assert (first.stage, first.attempts[-1].unknown_since) == (Stage.IN_PROGRESS, LATER)
    late = observe(LATER + minutes(30), policy(), first, World(worker=Unknown("far")))
    assert late.stage is Stage.NEEDS_HUMAN
    assert late.note == "cannot tell whether attempt 1 still runs: far"


def test_a_doubt_that_began_while_the_clock_was_ahead_is_counted_from_now() -> None:
    ahead = running(attempts=(attempt(unknown_since=LATER + minutes(60 * 24 * 365)),))
    seen = _seen(ahead, worker=Unknown("far"))
    assert seen.attempts[-1].unknown_since == LATER
    late = observe(LATER + minutes(30), policy(), seen, World(worker=Unknown("far")))
    assert late.stage is Stage.NEEDS_HUMAN


def test_a_worker_whose_attempt_has_ended_says_nothing_new() -> None:
    before = running(attempts=(ended(),))
    assert _seen(before, worker=Ended(end(Outcome.FAILED))) == before


def test_an_end_is_never_later_than_the_look_that_saw_it() -> None:
    after = _seen(running(), worker=Ended(end(ended_at=LATER + minutes(999))))
    assert after.attempts[-1].ended_at == LATER


def test_a_merged_pull_request_ends_the_session_wherever_it_stands() -> None:
    for stage in (Stage.REVIEW, Stage.BLOCKED, Stage.CANCELLED, Stage.IN_PROGRESS, Stage.NEEDS_HUMAN):
        after = _seen(reviewed(stage=stage), pull=pull(state="merged"))
        assert after.stage is Stage.DONE


def test_a_closed_pull_request_blocks_once() -> None:
    after = _seen(reviewed(), pull=pull(state="closed"))
    assert after.stage is Stage.BLOCKED
    assert _seen(replace(after, stage=Stage.REVIEW), pull=pull(state="closed")).stage is Stage.REVIEW


def test_a_pull_request_of_another_number_is_not_the_sessions() -> None:
    assert _seen(reviewed(), pull=pull(999, state="merged")) == reviewed()


def test_a_new_head_is_remembered_and_moves_nothing() -> None:
    after = _seen(reviewed(), pull=pull(head_sha="c" * 40))
    assert after.stage is Stage.REVIEW
    assert after.pull == pull(head_sha="c" * 40)


def test_a_closed_issue_cancels() -> None:
    for before in (running(), session(), session(stage=Stage.BLOCKED), session(stage=Stage.NEEDS_HUMAN)):
        assert _seen(before, issue_open=False).stage is Stage.CANCELLED


def test_an_issue_closed_by_its_merge_is_not_cancelled() -> None:
    assert _seen(reviewed(), issue_open=False).stage is Stage.REVIEW, "the pull request could not be looked at"
    assert _seen(reviewed(), issue_open=False, pull=pull(state="merged")).stage is Stage.DONE
    assert _seen(reviewed(), issue_open=False, pull=pull()).stage is Stage.CANCELLED


ASKABLE = [stage for stage in Stage if stage not in {Stage.QUEUED, Stage.IN_PROGRESS, Stage.TRIAGING, Stage.PLANNING}]


@pytest.mark.parametrize("stage", [s for s in ASKABLE if s is not Stage.SPLITTING])
def test_the_label_off_at_one_look_and_on_at_a_later_one_asks_again(stage: Stage) -> None:
    before = session(stage=stage)
    assert _seen(before, asked=True, issue_open=True) == before, "it was on all the time"
    off = _seen(before, asked=False, issue_open=True)
    assert (off.stage, off.seen_unasked) == (stage, True)
    assert _seen(off, asked=False, issue_open=True) == off
    assert _seen(off, asked=True, issue_open=True).stage is Stage.QUEUED


def test_who_asks_again_by_a_label_vouches_anew_and_who_only_retries_does_not() -> None:
    before = session(stage=Stage.BLOCKED, seen_unasked=True, by_writer=False, vouched_at=NOW, asked_at=NOW)
    seen = _seen(before, asked=True, issue_open=True, issue=issue(updated_at=NOW + minutes(9)))
    assert (seen.by_writer, seen.vouched_at, seen.asked_at) == (None, None, NOW + minutes(9))
    retry = advance(before, Event(Kind.ASKED, NOW))
    assert (retry.by_writer, retry.vouched_at, retry.asked_at) == (False, NOW, NOW)


def test_a_session_under_way_is_not_judged_by_its_label() -> None:
    for before in (running(), session(), running(stage=Stage.NEEDS_HUMAN)):
        assert _seen(before, asked=False, issue_open=True) == before


def test_an_issue_stays_marked_as_listed_until_it_was_asked_for() -> None:
    listed = session(stage=Stage.DONE, listed=True)
    assert _seen(listed, listed=False) == listed
    assert not _seen(listed, listed=False, issue_open=False).listed
    assert _seen(session(stage=Stage.DONE), listed=True).listed
