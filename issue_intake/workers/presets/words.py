"""From a preset and what a project asks of it to the words of its command, and the variables it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from issue_intake.core.record import record
from issue_intake.errors import UsageError
from issue_intake.workers.presets.preset import Level, Preset

Permissions = Literal["edits", "commands", "everything"]
_COMMANDS = "{commands}"
_NOT_IN_A_COMMAND = frozenset("()*,\"'`\\{}[]$")


@record
class Wish:
    """What a project asks of a preset. `permissions` None: what `allow` needs, and no more. `turns`, `cost`: limits."""

    model: str | None = None
    allow: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    permissions: Permissions | None = None
    turns: int | None = None
    cost: float | None = None


def level(preset: Preset, wish: Wish) -> Level:
    """The level of permission that is asked for. Raises UsageError where the agent has none such."""
    name = wish.permissions or ("commands" if wish.allow else "edits")
    levels: dict[str, Level | None] = {
        "edits": preset.edits,
        "commands": preset.commands,
        "everything": preset.everything,
    }
    found = levels[name]
    if found is None:
        key = "agent.allow" if name == "commands" else f"agent.permissions: {name}"
        raise UsageError(f"{key}: {preset.name} {preset.why_not or 'has no such permissions'}")
    if wish.allow and not found.command:
        raise UsageError(f"agent.allow: with permissions: {name} no commands are named", "drop allow, or permissions")
    return found


def argv(preset: Preset, wish: Wish, *, resumed: bool) -> tuple[str, ...]:
    """The whole command, places still in it. Raises UsageError for what the agent cannot do."""
    chosen = level(preset, wish)
    groups = {
        "{permissions}": tuple(_words(chosen, wish.allow)),
        "{model}": tuple(word.replace("{model}", wish.model) for word in preset.model) if wish.model else (),
        "{limits}": tuple(_limits(preset, wish)),
        "{args}": wish.args,
    }
    if preset.needs_model and not wish.model:
        raise UsageError(f"agent.model: {preset.name} needs one named", f"write {{preset: {preset.name}, model: …}}")
    arguments = preset.resume if resumed else preset.run
    return (preset.program, *(word for part in arguments for word in groups.get(part, (part,))))


def variables(preset: Preset, wish: Wish) -> Mapping[str, str]:
    """What the agent is always given in its environment, places still in it. Raises UsageError."""
    chosen = level(preset, wish)
    commands = chosen.between.join(_named(chosen, wish.allow))
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


def _limits(preset: Preset, wish: Wish) -> Iterator[str]:
    for name, words, value in (("max_turns", preset.turns, wish.turns), ("max_cost", preset.cost, wish.cost)):
        if value is None:
            continue
        if not words:
            raise UsageError(f"agent.{name}: {preset.name} has no such limit", "remove it; limits.timeout holds")
        place = "{turns}" if name == "max_turns" else "{cost}"
        yield from (word.replace(place, f"{value:g}") for word in words)
