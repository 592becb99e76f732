"""A worktree may see one agent after the other: what any of them leaves behind is published of none."""

from __future__ import annotations

from pathlib import Path

from issue_intake.wiring.habits import habits
from issue_intake.workers.presets import preset
from tests.config.loading import one_project

_AIDER = "{preset: aider, model: openai/gpt-4o}"


def test_the_agents_that_labels_choose_count_beside_the_projects_own(tmp_path: Path) -> None:
    aider = preset("aider")
    assert aider is not None
    assert aider.leaves
    assert aider.obeys
    found = habits(one_project(tmp_path, f'agent_by_label: {{"use:aider": {_AIDER}}}'), frozenset())
    assert set(aider.leaves) <= set(found.leaves)
    assert set(aider.obeys) <= set(found.obeys)
    assert not set(aider.leaves) & set(habits(one_project(tmp_path, "enabled: true"), frozenset()).leaves)


def test_an_agent_that_cannot_be_set_up_leaves_nothing(tmp_path: Path) -> None:
    project = one_project(tmp_path, f'agent_by_label: {{"use:aider": {_AIDER}, "use:none": {{preset: opencode}}}}')
    assert set(habits(project, frozenset()).leaves) >= set(getattr(preset("aider"), "leaves", ()))
