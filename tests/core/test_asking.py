"""Whether an issue is still asked for, and whose a label is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from issue_intake.core.asking import asked_again, borne, own_label, taken_off, withdrawn
from issue_intake.core.ledger import Mirrored
from issue_intake.core.model import Session, Stage
from issue_intake.core.ports import Rule
from issue_intake.core.stages import ACTIVE, Event, Kind, advance
from tests.builders import LABEL, NOW, issue, reviewed, running

RULE = Rule(labels=(LABEL,))
REVIEW, WORK = "agent:review", "agent:in-progress"
CHANGING = reviewed(label=WORK, labels_next=(REVIEW,), mirrored=Mirrored(label=WORK))


@pytest.mark.parametrize("labels", [(WORK,), (REVIEW,), (WORK, REVIEW), ("Agent:Review", "bug")])
def test_while_a_label_is_changed_the_old_the_new_and_both_are_intakes(labels: tuple[str, ...]) -> None:
    assert withdrawn(CHANGING, issue(labels=labels), RULE) == ""


@pytest.mark.parametrize("labels", [(), ("bug",), (LABEL,), ("agent:done",)])
def test_neither_the_old_nor_the_new_means_that_a_person_took_it_off(labels: tuple[str, ...]) -> None:
    assert withdrawn(CHANGING, issue(labels=labels), RULE) == "the label agent:review was taken off"


def test_all_that_were_announced_count_until_the_last_was_seen() -> None:
    twice = replace(CHANGING, labels_next=(REVIEW, "agent:queued"))
    assert withdrawn(twice, issue(labels=(REVIEW,)), RULE) == ""
    assert borne(twice, issue(labels=(REVIEW,)), RULE).labels_next == twice.labels_next
    assert borne(twice, issue(labels=("agent:queued",)), RULE).labels_next == ()


def test_once_the_new_one_was_seen_the_old_one_is_no_longer_enough() -> None:
    seen = borne(CHANGING, issue(labels=(REVIEW,)), RULE)
    assert (seen.label, seen.labels_next) == (REVIEW, ())
    assert withdrawn(seen, issue(labels=(WORK,)), RULE)


def test_a_first_label_that_may_not_be_there_yet_is_not_missed() -> None:
    first = running(labels_next=(WORK,))
    assert withdrawn(first, issue(labels=()), Rule(assignee="*")) == "hands off: it is assigned to nobody"
    assert taken_off(first, issue(labels=())) == ""
    assert taken_off(replace(first, mirrored=Mirrored(label=WORK)), issue(labels=())) == WORK


@pytest.mark.parametrize("stage", sorted(set(Stage) - ACTIVE))
def test_where_nothing_can_be_stopped_a_label_that_is_gone_is_forgotten(stage: Stage) -> None:
    gone = borne(replace(CHANGING, stage=stage), issue(labels=()), RULE)
    assert (gone.label, gone.labels_next) == (None, ())


def test_where_work_can_be_stopped_a_label_that_is_gone_stays_missed() -> None:
    assert borne(CHANGING, issue(labels=()), RULE) == CHANGING


@pytest.mark.parametrize(
    ("labels", "seen"), [((REVIEW,), True), ((REVIEW, LABEL), False), ((LABEL,), False), ((WORK,), False)]
)
def test_a_label_that_asks_counts_only_once_what_was_written_was_seen_without_it(
    labels: tuple[str, ...], *, seen: bool
) -> None:
    after = borne(replace(CHANGING, mirrored=Mirrored(label=REVIEW)), issue(labels=labels), RULE)
    assert after.mirrored is not None
    assert after.mirrored.seen is seen


def test_a_label_that_was_announced_is_no_reason_to_stop() -> None:
    excluding = Rule(labels=(LABEL,), exclude_labels=(REVIEW, "wip"))
    assert withdrawn(CHANGING, issue(labels=(REVIEW,)), excluding) == ""
    assert withdrawn(CHANGING, issue(labels=(REVIEW, "wip")), excluding) == "the label wip was set"


def test_who_asks_again_changed_the_labels_too() -> None:
    asked = advance(replace(CHANGING, stage=Stage.BLOCKED), Event(Kind.ASKED, NOW))
    assert (asked.label, asked.labels_next) == (None, ())
    assert asked.mirrored == Mirrored()
    assert withdrawn(asked, issue(labels=()), RULE) == ""


def test_a_label_that_shows_a_stage_comes_before_one_that_looks_like_it() -> None:
    assert own_label(issue(labels=("agent:zeta", "bug", "Agent:Done"))) == "Agent:Done"
    assert own_label(issue(labels=("bug", "agent:zeta"))) == "agent:zeta"
    assert own_label(issue(labels=("bug",))) is None


def test_a_label_that_chooses_the_agent_is_none_of_intakes_own() -> None:
    bears = issue(labels=("Agent:Codex", "agent:zeta"))
    assert own_label(bears, ("agent:codex",)) == "agent:zeta"
    assert own_label(issue(labels=("Agent:Codex",)), ("agent:codex",)) is None


def test_a_session_from_before_labels_were_written_is_asked_for() -> None:
    plain: Session = reviewed()
    assert withdrawn(plain, issue(labels=()), RULE) == ""


def test_where_intake_wrote_no_label_what_a_look_saw_decides_alone() -> None:
    for unasked in (True, False):
        one = reviewed(seen_unasked=unasked)
        assert asked_again(one, issue(), RULE) is unasked
        assert asked_again(replace(one, mirrored=Mirrored(label=WORK, seen=not unasked)), None, RULE) is unasked
