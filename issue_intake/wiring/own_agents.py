"""From `agents:` of the configuration to presets, and which preset a name stands for in a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from issue_intake.errors import UsageError
from issue_intake.workers.agents import takes_limits_off
from issue_intake.workers.presets import preset
from issue_intake.workers.presets.preset import Belongings, Level, Preset

if TYPE_CHECKING:
    from issue_intake.config.presets import OwnAgent, OwnBelongings, OwnLevel


def own_presets(agents: Mapping[str, OwnAgent]) -> dict[str, Preset]:
    """The presets that they stand for. Raises UsageError for one that cannot work."""
    return {name: own_preset(name, agent) for name, agent in agents.items()}


def own_preset(name: str, agent: OwnAgent) -> Preset:
    """The preset that `agent` stands for: the one that it is like, with what it says. Raises UsageError."""
    like = preset(agent.base or name) or Preset(name=name, program=name, run=(), reader="command", login="")
    said = {key: _plain(getattr(agent, key)) for key in agent.model_fields_set - {"base"}}
    if "run" in said:  # going on as the other's command does would not be this one
        said.setdefault("resume", ())
    made = replace(like, **{"name": name, **said})  # type: ignore[arg-type] # the fields of the one are the other's
    _check(made, changed=bool(said.keys() & {"run", "resume", "edits", "commands"}))
    return made


def _plain(value: object) -> object:
    from issue_intake.config.presets import OwnBelongings, OwnLevel  # noqa: PLC0415 - few have some

    match value:
        case OwnLevel():
            return _level(value)
        case OwnBelongings():
            return _belongings(value)
        case _:
            return value


def _level(level: OwnLevel) -> Level:
    return Level(words=level.words, variables=level.variables, command=level.command or "", between=level.between)


def _belongings(own: OwnBelongings) -> Belongings:
    return Belongings(**{**own.model_dump(), "variable": own.variable or ""})


def _check(made: Preset, *, changed: bool) -> None:
    key = f"agents.{made.name}"
    if not made.stdin and not any("{prompt_file}" in word for word in made.run):
        raise UsageError(f"{key} never gets its prompt", "write {prompt_file} into run, or stdin: true")
    if made.chosen and not any("{conversation}" in word for word in made.run):
        raise UsageError(f"{key}: its run lacks {{conversation}}, which is chosen", "write it, or chosen: false")
    levels = [level.words for level in (made.edits, made.commands) if level is not None]
    loose = takes_limits_off((*made.run, *made.resume, *(word for words in levels for word in words)))
    if changed and loose is not None:
        raise UsageError(f"{key}: {loose!r} takes every limit off the agent", "write it into everything: {words: […]}")
