"""Commands of a project's own that judge the work after the agent: as they are written, and as they are run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from issue_intake.config.faults import shown
from issue_intake.config.words import AnyText, Duration, Entry, Items, Text, refusal
from issue_intake.core.record import record
from issue_intake.core.text import one_line

NAME_LIMIT = 60

_SHELL = ("sh", "-c")
_CURE = "write a line for sh, or a list: [make, test]"


@record
class Verify:
    """One command, in its order. `timeout` in seconds. `required`: its failure keeps the work from being published."""

    name: str
    argv: tuple[str, ...]
    timeout: float
    required: bool


def _argv(value: object) -> object:
    """A line becomes what sh runs; a list stays one."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict):
        raise refusal("is no command", _CURE)
    line = str(value).lower() if isinstance(value, bool) else str(value)
    if not line.strip():
        raise refusal("is empty", _CURE)
    return (*_SHELL, line)


def _program(argv: tuple[str, ...]) -> tuple[str, ...]:
    if not argv or not argv[0].strip():
        raise refusal("names no program", _CURE)
    if len(argv) == 1 and " " in argv[0].strip() and not argv[0].startswith("/"):
        raise refusal("is one program's name with spaces in it", "write the line without [ ], or a list: [make, test]")
    return argv


def _name(text: str) -> str:
    name = one_line(text, 2 * NAME_LIMIT)
    if not name or len(name) > NAME_LIMIT:
        raise refusal(f"is no name of 1 to {NAME_LIMIT} characters", "write a short one, such as unit tests")
    return name


class Command(Entry):
    """A command that judges the work."""

    name: Annotated[Text, AfterValidator(_name)] | None = Field(
        default=None, description="What it is called, by default what it runs."
    )
    run: Annotated[tuple[AnyText, ...], BeforeValidator(_argv), AfterValidator(_program)] = Field(
        description="A line for sh, or a program and its arguments.", examples=["run: make test"]
    )
    timeout: Duration = Field(default=600.0, description="The longest it may take.")
    required: bool = Field(default=True, description="Whether its failure keeps the work from being published.")


def _told_apart(commands: tuple[Command, ...]) -> tuple[Command, ...]:
    names: set[str] = set()
    for name in (command.name for command in commands if command.name):
        if name in names:
            raise refusal(f"has two commands named {shown(name)}", "give one of them another name")
        names.add(name)
    return commands


Commands = Annotated[tuple[Command, ...], Items, AfterValidator(_told_apart)]


def verifies(commands: Iterable[Command]) -> tuple[Verify, ...]:
    """The commands as they are run, every one with a name of its own."""
    commands = tuple(commands)
    taken = {command.name for command in commands if command.name}
    return tuple(
        Verify(
            name=command.name or _new_name(command.run, taken),
            argv=command.run,
            timeout=command.timeout,
            required=command.required,
        )
        for command in commands
    )


def joined(own: tuple[Verify, ...], more: tuple[Verify, ...]) -> tuple[Verify, ...]:
    """`own`, then those of `more` that run something else, named so that all names differ."""
    known = {verify.argv for verify in own}
    taken = {verify.name for verify in own}
    added = [verify for verify in more if verify.argv not in known]
    return (*own, *(replace(verify, name=_free(verify.name, taken)) for verify in added))


def _new_name(argv: tuple[str, ...], taken: set[str]) -> str:
    line = argv[2] if argv[:2] == _SHELL and len(argv) == 3 else " ".join(argv)
    return _free(one_line(line, NAME_LIMIT) or "command", taken)


def _free(name: str, taken: set[str]) -> str:
    """`name`, numbered where it is taken; taken from now on."""
    numbered = (name if number == 1 else f"{name} ({number})" for number in count(1))
    free = next(each for each in numbered if each not in taken)
    taken.add(free)
    return free
