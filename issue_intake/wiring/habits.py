"""What the agents that a project may work with leave behind, and what of a repository they would obey."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from issue_intake.config.model import Project
from issue_intake.core.record import record
from issue_intake.errors import UsageError
from issue_intake.wiring.choice import chosen
from issue_intake.wiring.projects import agent_of
from issue_intake.workers.presets.preset import Preset


@record
class Habits:
    """Patterns of files, of all the agents together; see `workers.presets.Preset`."""

    leaves: tuple[str, ...]
    obeys: tuple[str, ...]


def habits(project: Project, withheld: frozenset[str]) -> Habits:
    """Those of the project's own agent and of all that labels choose: a worktree may see one after the other."""
    presets = tuple(_presets(project, withheld))
    return Habits(
        leaves=tuple(dict.fromkeys(pattern for preset in presets for pattern in preset.leaves)),
        obeys=tuple(dict.fromkeys(pattern for preset in presets for pattern in preset.obeys)),
    )


def _presets(project: Project, withheld: frozenset[str]) -> Iterator[Preset]:
    for labels in ((), *((label,) for label in project.agent_by_label)):
        with suppress(UsageError):  # one that cannot be set up starts nothing, and leaves nothing
            found = agent_of(chosen(project, labels), withheld).preset
            if found is not None:
                yield found
