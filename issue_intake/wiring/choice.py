"""What labels of an issue say of its agent, for the planner, and for whoever makes an attempt's order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath

from issue_intake.config.agent import OF_PRESETS, Agent, AgentPart
from issue_intake.config.choice import laid
from issue_intake.config.model import Project
from issue_intake.core.names import short_hash
from issue_intake.core.policy import ByLabel

_OF_A_CONVERSATION = ("preset", "command", "model", "args", "env")


def agent_name(part: AgentPart) -> str:
    """What the agent's starts rest by; "" where no program is named."""
    if part.preset is not None:
        return part.preset
    return f"command:{PurePath(part.command[0]).name}" if part.command else ""


def by_label(project: Project) -> tuple[ByLabel, ...]:
    """What each label sets, in the order of the configuration."""
    return tuple(
        ByLabel(label=label, agent=agent_name(part), sets=_sets(part)) for label, part in project.agent_by_label.items()
    )


def chosen(project: Project, labels: tuple[str, ...]) -> Project:
    """The project with the agent that these labels choose. Labels that say nothing any more are passed over."""
    parts = [part for label, part in project.agent_by_label.items() if label in labels]
    return replace(project, agent=laid(project.agent, parts)) if parts else project


def setup(agent: Agent) -> str:
    """Tells ways apart in which an agent is set up, as far as its conversations are concerned."""
    return short_hash(_text({name: getattr(agent, name) for name in _OF_A_CONVERSATION}))


def _sets(part: AgentPart) -> Mapping[str, str]:
    """A command is all there is to say of its program: it has no model, arguments or commands beside it."""
    said = {name: _text(getattr(part, name)) for name in part.model_fields_set - {"preset", "command", "env"}}
    said |= {f"env.{name}": _text(value) for name, value in part.env.items()}
    if part.names_program:
        said["program"] = _text((part.preset, part.command))
    if part.command is not None:
        said |= dict.fromkeys(OF_PRESETS, "")
    return said


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)
