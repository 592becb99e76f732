"""What labels of an issue say of its agent, laid over the project's own, and the recipe that follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from issue_intake.config.agent import Agent
from issue_intake.core.brief import Brief
from issue_intake.core.ports import Base
from issue_intake.core.work import Order, Ref
from issue_intake.errors import UnavailableError
from issue_intake.wiring.choice import by_label, chosen, setup
from issue_intake.wiring.policies import policy_of
from issue_intake.wiring.recipe import ProjectRecipe
from issue_intake.wiring.shown import Grounds
from issue_intake.workers.agents import resolve
from issue_intake.workers.environment import Withheld
from issue_intake.workers.presets.choice import AgentChoice
from tests.builders import SHA, attempt, issue, running
from tests.config.loading import one_project
from tests.fakes import FakeClone, FakeWorld

BY_LABEL = """\
agent_by_label:
  agent:codex: codex
  model:opus: {model: opus}
  own: {command: [my-agent, x]}
  debug: {env: {LEVEL: debug}, pass_env: [B]}
  again: {preset: claude, args: [-v]}
"""
CLAUDE = "{preset: claude, model: best, allow: [make], max_turns: 9, env: {LEVEL: info, NODE: test}, pass_env: [A]}"


def _laid(folder: Path, *labels: str) -> dict[str, object]:
    agent: Agent = chosen(one_project(folder, BY_LABEL, agent=CLAUDE), labels).agent
    return {name: value for name, value in agent.model_dump().items() if value}


def test_what_labels_say_is_laid_over_the_projects_agent(tmp_path: Path) -> None:
    env = {"LEVEL": "info", "NODE": "test"}
    claude = {"preset": "claude", "model": "best", "allow": ("make",), "max_turns": 9, "env": env, "pass_env": ("A",)}
    assert _laid(tmp_path) == claude
    assert _laid(tmp_path, "model:opus") == {**claude, "model": "opus"}
    assert _laid(tmp_path, "again") == {**claude, "args": ("-v",)}
    assert _laid(tmp_path, "debug") == {**claude, "env": {**env, "LEVEL": "debug"}, "pass_env": ("B",)}
    assert _laid(tmp_path, "gone") == claude


def test_another_program_takes_nothing_over_of_the_projects_own(tmp_path: Path) -> None:
    env = {"LEVEL": "info", "NODE": "test"}
    assert _laid(tmp_path, "agent:codex") == {"preset": "codex", "env": env, "pass_env": ("A",)}
    assert _laid(tmp_path, "agent:codex", "model:opus")["model"] == "opus"
    assert _laid(tmp_path, "own") == {"command": ("my-agent", "x"), "env": env, "pass_env": ("A",)}


def test_the_planner_is_told_what_every_agent_counts_in(tmp_path: Path) -> None:
    told = policy_of(one_project(tmp_path, "agent_by_label: {x: claude}", agent="codex"))
    assert (told.agent, told.currencies) == ("codex", {"claude": "USD"})


def test_the_planner_is_told_what_each_label_sets(tmp_path: Path) -> None:
    rules = {rule.label: rule for rule in by_label(one_project(tmp_path, BY_LABEL, agent=CLAUDE))}
    assert [rule.agent for rule in rules.values()] == ["codex", "", "command:my-agent", "", "claude"]
    assert set(rules["debug"].sets) == {"env.LEVEL", "pass_env"}
    assert set(rules["again"].sets) == {"program", "args"}
    assert rules["own"].sets.keys() & rules["model:opus"].sets.keys() == {"model"}, "it has none"
    assert rules["agent:codex"].sets["program"] != rules["own"].sets["program"]


def test_a_conversation_belongs_to_one_program_model_and_environment(tmp_path: Path) -> None:
    project = one_project(tmp_path, BY_LABEL, agent=CLAUDE)
    labels = ("", "agent:codex", "model:opus", "own", "debug", "again")
    assert len({setup(chosen(project, (label,)).agent) for label in labels}) == len(labels)
    assert setup(chosen(project, ()).agent) == setup(chosen(project, ("gone",)).agent)


def _recipe(folder: Path, keys: str) -> ProjectRecipe:
    project = one_project(folder, keys, agent="{command: [/bin/sh, '{prompt_file}']}")
    return ProjectRecipe(
        project=project,
        agent=resolve(AgentChoice(command=project.agent.command or ())),
        environ={"PATH": "/usr/bin:/bin", "HOME": str(folder), "CODEX_API_KEY": "key", "ONE": "1"},
        withheld=Withheld(),
        clone=FakeClone(FakeWorld()),
        ref=lambda s: Ref(run="a/1/1", folder=folder / "s" / "1", worktree=Path(s.worktree), handle=None),
        author=lambda: "A <a@b>",
        grounds=lambda: Grounds(home=folder, worktrees=folder, clone=folder, files=(), environ={}),
    )


def _order(recipe: ProjectRecipe, *chosen_by: str) -> Order:
    claimed = running(attempts=(attempt(chosen_by=chosen_by),))
    return recipe.order(claimed, issue(), Base(branch="main", sha=SHA), Brief())


def test_an_order_is_made_for_the_agent_that_the_attempt_was_claimed_with(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, "agent_by_label: {x: {preset: codex, model: mini}, one: {pass_env: [ONE]}}")
    own, codex, both = (_order(recipe, *labels) for labels in ((), ("x",), ("x", "one")))
    assert (own.reader, codex.reader) == ("command", "codex")
    assert codex.steps[0].argv[:2] == ("codex", "exec")
    assert "mini" in codex.steps[0].argv
    assert ("CODEX_API_KEY" in own.env, "CODEX_API_KEY" in codex.env) == (False, True)
    assert ("ONE" in codex.env, "ONE" in both.env) == (False, True)


def test_the_program_that_is_looked_for_is_that_of_the_agent_so_chosen(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, "agent_by_label: {gone: {command: [no-such-agent]}}")
    recipe.check()
    with pytest.raises(UnavailableError, match="no-such-agent is not on PATH"):
        recipe.check(("gone",))


def test_what_labels_together_make_impossible_is_said(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, "agent_by_label: {x: {preset: codex, allow: [make]}}")
    with pytest.raises(UnavailableError, match="codex has no list of allowed commands"):
        recipe.check(("x",))
