"""What labels of an issue say of its agent, laid over the project's own, and the recipe that follows from it."""

from __future__ import annotations

from pathlib import Path

from issue_intake.config.agent import Agent
from issue_intake.wiring.choice import by_label, chosen, setup
from tests.config.loading import one_project

BY_LABEL = """\
agent_by_label:
  agent:codex: codex
  model:opus: {model: opus}
  own: {command: [my-agent, x]}
  debug: {env: {LEVEL: debug}, pass_env: [B]}
  again: {preset: claude, args: [-v]}
"""
CLAUDE = "{preset: claude, model: best, allow: [make], env: {LEVEL: info, NODE: test}, pass_env: [A]}"


def _laid(folder: Path, *labels: str) -> dict[str, object]:
    agent: Agent = chosen(one_project(folder, BY_LABEL, agent=CLAUDE), labels).agent
    return {name: value for name, value in agent.model_dump().items() if value}


def test_what_labels_say_is_laid_over_the_projects_agent(tmp_path: Path) -> None:
    env = {"LEVEL": "info", "NODE": "test"}
    claude = {"preset": "claude", "model": "best", "allow": ("make",), "env": env, "pass_env": ("A",)}
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


def test_the_planner_is_told_what_each_label_sets(tmp_path: Path) -> None:
    rules = {rule.label: rule for rule in by_label(one_project(tmp_path, BY_LABEL, agent=CLAUDE))}
    assert [rule.agent for rule in rules.values()] == ["codex", "", "command:my-agent", "", "claude"]
    assert set(rules["debug"].sets) == {"env.LEVEL", "pass_env"}
    assert set(rules["again"].sets) == {"program", "args"}
    assert rules["own"].sets.keys() & rules["model:opus"].sets.keys() == {"model"}, "a command has no model"
    assert rules["agent:codex"].sets["program"] != rules["own"].sets["program"]


def test_a_conversation_belongs_to_one_program_model_and_environment(tmp_path: Path) -> None:
    project = one_project(tmp_path, BY_LABEL, agent=CLAUDE)
    labels = ("", "agent:codex", "model:opus", "own", "debug", "again")
    assert len({setup(chosen(project, (label,)).agent) for label in labels}) == len(labels)
    assert setup(chosen(project, ()).agent) == setup(chosen(project, ("gone",)).agent)
