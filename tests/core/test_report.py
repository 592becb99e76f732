"""What a person is shown, derived from the memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.ledger import Cause, CauseKind, Standing
from issue_intake.core.model import (
    AgentRest,
    Backoff,
    Configured,
    Delay,
    LastRun,
    ProjectState,
    Session,
    Stage,
    State,
    Waiting,
)
from issue_intake.core.report import Scene, cancelling, next_step, pid_of, report, row
from issue_intake.core.requests import Verb
from issue_intake.core.rows import Group
from issue_intake.core.work import Alive, Ended, Lost, Sight, Unknown
from tests.builders import NOW, end, ended, minutes, reviewed, running, session

WAITING = Waiting(
    key="github:acme/webshop#9",
    number=9,
    title="A cart",
    url="u",
    created_at=NOW - minutes(60),
    code="limit_project",
    reason="2 of 2 workers of webshop run",
)


def _state(*sessions: Session, **facts: object) -> State:
    return replace(State(sessions={s.key: s for s in sessions}), **facts)  # type: ignore[arg-type] # names fields of State


def _scene(*sessions: Session, **facts: object) -> Scene:
    return Scene(now=NOW, state=_state(*sessions, **facts))


def _what(one: Session, sight: Sight | None = None) -> str:
    sights = {one.key: sight} if sight is not None else {}
    return row(replace(_scene(one), sights=sights), one).what


def test_what_needs_a_person_comes_first_and_what_is_over_last() -> None:
    sessions = [
        session(1, Stage.DONE),
        session(2),
        running(3),
        reviewed(4),
        session(5, Stage.BLOCKED),
        session(6, Stage.NEEDS_HUMAN),
        session(7, Stage.DEFERRED),
    ]
    rows = report(_scene(*sessions, projects={"webshop": ProjectState(waiting=(WAITING,))})).rows
    assert [r.group for r in rows] == sorted(r.group for r in rows)
    assert rows[0].group is Group.NEEDS_PERSON
    assert rows[-1].group is Group.ENDED
    assert {r.stage for r in rows} >= {"waiting", "queued", "needs_human", "done"}


def test_what_ended_more_than_a_day_ago_is_shown_only_when_asked_for() -> None:
    old = session(1, Stage.DONE, since=NOW - minutes(60 * 25))
    assert report(_scene(old)).rows == ()
    assert len(report(replace(_scene(old), everything=True)).rows) == 1
    assert len(report(_scene(replace(old, stage=Stage.BLOCKED))).rows) == 1


def test_an_issue_that_was_taken_on_waits_no_longer() -> None:
    rows = report(_scene(session(9), projects={"webshop": ProjectState(waiting=(WAITING,))})).rows
    assert [r.stage for r in rows] == ["queued"]


def test_a_waiting_issue_says_why() -> None:
    (waiting,) = report(_scene(projects={"webshop": ProjectState(waiting=(WAITING,))})).rows
    assert (waiting.label, waiting.what) == ("webshop#9", "2 of 2 workers of webshop run — A cart")


@pytest.mark.parametrize(
    ("one", "sight", "what"),
    [
        (running(), Alive(5, NOW), "Issue 1"),
        (running(), Ended(end()), "the worker has ended; the next run goes on — Issue 1"),
        (running(), Lost(ran=True), "the worker vanished; the next run looks after it — Issue 1"),
        (running(), Unknown("far"), "cannot tell whether the worker runs: far — Issue 1"),
        (running(attempts=(ended(),)), None, "being published — Issue 1"),
        (running(trouble=Delay(until=NOW, reason="HTTP 502")), None, "HTTP 502; again at 12:00 UTC — Issue 1"),
        (session(next_attempt_at=NOW, note="it failed"), None, "again at 12:00 UTC: it failed — Issue 1"),
        (session(note="asked again"), None, "asked again — Issue 1"),
        (reviewed(note="waits"), None, "Issue 1"),
        (session(stage=Stage.NEEDS_HUMAN, note="which one?"), None, "which one? — Issue 1"),
        (session(stage=Stage.DONE, note="was merged"), None, "Issue 1 — was merged"),
    ],
)
def test_the_last_column_says_what_matters_first(one: Session, sight: Sight | None, what: str) -> None:
    assert _what(one, sight) == what


@pytest.mark.parametrize(
    ("one", "tries"),
    [
        (session(), ""),
        (running(), "1/3"),
        (running(bad_ends=1), "2/3"),
        (session(bad_ends=2, attempts=(ended(outcome=Outcome.FAILED),)), "2/3"),
        (session(stage=Stage.BLOCKED, bad_ends=3, attempts=(ended(outcome=Outcome.FAILED),)), "3/3"),
        (reviewed(), "1/3"),
    ],
)
def test_tries_count_bad_ends_and_the_one_under_way(one: Session, tries: str) -> None:
    assert row(_scene(one), one).tries == tries


def test_the_footer_says_what_rests_and_when_cron_seems_off() -> None:
    backoff = Backoff(until=NOW + minutes(5), reason="HTTP 500")
    footer = report(
        _scene(
            running(),
            projects={"webshop": ProjectState(backoff=backoff), "api": ProjectState()},
            agents={
                "claude": AgentRest(quick=3, until=NOW + minutes(2), reason="exit code 1"),
                "codex": AgentRest(quick=3, until=NOW - minutes(2), reason="exit code 2"),
                "fine": AgentRest(quick=1),
            },
            last_run=LastRun(at=NOW - minutes(181), exit_code=0, summary="nothing to do"),
        )
    ).footer
    assert footer.running == 1
    assert footer.backoffs == (("webshop", backoff),)
    assert [agent for agent, _ in footer.rests] == ["claude", "codex"]
    assert "probe" in footer.rests[1][1]
    assert footer.overdue


def test_before_the_first_run_nothing_is_overdue() -> None:
    assert not report(_scene()).footer.overdue


STOPPING = Alive(5, NOW, stopping=True)


@pytest.mark.parametrize(
    ("one", "sight", "asked", "stage"),
    [
        (running(), STOPPING, (), "cancelling"),
        (running(), Alive(5, NOW), ("cancel",), "cancelling"),
        (running(stage=Stage.CANCELLED), STOPPING, (), "cancelling"),
        (running(), Alive(5, NOW), ("retry",), "in_progress"),
        (running(), None, ("cancel",), "in_progress"),
        (session(stage=Stage.CANCELLED), None, (), "cancelled"),
    ],
)
def test_a_worker_that_is_asked_to_end_is_shown_so_while_it_lives(
    one: Session, sight: Sight | None, asked: tuple[Verb, ...], stage: str
) -> None:
    scene = replace(_scene(one), sights={one.key: sight} if sight else {}, asked={one.key: asked} if asked else {})
    found = report(scene)
    (shown,), (line,) = found.rows, found.sessions
    assert shown.stage == stage
    assert line.cancelling == cancelling(scene, one) == (stage == "cancelling")
    assert (shown.group is Group.RUNNING) or stage == "cancelled"


def test_what_was_asked_is_shown_until_a_run_obeyed() -> None:
    one = session(stage=Stage.BLOCKED, note="it failed")
    asked: dict[str, tuple[Verb, ...]] = {one.key: ("cancel", "retry")}
    assert row(replace(_scene(one), asked=asked), one).what == "asked: cancel, retry; the next run obeys — Issue 1"
    assert next_step(one, None, asked[one.key]) == "the next run carries out what was asked: cancel, retry"
    assert "intake retry webshop#1" in next_step(one)
    assert next_step(running(), STOPPING) == "the worker is being stopped"


def test_programs_get_every_session_and_project() -> None:
    made = report(
        replace(_scene(running(), projects={"webshop": ProjectState()}), sights={running().key: Alive(5, NOW)})
    )
    assert [(line.session.number, line.pid) for line in made.sessions] == [(1, 5)]
    assert [line.name for line in made.projects] == ["webshop"]
    assert pid_of(Lost(ran=True)) is None


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_a_next_step(stage: Stage) -> None:
    assert next_step(session(stage=stage))


def test_the_next_step_of_a_running_session_names_who_acts() -> None:
    assert next_step(running()) == "intake waits for the worker to end"
    assert next_step(running(), Lost(ran=True)) == "the worker vanished; the next run looks after it"
    assert "again at 12:00 UTC: HTTP 502" in next_step(
        running(attempts=(ended(),), trouble=Delay(until=NOW, reason="HTTP 502"))
    )
    assert "12:00 UTC" in next_step(session(next_attempt_at=NOW))


def test_a_pull_request_that_is_ready_to_merge_comes_before_what_runs() -> None:
    ready = reviewed(standing=Standing(head="x", since=NOW, note="ready to merge", ready=True))
    assert row(_scene(ready), ready).group is Group.READY_TO_MERGE
    assert _what(ready) == "ready to merge — Issue 1"
    assert next_step(ready) == "a person merges the pull request"
    assert next_step(reviewed()).startswith("a person reviews the pull request")


def test_a_coder_that_works_again_is_shown_with_its_cause() -> None:
    again = running(cause=Cause(kind=CauseKind.CHECKS, about=(), note="test failed on abc"))
    assert _what(again) == "test failed on abc — Issue 1"


def test_a_session_in_review_that_was_not_looked_at_yet_shows_its_title() -> None:
    assert _what(reviewed(standing=None)) == "Issue 1"


def _many_waiting(count: int) -> ProjectState:
    return ProjectState(
        waiting=tuple(
            replace(WAITING, key=f"github:acme/webshop#{n}", number=n, created_at=NOW + minutes(n))
            for n in range(count, 0, -1)
        )
    )


def test_of_many_that_wait_those_next_in_turn_have_a_row_and_the_others_are_counted() -> None:
    found = report(_scene(projects={"webshop": _many_waiting(50)}))
    assert [r.label for r in found.rows] == [f"webshop#{n}" for n in range(1, 21)]
    assert found.more_waiting == 30


def test_all_that_wait_have_a_row_where_everything_is_asked_for() -> None:
    found = report(replace(_scene(projects={"webshop": _many_waiting(50)}), everything=True))
    assert (len(found.rows), found.more_waiting) == (50, 0)


def test_the_footer_says_whether_issues_are_written() -> None:
    assert report(_scene()).footer.writes_off
    assert not report(replace(_scene(), configured=Configured(writes=True))).footer.writes_off
