"""Which agent an issue gets, from its labels at the claim to its next attempt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.model import Issue, Session, Stage
from issue_intake.core.policy import ByLabel, ProjectPolicy
from issue_intake.core.ports import Rule
from issue_intake.core.review import CheckState
from issue_intake.store.events import NAME, read_events
from issue_intake.store.records import Records
from issue_intake.tick.cycle import rehearse, run_tick
from issue_intake.tick.journal import Journal
from tests.builders import LABEL, NOW, check, issue, minutes, policy, pull_facts
from tests.fakes import FakeRecipe, FakeTracker, FakeWorld, parts, setting
from tests.tick.homes import Home

CODEX = ByLabel(label="agent:codex", agent="codex", sets={"program": "codex"})
AIDER = ByLabel(label="agent:aider", agent="aider", sets={"program": "aider"})
OPUS = ByLabel(label="model:opus", sets={"model": "opus"})
POLICY = policy(by_label=(CODEX, AIDER, OPUS), running=9)


def _use(home: Home, world: FakeWorld, project: ProjectPolicy = POLICY, **seams: object) -> None:
    home.setting = setting(world, replace(parts(world, project), **seams))  # type: ignore[arg-type] # fields of Parts


@pytest.fixture
def two(home: Home, world: FakeWorld) -> Home:
    """Issue 1 asks for no agent in particular, issue 2 for another one."""
    _use(home, world)
    _label(world, 2, "Agent:Codex")
    return home


def _label(world: FakeWorld, number: int, *labels: str) -> None:
    world.issues[number] = issue(number, labels=(LABEL, *labels))


def _session(home: Home, number: int) -> Session:
    return home.session(f"github:acme/webshop#{number}")


def _agents(home: Home, number: int) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.agent, each.chosen_by) for each in _session(home, number).attempts]


def test_the_attempt_says_which_agent_it_got_and_which_label_chose_it(two: Home) -> None:
    two.tick()
    assert (_agents(two, 1), _agents(two, 2)) == ([("claude", ())], [("codex", ("agent:codex",))])


def test_an_agent_at_its_limit_rests_alone_and_a_new_label_goes_on_with_another(two: Home, world: FakeWorld) -> None:
    del world.issues[1]
    two.tick()
    world.end(Outcome.QUOTA, quota_until=NOW + minutes(90))
    _label(world, 3, "agent:codex")
    _label(world, 4)
    two.tick()
    two.later(2)
    ticked = two.tick()
    assert {skip.label: skip.code for skip in ticked.selection.skipped} == {
        "webshop#2": "agent_rests",
        "webshop#3": "agent_rests",
        "webshop#4": "taken",
    }
    assert _agents(two, 4) == [("claude", ())]
    assert _session(two, 2).bad_ends == 0
    _label(world, 2)
    two.tick()
    assert _agents(two, 2) == [("codex", ("agent:codex",)), ("claude", ())]
    two.later(90)
    two.tick()
    assert _agents(two, 3) == [("codex", ("agent:codex",))]


def test_an_agent_whose_program_is_missing_holds_its_issues_and_no_slot(home: Home, world: FakeWorld) -> None:
    project = replace(POLICY, running=1)
    missing = {"agent:codex": "the agent's program codex is not on PATH"}
    _use(home, world, project, recipe=FakeRecipe(world, missing_by=missing))
    world.issues = {2: issue(2)}
    _label(world, 1, "agent:codex")
    ticked = home.tick()
    assert world.alive() == ["acme-webshop/2/1"]
    (held,) = ticked.selection.skipped
    assert (held.label, held.code) == ("webshop#1", "agent_missing")
    assert held.reason == "codex, by its label agent:codex: the agent's program codex is not on PATH"
    assert home.journal.problems == []
    assert home.memory().state.projects["webshop"].backoff is None


@dataclass
class Relabelled(FakeTracker):
    """Issues bear this label once they are asked for by their number."""

    label: str = "agent:codex"

    def issue(self, number: int) -> Issue:
        return replace(super().issue(number), labels=(LABEL, self.label))


def test_what_was_not_judged_by_the_agent_that_would_start_waits_for_the_next_run(home: Home, world: FakeWorld) -> None:
    _use(home, world, tracker=Relabelled(world))
    ticked = home.tick()
    assert [skip.code for skip in ticked.selection.skipped] == ["agent_changed"]
    assert home.memory().state.sessions == {}
    _label(world, 1, "agent:codex")
    home.tick()
    assert _agents(home, 1) == [("codex", ("agent:codex",))]


def test_labels_that_contradict_each_other_are_said_once_and_the_projects_own_agent_works(
    home: Home, world: FakeWorld, tmp_path: Path
) -> None:
    _use(home, world)
    _label(world, 1, "agent:aider", "agent:codex")
    sentence = "claude, the project's own: its labels agent:codex and agent:aider contradict each other"
    said = []
    for _ in range(4):
        home.journal = Journal(
            world.now, home.memory(), lambda event, /, **fields: None, Records(tmp_path / "sessions")
        )
        run_tick(home.setting, home.journal)
        said += [line for line in home.journal.polls if "contradict" in line]
        world.end(Outcome.FAILED)
        home.later(10)
    assert said == [f"webshop#1 gets {sentence}"]
    assert len(_agents(home, 1)) > 1
    assert set(_agents(home, 1)) == {("claude", ())}
    assert home.session().attempts[-1].conflicting == ("agent:codex", "agent:aider")
    (file,) = tmp_path.rglob(NAME)
    events = [event for event in read_events(file) if event.event == "agent"]
    assert [(event.message, event.data["labels"]) for event in events] == [(sentence, ["agent:codex", "agent:aider"])]


def test_a_dry_run_tells_which_agent_each_issue_would_get(two: Home, world: FakeWorld) -> None:
    _label(world, 3, "agent:aider", "agent:codex")
    two.tick(rehearse)
    assert {action.label: action.reason for action in two.journal.actions} == {
        "webshop#1": "is eligible; gets claude, the project's own",
        "webshop#2": "is eligible; gets codex, by its label agent:codex",
        "webshop#3": "is eligible; gets claude, the project's own: its labels agent:codex and agent:aider"
        " contradict each other",
    }


def test_taking_off_the_label_that_chose_the_agent_stops_nothing(home: Home, world: FakeWorld) -> None:
    _use(home, world, replace(POLICY, rule=Rule(labels=("ready",))))
    world.issues[1] = issue(1, labels=("ready", "agent:codex"))
    home.tick()
    world.issues[1] = issue(1, labels=("ready",))
    home.tick()
    assert home.session().stage is Stage.IN_PROGRESS
    assert world.alive()


def _rework(home: Home, world: FakeWorld, conversation: str, *labels: str) -> bool:
    """Whether the next attempt, asked for by a failed check, goes on with the conversation of the one before."""
    world.end(conversation=conversation)
    _label(world, 1, *labels)
    home.tick()
    world.facts[101] = pull_facts(checks=(check(state=CheckState.FAILED, job=None),))
    home.tick()
    return home.session().attempts[-1].resumed


def test_a_conversation_is_gone_on_with_by_the_same_agent_and_model_alone(home: Home, world: FakeWorld) -> None:
    _use(home, world)
    home.tick()
    assert not _rework(home, world, "one", "model:opus")
    assert _rework(home, world, "two", "model:opus")
    assert [each.chosen_by for each in home.session().attempts] == [(), ("model:opus",), ("model:opus",)]


def test_a_conversation_that_knows_nothing_of_what_another_agent_did_is_not_gone_on_with(
    home: Home, world: FakeWorld
) -> None:
    _use(home, world)
    home.tick()
    assert not _rework(home, world, "one", "agent:codex")
    assert not _rework(home, world, "two")
    assert [agent for agent, _ in _agents(home, 1)] == ["claude", "codex", "claude"]
