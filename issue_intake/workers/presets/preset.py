"""What is known of an agent, as plain data. The same fields may be given in the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import PurePath
from types import MappingProxyType

from issue_intake.core.record import record

_NONE: Mapping[str, str] = MappingProxyType({})
_NO_CLOUDS: Mapping[str, tuple[str, ...]] = MappingProxyType({})

GIT = ("add", "blame", "commit", "diff", "log", "mv", "restore", "rm", "show", "status")
"""What of git an agent may run in its worktree wherever commands are named one by one."""


@record
class Belongings:
    """What an agent finds of its own in a sandbox's empty home; whatever else it writes there is gone with it.

    They lie in `folder` of the home, or where the variable `variable` says; in the home itself where both are "".
    `read`: its settings, which another run of it would obey. `written`: files it renews. `made`: folders that outlast
    the attempt, made where they are missing. `copied`: a file beside the folder, or in the one that the variable
    names, of which it gets a copy. `within`: the folder's name where the variable names what lies above it.
    `also_read`, `also_made`: the same of what lies elsewhere in the home. `emptied`: folders in what is made that are
    empty each time, since another run of it would start what lies there.
    """

    folder: str
    variable: str
    read: tuple[str, ...]
    written: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    within: str = ""
    also_read: tuple[str, ...] = ()
    also_made: tuple[str, ...] = ()

    def place(self, environment: Mapping[str, str], home: PurePath) -> PurePath:
        """Where the folder lies."""
        named = environment.get(self.variable, "")
        return PurePath(named, self.within) if named.startswith("/") else home / self.folder


@record
class Level:
    """What an agent may do without asking: `words` of its argv, `variables` of its environment.

    In both `{commands}` stands for the commands that a project allows: each as `command` has it
    (`Bash({command}:*)`), as words of their own where it is a whole word, else joined by `between`.
    """

    words: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=lambda: _NONE)
    command: str = ""
    between: str = ","


@record
class Preset:
    """One known agent. Places such as `{worktree}` are filled in for each attempt; see `agents.Places`.

    `made_for`: the version its data was written for. `version`: arguments that tell the installed one.

    `run`: arguments of a first run, `resume` those of going on with `{conversation}`, () where that is not
    possible. In both `{permissions}`, `{model}`, `{limits}` and `{args}` stand for what the project asks for, if
    anything. `stdin`: the prompt comes that way; else `run` names `{prompt_file}`. `chosen`: the conversation's id
    is intake's to choose, and `run` has it, too. `forgets`: its own arguments with which it keeps no conversation.
    `kept`: patterns of files below the home of which one is there as long as the conversation is, () where that
    cannot be told; `{short}` in them stands for the first eight characters of the id.

    `edits`, `commands`, `everything`: the levels of permission; None where it has none such. `why_not` says what a
    person can do where a level is missing. `turns`, `cost`: how its own limits are given, with `{turns}`, `{cost}`.

    `variables` are its vendor's documented ones, handed over when set; those in `clouds` only when the variable
    that switches to that cloud is set. `fixed`: variables that it is always given. `files`: small files of intake's
    for it, at `{private}/<name>`. `leaves`: patterns, as git ignores files, of those that it leaves in the worktree and
    nobody wants published. `obeys`: patterns, in the language of `core.paths`, of the repository's files that would
    change what it does, or run something.

    `login`: what a person runs, or sets, to log in. `logged_in`: arguments that tell it by exit code 0 and spend
    nothing. `reader`: the name of what reads its record.
    `currency`: that in which its record tells what a run cost, such as USD; None where it tells nothing.
    """

    name: str
    program: str
    run: tuple[str, ...]
    reader: str
    login: str
    belongings: Belongings | None = None
    made_for: str = ""
    version: tuple[str, ...] = ("--version",)
    resume: tuple[str, ...] = ()
    stdin: bool = True
    chosen: bool = False
    forgets: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    model: tuple[str, ...] = ("--model", "{model}")
    needs_model: bool = False
    edits: Level | None = None
    commands: Level | None = None
    everything: Level | None = None
    why_not: str = ""
    turns: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    clouds: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_CLOUDS)
    fixed: Mapping[str, str] = field(default_factory=lambda: _NONE)
    files: Mapping[str, str] = field(default_factory=lambda: _NONE)
    leaves: tuple[str, ...] = ()
    obeys: tuple[str, ...] = ()
    logged_in: tuple[str, ...] = ()
    currency: str | None = None
