"""What GitHub shows: labels and comments follow what is saved, whatever happens, and a person's hand wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.comment import pull_marker, status_marker
from issue_intake.core.labels import NAMES
from issue_intake.core.model import Stage
from issue_intake.core.policy import Fixes
from issue_intake.core.ports import Rule
from issue_intake.core.review import Label
from issue_intake.core.work import Ref
from issue_intake.errors import RefusedError
from issue_intake.tick.cycle import rehearse
from tests.builders import LABEL, check, comment, issue, policy, pull_facts, review
from tests.fakes import Crash, FakeNotes, FakeWorld, parts, ref_of, setting
from tests.tick.homes import Home

Writes = Literal["off", "labels", "full"]
Step = Callable[[Home, FakeWorld], None]


def _labels(world: FakeWorld, number: int = 1) -> tuple[str, ...]:
    return world.issues[number].labels


def _put(world: FakeWorld, *labels: str) -> None:
    world.issues[1] = replace(world.issues[1], labels=labels)


def _status(home: Home, world: FakeWorld) -> str:
    return world.comments[1, status_marker(home.session())]


def _writing(home: Home, world: FakeWorld, writes: Writes, **changes: Any) -> None:
    home.setting = setting(world, parts(world, policy(writes=writes, **changes)))


def _end(home: Home, world: FakeWorld) -> None:
    world.end()


def _ask_for_changes(home: Home, world: FakeWorld) -> None:
    world.facts[101] = pull_facts(checks=(check(),), comments=(comment(1),))


def _merge(home: Home, world: FakeWorld) -> None:
    world.pulls[101] = replace(world.pulls[101], state="merged")
    world.issues[1] = replace(world.issues[1], state="closed")


def _nothing(home: Home, world: FakeWorld) -> None:
    """The world stays as it is."""


WHOLE: tuple[Step, ...] = (_nothing, _end, _ask_for_changes, _end, _merge)


@pytest.fixture(params=["labels", "full"])
def writes(request: pytest.FixtureRequest, home: Home, world: FakeWorld) -> Writes:
    _writing(home, world, request.param)
    found: Writes = request.param
    return found


def test_with_writes_off_not_one_call_is_made_in_the_whole_scenario(home: Home, world: FakeWorld) -> None:
    for step in WHOLE:
        step(home, world)
        home.tick()
        home.later(5)
    assert home.session().stage is Stage.DONE
    assert (world.noted, world.comments, _labels(world)) == (0, {}, (LABEL,))
    assert home.session().mirrored is None


@pytest.mark.usefixtures("writes")
def test_the_issue_bears_the_one_label_of_its_stage_beside_those_of_others(home: Home, world: FakeWorld) -> None:
    _put(world, "bug", LABEL, "agent:x")
    shown = []
    for step in WHOLE:
        step(home, world)
        home.tick()
        shown.append(_labels(world))
        home.later(5)
    stages = ["in-progress", "review", "in-progress", "review", "done"]
    assert shown == [("bug", "agent:x", f"agent:{stage}") for stage in stages]


@pytest.mark.usefixtures("writes")
def test_a_tick_on_an_unchanged_world_writes_and_changes_nothing(home: Home, world: FakeWorld) -> None:
    for step in WHOLE:
        step(home, world)
        home.tick()
        home.tick()  # sees what was written
        before, calls, noted = home.memory().state, list(world.calls), world.noted
        home.tick()
        assert (home.memory().state, world.calls, world.noted) == (before, calls, noted)
        home.later(5)


def test_the_comment_follows_the_session(home: Home, world: FakeWorld) -> None:
    _writing(home, world, "full")
    words = ["at work", "in review", "at work", "in review", "done"]
    for step, word in zip(WHOLE, words, strict=True):
        step(home, world)
        home.tick()
        assert f"**intake: {word}**" in _status(home, world)
        home.later(5)
    assert len(world.comments) == 1


def test_labels_alone_are_written_where_no_comment_is_wanted(home: Home, world: FakeWorld) -> None:
    _writing(home, world, "labels")
    home.tick()
    assert (_labels(world), world.comments) == (("agent:in-progress",), {})


def test_a_dry_run_writes_nothing(home: Home, world: FakeWorld) -> None:
    _writing(home, world, "full")
    home.tick(rehearse)
    assert world.noted == 0


class _Fuse:
    """Kills the tick at the n-th effect of a write from now on."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, effect: str) -> None:
        if "label" in effect or "comment" in effect:
            self.left -= 1
        if self.left < 0:
            raise Crash(effect)


def test_a_run_killed_anywhere_is_never_taken_for_a_person_and_ends_the_same(tmp_path: Path) -> None:
    """At every write of every tick once: before it, between two, after it and before it is saved."""
    for fuse in range(100):
        world = FakeWorld(issues={1: issue(1)})
        home = Home(tmp_path / str(fuse), world)
        _writing(home, world, "full")
        blown = _run_with(home, world, _Fuse(fuse))
        session = home.session()
        assert (session.stage, _labels(world)) == (Stage.DONE, ("agent:done",)), fuse
        assert [attempt.outcome for attempt in session.attempts] == [Outcome.DONE, Outcome.DONE]
        assert len(world.comments) == 1
        if not blown:
            return
    pytest.fail("there were more effects than tries")


def _run_with(home: Home, world: FakeWorld, fuse: _Fuse) -> bool:
    """The whole scenario with one crash in it; whether there was one."""
    world.touch = fuse
    blown = False
    for step in WHOLE:
        step(home, world)
        for _ in range(2):
            try:
                home.tick()
            except Crash:
                blown, world.touch = True, _silent
                home.tick()
        home.later(5)
    return blown


def _silent(effect: str) -> None:
    """No fuse."""


@pytest.mark.parametrize("number", range(4))
def test_a_label_taken_off_after_a_crash_in_the_middle_of_setting_it_means_stop(
    home: Home, world: FakeWorld, number: int
) -> None:
    _writing(home, world, "labels")
    world.touch = _Fuse(number)
    with pytest.raises(Crash):
        home.tick()
    world.touch = _silent
    _put(world)
    home.tick()
    assert home.session().stage is Stage.CANCELLED
    assert "was taken off" in home.session().note


@pytest.mark.usefixtures("writes")
def test_a_person_who_takes_the_label_off_means_stop_and_it_is_not_put_back(home: Home, world: FakeWorld) -> None:
    home.tick()
    home.tick()
    _put(world, "bug")
    home.tick()
    assert (home.session().stage, home.session().note) == (
        Stage.CANCELLED,
        "the label agent:in-progress was taken off",
    )
    home.tick()
    assert (_labels(world), world.alive()) == (("bug",), [])


@pytest.mark.usefixtures("writes")
def test_a_label_taken_off_between_the_look_and_the_write_is_not_written_over(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.end()
    world.touch = lambda effect: _put(world) if effect == "open pull: after" else None
    home.tick()
    assert (home.session().stage, _labels(world)) == (Stage.REVIEW, ())
    home.tick()
    assert home.session().stage is Stage.CANCELLED


@pytest.mark.usefixtures("writes")
def test_a_label_that_shows_an_end_and_was_taken_off_is_not_put_back(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.end(Outcome.BLOCKED, summary="which API?")
    home.tick()
    assert _labels(world) == ("agent:needs-human",)
    home.tick()
    _put(world)
    for _ in range(3):
        home.tick()
        home.later(60)
    assert (home.session().stage, _labels(world)) == (Stage.NEEDS_HUMAN, ())


@pytest.mark.usefixtures("writes")
def test_swapping_an_end_for_the_rules_label_asks_again_once_the_end_was_seen(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.end(Outcome.BLOCKED, summary="which API?")
    home.tick()
    _put(world, LABEL)
    home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    _put(world, "agent:needs-human")
    home.tick()
    _put(world, LABEL)
    home.tick()
    assert (home.session().stage, _labels(world)) == (Stage.IN_PROGRESS, ("agent:in-progress",))
    home.tick()
    assert world.alive() == ["acme-webshop/1/2"]


def test_so_does_it_for_a_rule_with_other_labels(home: Home, world: FakeWorld) -> None:
    _writing(home, world, "labels", rule=Rule(labels=("ready",)))
    _put(world, "ready")
    home.tick()
    world.end(Outcome.BLOCKED, summary="which API?")
    home.tick()
    for _ in range(3):
        home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    _put(world, "ready", "agent:queued")
    home.tick()
    assert home.session().stage is Stage.IN_PROGRESS


def test_a_label_of_the_rules_own_that_looks_like_ours_is_used_up_and_asks_again(home: Home, world: FakeWorld) -> None:
    _writing(home, world, "labels", rule=Rule(labels=("agent:go",)))
    _put(world, "agent:go")
    home.tick()
    assert _labels(world) == ("agent:in-progress",)
    world.end(Outcome.BLOCKED)
    home.tick()
    home.tick()
    _put(world, "agent:go")
    home.tick()
    assert (home.session().stage, _labels(world)) == (Stage.IN_PROGRESS, ("agent:in-progress",))


@pytest.mark.usefixtures("writes")
def test_a_merged_issue_that_is_opened_again_and_asked_for_goes_to_a_new_branch(home: Home, world: FakeWorld) -> None:
    for step in WHOLE:
        step(home, world)
        home.tick()
        home.later(5)
    home.tick()
    asked = world.asked
    home.tick()
    assert world.asked == asked + 1  # the poll alone: what is over was seen once more
    world.issues[1] = replace(world.issues[1], state="open", labels=(LABEL,))
    home.tick()
    assert (home.session().stage, home.session().branch) == (Stage.IN_PROGRESS, "agent/issue-1-2")


@pytest.mark.usefixtures("writes")
def test_intakes_own_label_of_the_queue_is_never_a_persons_wish(home: Home, world: FakeWorld) -> None:
    """It is set while the session is queued, stays while writes fail, and then stands below a later stage."""
    home.tick()
    world.end()
    home.tick()
    home.tick()
    _ask_for_changes(home, world)
    home.later(5)
    home.setting = replace(home.setting, most=0)
    home.tick()
    assert (home.session().stage, _labels(world)) == (Stage.QUEUED, ("agent:queued",))
    home.setting = replace(home.setting, most=None)
    world.unwritable = "HTTP 403"
    home.tick()
    world.end()
    for _ in range(3):
        home.tick()
        home.later(1)
    assert (home.session().stage, _labels(world)) == (Stage.REVIEW, ("agent:queued",))
    assert len(home.session().attempts) == 2
    world.unwritable = ""
    home.tick()
    home.tick()
    assert (home.session().stage, _labels(world)) == (Stage.REVIEW, ("agent:review",))


def test_a_label_that_the_rule_excludes_is_no_reason_to_stop_where_intake_set_it(home: Home, world: FakeWorld) -> None:
    _writing(home, world, "labels", rule=Rule(labels=(LABEL,), exclude_labels=("agent:in-progress",)))
    home.tick()
    home.tick()
    assert (home.session().stage, _labels(world)) == (Stage.IN_PROGRESS, ("agent:in-progress",))


@pytest.mark.usefixtures("writes")
def test_a_write_that_fails_is_said_fails_no_run_and_is_done_by_the_next(home: Home, world: FakeWorld) -> None:
    world.unwritable = "HTTP 500"
    home.tick()
    assert (home.journal.problems, world.alive()) == ([], ["acme-webshop/1/1"])
    assert home.journal.polls[-1] == "webshop: not written on 1: HTTP 500"
    assert _labels(world) == (LABEL,)
    world.unwritable = ""
    home.tick()
    assert _labels(world) == ("agent:in-progress",)


def test_a_limit_met_while_writing_rests_the_credential_and_is_no_fault(home: Home, world: FakeWorld) -> None:
    world.issues[2] = issue(2)
    _writing(home, world, "full")
    world.unwritable, world.limit_until = "slow down", world.now.replace(hour=13)
    home.tick()
    assert (home.journal.problems, world.noted) == ([], 1)
    asked = world.asked
    home.tick()
    assert (world.noted, world.asked) == (1, asked)


def test_a_project_that_rests_is_written_nothing(home: Home, world: FakeWorld) -> None:
    _writing(home, world, "full")
    home.tick()
    world.end()
    world.down = "HTTP 500"
    noted = world.noted
    home.tick()
    home.tick()
    assert world.noted == noted


def test_what_is_refused_for_good_is_said_once(home: Home, world: FakeWorld) -> None:
    class Refusing(FakeNotes):
        def comment(self, number: int, marker: str, text: str) -> None:
            self.world.noted += 1
            raise RefusedError("body is not valid")

    made = replace(parts(world, policy(writes="full")), notes=Refusing(world))
    home.setting = setting(world, made)
    home.tick()
    assert "webshop: not written on 1: body is not valid" in home.journal.polls
    noted = world.noted
    home.tick()
    assert world.noted == noted


def test_one_that_always_fails_keeps_no_other_from_being_written(home: Home, world: FakeWorld) -> None:
    class Locked(FakeNotes):
        def set_label(self, number: int, label: Label | None, family: tuple[str, ...]) -> None:
            if number == 1:
                world.unwritable = "HTTP 403"
            try:
                super().set_label(number, label, family)
            finally:
                world.unwritable = ""

    world.issues[2] = issue(2)
    home.setting = setting(world, replace(parts(world, policy(writes="labels")), notes=Locked(world)))
    home.tick()
    assert (_labels(world, 1), _labels(world, 2)) == ((LABEL,), ("agent:in-progress",))


def test_writing_ends_when_its_time_is_used_up_and_goes_on_in_the_next_run(home: Home, world: FakeWorld) -> None:
    world.issues[2] = issue(2)
    _writing(home, world, "labels")
    seconds = iter(range(0, 1000, 6))
    home.setting = replace(home.setting, seconds=lambda: float(next(seconds)))
    home.tick()
    done = [number for number in (1, 2) if _labels(world, number) == ("agent:in-progress",)]
    assert len(done) < 2
    home.setting = replace(home.setting, seconds=lambda: 0.0)
    home.tick()
    assert (_labels(world, 1), _labels(world, 2)) == (("agent:in-progress",),) * 2


def test_what_was_over_before_writes_were_on_gets_its_label_and_no_comment(home: Home, world: FakeWorld) -> None:
    for step in WHOLE:
        step(home, world)
        home.tick()
        home.later(5)
    _writing(home, world, "full")
    home.tick()
    home.tick()
    assert (_labels(world), world.comments) == (("agent:done",), {})
    noted = world.noted
    home.tick()
    assert world.noted == noted


def test_rounds_that_are_used_up_are_said_on_the_pull_request_and_taken_back_when_asked_again(
    home: Home, world: FakeWorld
) -> None:
    _writing(home, world, "full", fixes=Fixes(rounds=0))
    home.tick()
    world.end()
    home.tick()
    _ask_for_changes(home, world)
    home.later(5)
    home.tick()
    assert home.session().stage is Stage.BLOCKED
    told = (101, pull_marker(home.session()))
    assert "rounds of review are used up" in world.comments[told]
    home.tick()
    world.facts[101] = pull_facts(reviews=(review(1),))
    _put(world, LABEL)
    home.tick()
    assert "works on this pull request again" in world.comments[told]


def test_a_failed_attempts_log_is_shown_without_the_secrets_that_are_known(
    home: Home, world: FakeWorld, tmp_path: Path
) -> None:
    made = replace(parts(world, policy(writes="full", attempts=1)), secrets=("hunter2hunter2",))

    def ref(session: object) -> Ref:
        return replace(ref_of(session), folder=tmp_path)  # type: ignore[arg-type] # a session

    home.setting = replace(setting(world, made), ref=ref)
    (tmp_path / "worker.log").write_text("early\n" + "line\n" * 40 + "the key is hunter2hunter2\n")
    home.tick()
    world.end(Outcome.FAILED, error="exit code 3")
    home.tick()
    text = _status(home, world)
    assert "the key is [redacted]" in text
    assert text.count("line\n") == 29
    assert "agent:queued" in text
    assert "early" not in text


def test_every_label_that_is_set_is_of_the_family() -> None:
    names: tuple[str, ...] = NAMES
    assert len(set(names)) == 11
    assert all(name.startswith("agent:") and name == name.lower() for name in names)
