"""What labels of an issue say of its agent: `agent_by_label:`, laid over the project's `agent:`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from issue_intake.config.agent import OF_PRESETS, Agent, AgentPart
from issue_intake.config.faults import Faults, shown
from issue_intake.config.nodes import Node
from issue_intake.config.words import Text, refusal
from issue_intake.core import labels
from issue_intake.core.eligibility import HOLD

if TYPE_CHECKING:
    from issue_intake.config.schema import ProjectEntry

# What belongs to one program and makes no sense for another.
OF_A_PROGRAM = frozenset({"preset", "command", *OF_PRESETS})


def _choosing(label: str) -> str:
    if label.casefold() in (*labels.NAMES, HOLD):
        raise refusal("is a label that intake itself goes by", "choose another, such as agent:codex or model:opus")
    return label


ChoosingLabel = Annotated[Text, AfterValidator(_choosing)]


def check_choices(entry: ProjectEntry, node: Node, faults: Faults) -> None:
    """Collect what is wrong with the labels of a project beside each other, its rule and its agent."""
    place = node.child("agent_by_label") or node
    known: set[str] = set()
    for label, part in entry.agent_by_label.items():
        problem = _problem(entry, label, part, known)
        if problem is not None:
            own = place.child(label) or place
            faults.add(own.line, own.key, *problem)
        known.add(label.casefold())


def laid(agent: Agent, parts: Iterable[AgentPart]) -> Agent:
    """The agent with what the parts set, the first of them first. Another program takes nothing over of the old one."""
    said: dict[str, object] = {}
    for part in reversed(tuple(parts)):
        said |= {**_set(part), "env": {**_variables(said), **part.env}}
    under = _set(agent)
    if _names_another(agent, said):
        under = {name: value for name, value in under.items() if name not in OF_A_PROGRAM}
    return Agent.model_validate({**under, **said, "env": {**agent.env, **_variables(said)}})


def _problem(entry: ProjectEntry, label: str, part: AgentPart, known: set[str]) -> tuple[str, str] | None:
    rule = entry.intake.labels if entry.intake is not None else ()
    if label.casefold() in known:
        return f"{shown(label)} is there in another case already", "keep one of them"
    if not part.model_fields_set:
        return "sets nothing", "write a preset, such as codex, or any part of agent:, such as {model: opus}"
    if labels.is_ours(label) and label.casefold() in {asked.casefold() for asked in rule}:
        cure = "choose another label, or write it under agent:"
        return "is a label of the rule, which is used up when an issue is taken on", cure
    if entry.agent.command is not None and not part.names_program and _belongs_to_preset(part):
        return "has model, args or allow, and the project's agent is a command", "name a preset here, too"
    return None


def _belongs_to_preset(part: AgentPart) -> bool:
    return any(getattr(part, key) for key in OF_PRESETS)


def _set(part: AgentPart) -> dict[str, object]:
    return {name: getattr(part, name) for name in part.model_fields_set}


def _variables(said: Mapping[str, object]) -> Mapping[str, object]:
    found = said.get("env", {})
    return found if isinstance(found, Mapping) else {}


def _names_another(agent: Agent, said: Mapping[str, object]) -> bool:
    if said.get("command") is not None:
        return True
    return said.get("preset") is not None and said["preset"] != agent.preset
