"""What a person asks of a session, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from issue_intake.core.ledger import Ledger
from issue_intake.core.model import Session, Stage
from issue_intake.core.stages import OVER, RUNNING
from issue_intake.core.wishes import No, adopted, cancelled, prospect, retried, taken_on
from tests.builders import NOW, OTHER_SHA, SHA, ended, issue, minutes, policy, pull, reviewed, running, session

LATER = NOW + timedelta(hours=1)
OWN = pull(7, branch="agent/issue-1", head_sha=SHA)


@pytest.mark.parametrize("stage", sorted(set(Stage) - RUNNING))
def test_every_stage_that_is_not_at_work_can_be_asked_again_with_fresh_counters(stage: Stage) -> None:
    asked = retried(LATER, session(stage=stage, bad_ends=3, next_attempt_at=NOW + minutes(90)), "octo")
    assert isinstance(asked, Session)
    assert (asked.stage, asked.bad_ends, asked.next_attempt_at) == (Stage.QUEUED, 0, None)
    assert asked.note == "octo asked again"


@pytest.mark.parametrize("one", [*(session(stage=s) for s in sorted(RUNNING)), running(stage=Stage.CANCELLED)])
def test_what_is_in_work_is_not_asked_again(one: Session) -> None:
    assert isinstance(retried(LATER, one), No)


@pytest.mark.parametrize("stage", sorted(set(Stage) - OVER))
def test_every_stage_that_is_not_over_can_be_cancelled(stage: Stage) -> None:
    stopped = cancelled(LATER, session(stage=stage))
    assert (stopped.stage, stopped.note, stopped.since) == (Stage.CANCELLED, "a person cancelled it", LATER)


@pytest.mark.parametrize("stage", sorted(OVER))
def test_what_is_over_cannot_be_cancelled(stage: Stage) -> None:
    one = session(stage=stage)
    assert cancelled(LATER, one) is one


@pytest.mark.parametrize(
    "one",
    [
        session(),
        session(stage=Stage.BLOCKED, attempts=(ended(),), bad_ends=3),
        session(stage=Stage.DONE, pull=pull(5, state="merged"), attempts=(ended(),), workspace="removed"),
        reviewed(stage=Stage.CANCELLED, pull=pull(5, state="closed")),
        reviewed(stage=Stage.NEEDS_HUMAN, pull=OWN),
    ],
)
def test_an_adopted_pull_request_is_reviewed_from_its_head_on(one: Session) -> None:
    found = adopted(LATER, one, OWN, "octo")
    assert isinstance(found, Session)
    assert (found.stage, found.pull, found.branch, found.branch_round) == (Stage.REVIEW, OWN, "agent/issue-1", 1)
    assert found.pushed_sha == found.announced_sha == SHA
    assert SHA in found.ledger.pushed
    assert (found.pushed_at, found.bad_ends, found.standing) == (LATER, 0, None)
    assert found.note == "pull request #7 waits for review; octo asked to follow it"
    assert found.attempts == one.attempts


def test_a_worktree_that_is_there_takes_the_adopted_head_in_and_a_new_one_begins_with_it() -> None:
    there = adopted(LATER, reviewed(stage=Stage.BLOCKED, pull=pull(5, state="closed")), OWN)
    gone = adopted(LATER, session(stage=Stage.DONE, workspace="removed"), OWN)
    assert isinstance(there, Session)
    assert isinstance(gone, Session)
    assert (there.workspace, there.incoming) == ("ready", SHA)
    assert (gone.workspace, gone.incoming) == ("none", None)


def test_a_further_branch_of_the_issue_is_its_round() -> None:
    found = adopted(LATER, session(), replace(OWN, branch="agent/issue-1-3"))
    assert isinstance(found, Session)
    assert (found.branch, found.branch_round) == ("agent/issue-1-3", 3)


def test_adopting_twice_changes_nothing_the_second_time() -> None:
    once = adopted(LATER, session(), OWN)
    assert isinstance(once, Session)
    assert adopted(LATER + minutes(5), once, OWN) is once


def test_what_is_known_of_the_pull_request_stays_known_and_of_another_is_forgotten() -> None:
    known = Ledger(pushed=(OTHER_SHA,), rounds=2, answered=("review/1",))
    own = adopted(LATER, reviewed(stage=Stage.NEEDS_HUMAN, pull=OWN, ledger=known), OWN)
    other = adopted(LATER, reviewed(stage=Stage.BLOCKED, pull=pull(5, state="closed"), ledger=known), OWN)
    assert isinstance(own, Session)
    assert isinstance(other, Session)
    assert own.ledger == Ledger(pushed=(OTHER_SHA, SHA))
    assert other.ledger == Ledger(pushed=(SHA,))


@pytest.mark.parametrize(
    ("one", "changes", "why"),
    [
        (running(), {}, "in work"),
        (running(stage=Stage.CANCELLED), {}, "in work"),
        (session(), {"state": "merged"}, "is merged already"),
        (session(), {"state": "closed"}, "is closed already"),
        (session(), {"branch": "fix-cart"}, "is from fix-cart, and intake pushes to agent/issue-1 "),
        (session(), {"branch": "agent/issue-2"}, "is from agent/issue-2"),
        (session(), {"branch": "agent/issue-1-1"}, "is from"),
        (session(), {"branch": "agent/issue-1-02"}, "is from"),
        (session(), {"branch": "agent/issue-1-x"}, "is from"),
        (session(), {"branch": f"agent/issue-1-{'9' * 5000}"}, "is from"),
        (session(), {"head_sha": None}, "could not be looked up"),
        (reviewed(), {}, "#101 is open: close that first"),
    ],
)
def test_what_stands_in_the_way_of_an_adoption_is_said(one: Session, changes: dict[str, str], why: str) -> None:
    found = adopted(LATER, one, replace(OWN, **changes))  # type: ignore[arg-type] # names fields of Pull
    assert isinstance(found, No)
    assert why in found.reason


def test_the_first_record_of_an_issue_is_queued_under_its_key() -> None:
    one = taken_on(NOW, policy(), issue(1, title="Two\nlines"), 7)
    assert replace(one, title="Issue 1") == session()
    assert one.title == "Two lines"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (session(stage=Stage.BLOCKED), "starts attempt 1 in a new worktree, on branch agent/issue-1,"),
        (reviewed(), "starts attempt 2 in its worktree as it is, for pull request #101,"),
        (
            reviewed(stage=Stage.BLOCKED, pull=pull(5, state="closed"), workspace="removed"),
            "starts attempt 2 in a new worktree, on branch agent/issue-1-2,",
        ),
    ],
)
def test_what_asking_again_leads_to_is_foretold(one: Session, words: str) -> None:
    asked = retried(LATER, one)
    assert isinstance(asked, Session)
    assert words in prospect(asked)
