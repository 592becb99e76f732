"""The next action of a session, from what is stored and seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.actions import (
    NAMES,
    Action,
    Cleanup,
    EndLeftovers,
    MakeCommit,
    OpenPull,
    Prepare,
    Push,
    Start,
    Stop,
)
from issue_intake.core.attempt import Outcome
from issue_intake.core.ledger import Mirrored
from issue_intake.core.model import Delay, Session, Stage
from issue_intake.core.plan import World, plan, text_of, watched
from issue_intake.core.stages import RUNNING
from issue_intake.core.work import Absent, Alive, Ended, Lost, Rebooted, Sight, Unknown
from tests.builders import NOW, OTHER_SHA, attempt, end, ended, minutes, policy, reviewed, running, session

CLAIMED = running(attempts=(attempt(),), workspace="none")
FINISHED = running(attempts=(ended(),))
COMMITTED = replace(FINISHED, announced_sha=OTHER_SHA, announced_for=1)
PUSHED = replace(COMMITTED, pushed_sha=OTHER_SHA)


def _next(one: Session, worker: Sight | None = None) -> Action | None:
    return plan(NOW, policy(), one, World(worker=worker))


def _kind(one: Session, worker: Sight | None = None) -> type[Action] | None:
    action = _next(one, worker)
    return type(action) if action is not None else None


@pytest.mark.parametrize(
    ("one", "worker", "action"),
    [
        (CLAIMED, Absent(), Prepare),
        (replace(CLAIMED, workspace="ready"), Absent(), Start),
        (running(), Alive(1, NOW), None),
        (running(), None, None),
        (running(), Unknown("far away"), None),
        (running(), Lost(ran=True), EndLeftovers),
        (running(), Absent(), EndLeftovers),
        (FINISHED, None, MakeCommit),
        (running(attempts=(ended(outcome=None),)), None, MakeCommit),
        (COMMITTED, None, Push),
        (PUSHED, None, OpenPull),
        (running(attempts=(ended(outcome=Outcome.FAILED),)), None, None),
        (reviewed(), None, None),
        (session(stage=Stage.IN_PROGRESS), None, None),
        (reviewed(stage=Stage.DONE), None, Cleanup),
        (reviewed(stage=Stage.CANCELLED), None, Cleanup),
        (reviewed(stage=Stage.DONE, workspace="kept"), None, None),
        (reviewed(stage=Stage.BLOCKED), None, None),
    ],
)
def test_each_session_gets_the_one_action_it_needs(
    one: Session, worker: Sight | None, action: type[Action] | None
) -> None:
    assert _kind(one, worker) is action


@pytest.mark.parametrize("stage", [Stage.CANCELLED, Stage.DONE, Stage.BLOCKED, Stage.REJECTED])
def test_a_worker_of_a_session_that_ended_is_asked_to_stop_once(stage: Stage) -> None:
    one = running(stage=stage)
    assert isinstance(_next(one, Alive(1, NOW)), Stop)
    asked = running(stage=stage, attempts=(attempt(handle={"pid": 1}, stop_asked=True),))
    assert _next(asked, Alive(1, NOW)) is None


def test_a_worker_under_doubt_is_left_alone_while_a_person_decides() -> None:
    assert _next(running(stage=Stage.NEEDS_HUMAN), Unknown("far away")) is None


def test_nothing_is_cleaned_up_under_a_worker() -> None:
    assert not isinstance(_next(running(stage=Stage.CANCELLED), Alive(1, NOW)), Cleanup)


def test_an_announced_commit_of_an_earlier_attempt_is_not_pushed_for_a_later_one() -> None:
    rework = replace(PUSHED, attempts=(ended(), ended(2)))
    assert _kind(rework) is MakeCommit


def test_with_publish_off_nothing_leaves_this_host() -> None:
    assert plan(NOW, policy(publish="off"), COMMITTED, World()) is None


def test_trouble_is_waited_out() -> None:
    later = Delay(until=NOW + minutes(1), reason="HTTP 502")
    assert _next(replace(COMMITTED, trouble=later)) is None
    assert _kind(replace(COMMITTED, trouble=replace(later, until=NOW))) is Push


def test_a_session_without_a_project_starts_nothing() -> None:
    assert plan(NOW, None, CLAIMED, World(worker=Absent())) is None


def test_a_claim_that_was_cancelled_before_its_start_is_settled() -> None:
    assert _kind(replace(CLAIMED, stage=Stage.CANCELLED), Absent()) is EndLeftovers


def test_the_agents_words_are_those_of_its_end() -> None:
    assert text_of(World(worker=Ended(end(summary="done")))) == end(summary="done")
    assert text_of(World(worker=Lost(ran=True))) is None


def test_what_is_over_and_left_the_list_is_looked_up_no_more() -> None:
    over = reviewed(stage=Stage.DONE, pull=None)
    assert not watched(over)
    assert watched(replace(over, listed=True))
    assert watched(reviewed(stage=Stage.CANCELLED))
    assert watched(session(stage=Stage.BLOCKED))


def test_what_is_over_is_looked_up_once_more_after_its_label_was_set() -> None:
    over = reviewed(stage=Stage.DONE, pull=None, mirrored=Mirrored(label="agent:done"))
    assert watched(over)
    assert not watched(replace(over, mirrored=Mirrored(label="agent:done", seen=True)))


SIGHTS = st.sampled_from(
    [None, Alive(1, NOW), Ended(end()), Lost(ran=True), Lost(ran=False), Rebooted(), Absent(), Unknown("x")]
)


@given(
    stage=st.sampled_from(Stage),
    sight=SIGHTS,
    workspace=st.sampled_from(["none", "ready"]),
    started=st.booleans(),
)
def test_a_doubt_never_launches(stage: Stage, sight: Sight | None, workspace: str, *, started: bool) -> None:
    claimed = attempt(handle={"pid": 1}) if started else attempt()
    action = _next(running(stage=stage, attempts=(claimed,), workspace=workspace), sight)
    if isinstance(action, Prepare | Start):
        assert isinstance(sight, Absent)
        assert not started
        assert stage in RUNNING


def test_every_action_has_a_name_for_programs() -> None:
    assert set(NAMES) == set(Action.__args__)
