"""From a preset and what a project asks of it to the words of its command, and the variables it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from issue_intake.errors import UsageError
from issue_intake.workers.presets.choice import AgentChoice
from issue_intake.workers.presets.preset import Level, Preset

_COMMANDS = "{commands}"
_NOT_IN_A_COMMAND = frozenset("()*,\"'`\\{}[]$")


def level(preset: Preset, choice: AgentChoice) -> Level:
    """The level of permission that is asked for. Raises UsageError where the agent has none such."""
    name = choice.permissions or ("commands" if choice.allow else "edits")
    levels: dict[str, Level | None] = {
        "edits": preset.edits,
        "commands": preset.commands,
        "everything": preset.everything,
    }
    found = levels[name]
    if found is None:
        key = "agent.allow" if name == "commands" else f"agent.permissions: {name}"
        raise UsageError(f"{key}: {preset.name} {preset.why_not or 'has no such permissions'}")
    if choice.allow and not found.command:
        raise UsageError(f"agent.allow: with permissions: {name} no commands are named", "drop allow, or permissions")
    return found


def argv(preset: Preset, choice: AgentChoice, *, resumed: bool) -> tuple[str, ...]:
    """The whole command, places still in it. Raises UsageError for what the agent cannot do."""
    chosen = level(preset, choice)
    groups = {
        "{permissions}": tuple(_words(chosen, choice.allow)),
        "{model}": tuple(word.replace("{model}", choice.model) for word in preset.model) if choice.model else (),
        "{limits}": tuple(_limits(preset, choice)),
        "{args}": choice.args,
    }
    if preset.needs_model and not choice.model:
        raise UsageError(f"agent.model: {preset.name} needs one named", f"write {{preset: {preset.name}, model: …}}")
    arguments = preset.resume if resumed else preset.run
    return (preset.program, *(word for part in arguments for word in groups.get(part, (part,))))


def variables(preset: Preset, choice: AgentChoice) -> Mapping[str, str]:
    """What the agent is always given in its environment, places still in it. Raises UsageError."""
    chosen = level(preset, choice)
    commands = chosen.between.join(_named(chosen, choice.allow))
    return {**preset.fixed, **{name: text.replace(_COMMANDS, commands) for name, text in chosen.variables.items()}}


def _words(chosen: Level, allow: tuple[str, ...]) -> Iterator[str]:
    named = tuple(_named(chosen, allow))
    for word in chosen.words:
        if word == _COMMANDS:
            yield from named
        else:
            yield word.replace(_COMMANDS, chosen.between.join(named))


def _named(chosen: Level, allow: tuple[str, ...]) -> Iterator[str]:
    return (chosen.command.replace("{command}", _plain(command)) for command in allow)


def _plain(command: str) -> str:
    plain = command.strip()
    if not plain or not plain.isprintable() or set(plain) & _NOT_IN_A_COMMAND:
        raise UsageError(
            f"agent.allow: {command!r} is not a command", "write its first words, such as npm test; a prefix is meant"
        )
    return plain


def _limits(preset: Preset, choice: AgentChoice) -> Iterator[str]:
    for name, words, value in (("max_turns", preset.turns, choice.turns), ("max_cost", preset.cost, choice.cost)):
        if value is None:
            continue
        if not words:
            raise UsageError(f"agent.{name}: {preset.name} has no such limit", "remove it; limits.timeout holds")
        place = "{turns}" if name == "max_turns" else "{cost}"
        yield from (word.replace(place, f"{value:g}") for word in words)
