"""How an attempt's end moves its session."""

from __future__ import annotations

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.ends import conclude, crashed, settle
from issue_intake.core.model import Session, Stage
from tests.builders import NOW, attempt, end, ended, minutes, policy, running

LATER = NOW + minutes(6)
BAD = [Outcome.FAILED, Outcome.TIMEOUT, Outcome.STALLED, Outcome.SETUP_FAILED]


def _settled(outcome: Outcome | None, before: Session | None = None, **facts: object) -> Session:
    return settle(LATER, policy(), before or running(), end(outcome, **facts))


def test_a_good_end_waits_to_be_published_and_forgets_earlier_bad_ones() -> None:
    after = _settled(Outcome.DONE, running(bad_ends=2))
    assert (after.stage, after.bad_ends) == (Stage.IN_PROGRESS, 0)


def test_an_end_without_a_word_leaves_it_to_the_tree() -> None:
    after = _settled(None)
    assert (after.attempts[-1].outcome, after.attempts[-1].open) == (None, False)


@pytest.mark.parametrize("outcome", BAD)
def test_a_bad_end_counts_and_is_tried_again_later(outcome: Outcome) -> None:
    after = _settled(outcome, error="it broke")
    assert (after.stage, after.bad_ends, after.next_attempt_at) == (Stage.QUEUED, 1, LATER + minutes(1))
    assert after.attempts[-1].counted
    assert after.note.endswith("it broke")


def test_the_delay_doubles_up_to_an_hour() -> None:
    waits = [
        (settle(LATER, policy(attempts=99), running(bad_ends=n), end(Outcome.FAILED)).next_attempt_at or LATER) - LATER
        for n in range(8)
    ]
    assert [wait / minutes(1) for wait in waits] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_the_last_allowed_bad_end_blocks_and_the_note_ends_with_the_agents_last_line() -> None:
    after = _settled(Outcome.FAILED, running(bad_ends=2), error="exit code 1", last_line="no such table: cart")
    assert after.stage is Stage.BLOCKED
    assert after.note == "3 attempts ended badly; attempt 1 failed: exit code 1 — no such table: cart"


def test_without_a_project_the_usual_limit_holds() -> None:
    assert settle(LATER, None, running(bad_ends=2), end(Outcome.FAILED)).stage is Stage.BLOCKED


def test_a_failed_probe_counts_as_no_attempt() -> None:
    probe = running(bad_ends=2, attempts=(attempt(handle={"pid": 1}, probe=True),))
    after = _settled(Outcome.FAILED, probe)
    assert (after.stage, after.bad_ends, after.attempts[-1].counted) == (Stage.QUEUED, 2, False)


def test_a_usage_limit_counts_as_no_attempt() -> None:
    after = _settled(Outcome.QUOTA, error="usage limit reached")
    assert (after.stage, after.bad_ends, after.next_attempt_at) == (Stage.QUEUED, 0, None)
    assert "usage limit reached" in after.note


@pytest.mark.parametrize("outcome", [Outcome.BLOCKED, Outcome.NO_CHANGES])
def test_a_person_gets_the_agents_own_words(outcome: Outcome) -> None:
    after = _settled(outcome, summary="which currency?")
    assert after.stage is Stage.NEEDS_HUMAN
    assert after.note.endswith("which currency?")
    silent = _settled(outcome)
    assert silent.note.endswith("it gave no reason")


def test_blockers_stand_for_a_missing_summary() -> None:
    assert _settled(Outcome.BLOCKED, blockers=("no key", "no time")).note.endswith("no key; no time")


def test_a_stopped_worker_cancels() -> None:
    assert _settled(Outcome.CANCELLED).stage is Stage.CANCELLED
    late = running(stage=Stage.DONE)
    assert _settled(Outcome.CANCELLED, late).stage is Stage.DONE


def test_a_vanished_worker_counts() -> None:
    after = crashed(LATER, policy(), running())
    assert (after.stage, after.bad_ends) == (Stage.QUEUED, 1)
    assert after.attempts[-1].outcome is Outcome.CRASHED
    assert after.attempts[-1].ended_at == LATER


def test_what_the_agent_told_is_recorded() -> None:
    last = _settled(Outcome.DONE, conversation="abc", cost_usd=0.5, tokens=7, hook_done=True)
    assert (last.attempts[-1].conversation, last.attempts[-1].cost_usd, last.attempts[-1].tokens) == ("abc", 0.5, 7)
    assert last.hook_done


def test_nothing_that_was_told_once_is_told_twice() -> None:
    after = _settled(Outcome.FAILED, error="boom", summary="boom", last_line="boom")
    assert after.note == "attempt 1 failed: boom"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_concluded(outcome: Outcome) -> None:
    after = conclude(LATER, policy(), running(attempts=(ended(outcome=None),)), outcome)
    assert after.attempts[-1].outcome is outcome
