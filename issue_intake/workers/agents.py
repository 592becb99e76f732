"""Which program works on an issue: a preset or any command, as an argv list and never a line for a shell."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path, PurePath
from types import MappingProxyType

from issue_intake.core.record import record
from issue_intake.errors import UsageError
from issue_intake.workers.environment import Share, refuse_variables
from issue_intake.workers.fields import conversation_of, parse_object
from issue_intake.workers.presets import NAMES, preset
from issue_intake.workers.presets.choice import AgentChoice
from issue_intake.workers.presets.preset import Belongings, Preset
from issue_intake.workers.presets.words import argv, level, variables

_PLACE = re.compile(
    r"\{(prompt_file|worktree|result_file|result_folder|private|home|issue_number|branch|conversation)\}"
)
_BYPASS = re.compile(
    r"dangerously|bypassPermissions|danger-full-access|^--yolo$|^--full-auto$"
    r"|^(--approval-mode=)?yolo$|^-y$|^--allow-all(-tools|-paths|-urls)?(=|$)"
)
_BYPASSING_VARIABLES = frozenset({"COPILOT_ALLOW_ALL"})
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NOT_OWN: Mapping[str, Preset] = MappingProxyType({})


@record
class Places:
    """What one attempt puts in the place of `{prompt_file}`, `{worktree}`, `{result_file}`, and so on.

    Paths are absolute. `{result_folder}` is the folder of `result_file`, `{private}` one of intake's own that the agent
    only reads, `{home}` the worker's HOME.
    """

    prompt_file: Path
    worktree: Path
    result_file: Path
    private: Path
    issue_number: int
    branch: str
    home: Path = field(default_factory=Path.home)


@record
class Agent:
    """An agent ready to be ordered. `name` is what rests when it keeps failing; `reader` names its kind of record.

    `files`: what is written into `{private}` for it.

    `belongings`: what it needs of the user's home, None where that is not known. `resume`: the command that goes on
    with a conversation, None where the agent cannot. `preset`: what else is known of it; a command of one's own has
    none.
    """

    name: str
    reader: str
    command: tuple[str, ...]
    share: Share
    preset: Preset | None = None
    resume: tuple[str, ...] | None = None
    variables: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    files: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @property
    def program(self) -> str:
        """A name to be found on the worker's PATH, or an absolute path."""
        return self.command[0]

    @property
    def chooses(self) -> bool:
        """Whether the id of a conversation that begins is intake's to choose."""
        return self.preset is not None and self.preset.chosen

    @property
    def login(self) -> str:
        """What a person runs, or sets, to log in; "" where that is not known."""
        return self.preset.login if self.preset is not None else ""

    @property
    def currency(self) -> str | None:
        """What the cost in its record is told in, where the record itself does not say."""
        return self.preset.currency if self.preset is not None else None

    @property
    def belongings(self) -> Belongings | None:
        """What it needs of the user's home, None where that is not known."""
        return self.preset.belongings if self.preset is not None else None

    def argv(self, places: Places, conversation: str = "") -> tuple[str, ...]:
        """The command with the places filled in, each once: braces in a filled-in value stay as they are.

        `conversation`: the id for one that begins, where that is intake's to choose.
        """
        return filled(self.command, places, conversation)

    def resumed(self, conversation: str, places: Places) -> tuple[str, ...] | None:
        """The command that goes on with an earlier conversation; None where the agent, or that id, cannot be used."""
        if self.resume is None or conversation_of(conversation) is None:
            return None
        return filled(self.resume, places, conversation)

    def stdin(self, places: Places) -> str | None:
        """The file the agent gets on stdin, the prompt; None for nothing, where its command names the file."""
        by_name = self.preset is not None and not self.preset.stdin
        return None if by_name else str(places.prompt_file)

    def environment(self, places: Places) -> dict[str, str]:
        """What it is always given in its environment; what the user set goes before."""
        return {name: _filled_in(text, places) for name, text in self.variables.items()}


def _filled_in(text: str, places: Places) -> str:
    """The text of a variable; where it is a JSON document, one it stays, whatever the places are called."""
    values = _values(places)
    if parse_object(text) is not None:
        values = {name: json.dumps(value)[1:-1] for name, value in values.items()}
    return _PLACE.sub(lambda found: values[found[1]], text)


def filled(command: tuple[str, ...], places: Places, conversation: str = "") -> tuple[str, ...]:
    """The argv with the places filled in, each once."""
    values = {**_values(places), "conversation": conversation}
    return tuple(_PLACE.sub(lambda found: values[found[1]], word) for word in command)


def _values(places: Places) -> dict[str, str]:
    return {
        "prompt_file": str(places.prompt_file),
        "worktree": str(places.worktree),
        "result_file": str(places.result_file),
        "result_folder": str(places.result_file.parent),
        "private": str(places.private),
        "home": str(places.home),
        "issue_number": str(places.issue_number),
        "branch": places.branch,
        "conversation": "",
    }


def resolve(
    choice: AgentChoice, token_names: frozenset[str] = frozenset(), own: Mapping[str, Preset] = _NOT_OWN
) -> Agent:
    """The agent that `choice` stands for. `token_names`: variables that hold a tracker's token (`token_env`).

    `own`: presets of the user's own, each before a known one of its name.

    Raises UsageError for a choice that cannot work or that would hand over a GitHub credential.
    """
    refuse_variables(choice.env, "agent.env", token_names)
    refuse_variables(choice.pass_env, "agent.pass_env", token_names)
    if bool(choice.command) == (choice.preset is not None):
        raise UsageError("agent: give either a preset or a command", f"presets: {', '.join(NAMES)}")
    _refuse_bypass(choice.args)
    if choice.preset is None:
        return _own_command(choice)
    return _preset(choice, choice.preset, own.get(choice.preset) or preset(choice.preset), token_names)


def _preset(choice: AgentChoice, name: str, known: Preset | None, token_names: frozenset[str]) -> Agent:
    if known is None:
        raise UsageError(
            f"agent: there is no preset {name!r}", f"presets: {', '.join(NAMES)}; or give agent.command as a list"
        )
    given = variables(known, choice)
    refuse_variables(given, f"agents.{known.name}", token_names)
    _refuse_loosening(level(known, choice).variables, choice)
    keeps = bool(known.resume) and not set(known.forgets) & set(choice.args)
    return Agent(
        name=known.name,
        reader=known.reader,
        command=argv(known, choice, resumed=False),
        resume=argv(known, choice, resumed=True) if keeps else None,
        preset=known,
        variables=given,
        files=known.files,
        share=Share(vendor=known.variables, clouds=known.clouds, given=choice.env, passed=choice.pass_env),
    )


def _own_command(choice: AgentChoice) -> Agent:
    program = choice.command[0]
    if choice.model or choice.allow or choice.permissions or choice.turns or choice.cost:
        keys = "model, allow, permissions, max_turns and max_cost"
        raise UsageError(f"agent: {keys} belong to presets", "write them into agent.command")
    if not program or ("/" in program and not PurePath(program).is_absolute()):
        # The worker starts in the worktree: a relative path would run whatever the repository holds there.
        raise UsageError(f"agent.command: {program!r} is a relative path", "write it from / on, or a name on PATH")
    return Agent(
        name=f"command:{PurePath(program).name}",
        reader="command",
        command=(*choice.command, *choice.args),
        share=Share(given=choice.env, passed=choice.pass_env),
    )


def takes_limits_off(words: tuple[str, ...]) -> str | None:
    """The first of the words that lets an agent do everything, None where none does."""
    return next((word for word in words if _BYPASS.search(word)), None)


def _refuse_bypass(args: tuple[str, ...]) -> None:
    word = takes_limits_off(args)
    if word is not None:
        raise UsageError(
            f"agent.args: {word!r} takes every limit off the agent", "name the commands it may run in agent.allow"
        )


def _refuse_loosening(permitting: Mapping[str, str], choice: AgentChoice) -> None:
    """The variables in which an agent's permissions travel are no others' to set."""
    for key, names in (("agent.env", choice.env), ("agent.pass_env", choice.pass_env)):
        if found := next((name for name in names if name in permitting or name in _BYPASSING_VARIABLES), None):
            raise UsageError(
                f"{key}: {found} says what the agent may do", "say that with agent.permissions and agent.allow"
            )


def missing_program(agent: Agent, environment: Mapping[str, str]) -> str | None:
    """Why the worker could not start the agent's program with `environment`, None if it can."""
    path = environment.get("PATH", "")
    if shutil.which(agent.program, path=path) is not None:
        return None
    if PurePath(agent.program).is_absolute():
        return f"the agent's program {agent.program} is missing or may not be run: install it there, or correct agent"
    return f"the agent's program {agent.program} is not on PATH ({path or 'empty'}): set PATH in env_file"
