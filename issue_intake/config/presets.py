"""Agents of the user's own, and known ones changed: `agents:`, in the words in which intake knows its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from issue_intake.config.agent import PLACEHOLDERS, PRESETS, AgentVariable
from issue_intake.config.credentials import names_secret
from issue_intake.config.faults import shown
from issue_intake.config.words import AnyText, Entry, Items, Text, did_you_mean, refusal

READERS = (*PRESETS, "command")
PLACES = (*PLACEHOLDERS, "result_folder", "private", "home", "conversation")
GROUPS = ("permissions", "model", "limits", "args")

_PLACEHOLDER = re.compile(r"(?<!\$)\{([A-Za-z_]+)\}")
_TAKEN = ("gh", "gitconfig")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def _checked(words: tuple[str, ...], known: Iterable[str], whole: Iterable[str] = ()) -> tuple[str, ...]:
    """The words, if all places in them are known; those of `whole` have to be words of their own."""
    for word in words:
        for name in _PLACEHOLDER.findall(word):
            if name not in (*known, *whole):
                every = ", ".join(f"{{{each}}}" for each in (*known, *whole))
                raise refusal(
                    f"{{{name}}} is not a placeholder", did_you_mean(name, (*known, *whole), f"known: {every}")
                )
            if name in whole and word != f"{{{name}}}":
                raise refusal(f"{{{name}}} stands for several words", "write it as a word of its own")
    return words


def _argv(words: tuple[str, ...]) -> tuple[str, ...]:
    return _checked(words, PLACES, GROUPS)


def _permitting(words: tuple[str, ...]) -> tuple[str, ...]:
    return _checked(words, (*PLACES, "commands"))


def _naming(place: str) -> AfterValidator:
    """What checks that a place is there, and no other."""

    def check(words: tuple[str, ...]) -> tuple[str, ...]:
        if words and not any(f"{{{place}}}" in word for word in words):
            raise refusal(f"lacks {{{place}}}", "write it where the value belongs")
        return _checked(words, (place,))

    return AfterValidator(check)


def _command(text: str) -> str:
    if "{command}" not in text:
        raise refusal("lacks {command}", "write it where a command of allow belongs")
    return _checked((text,), ("command",))[0]


def _program(text: str) -> str:
    if "/" in text and not text.startswith(("/", "~/")):
        # It is started in the worktree: a relative path would run whatever the repository holds there.
        raise refusal(f"{shown(text)} is a relative path", "write it from / or ~/ on, or a name on PATH")
    if " " in text and not text.startswith(("/", "~/")):
        raise refusal("is one program's name with spaces in it", "write its arguments into run")
    return text


def _below(text: str) -> str:
    if text.startswith(("/", "~")) or ".." in text.split("/"):
        raise refusal(f"{shown(text)} is no path from there on", "leave out what stands above it, and ..")
    return text


def _file(text: str) -> str:
    if not _FILE.fullmatch(text):
        raise refusal(f"{shown(text)} is no file's name", "use letters, digits, . _ and -")
    if text in _TAKEN:
        raise refusal(f"{shown(text)} is intake's own there", "use another name")
    return text


def _no_secrets(variables: dict[str, str]) -> dict[str, str]:
    if secret := next((name for name, value in variables.items() if names_secret(name) and value), None):
        raise refusal(
            f"{secret} would be written here", f"put it in the env_file, and its name into variables: [{secret}]"
        )
    return variables


Words = Annotated[tuple[AnyText, ...], Items]
Paths = Annotated[tuple[Annotated[Text, AfterValidator(_below)], ...], Items]
Names = Annotated[tuple[AgentVariable, ...], Items]
Fixed = Annotated[dict[AgentVariable, AnyText], AfterValidator(_no_secrets)]


class OwnLevel(Entry):
    """What an agent may do unasked."""

    words: Annotated[Words, AfterValidator(_permitting)] = Field(
        default=(), description="Arguments that say so, with {commands} for what allow names."
    )
    variables: Fixed = Field(default={}, description="Variables that say so.")
    command: Annotated[Text, AfterValidator(_command)] | None = Field(
        default=None, description="How each command of allow is written, with {command}; without it none are taken."
    )
    between: AnyText = Field(default=",", description="What joins them where {commands} is a part of a word.")


class OwnBelongings(Entry):
    """What an agent finds of its own in a sandbox's empty home."""

    folder: Annotated[AnyText, AfterValidator(_below)] = Field(
        default="", description="Where that lies in the home, by default the home itself."
    )
    variable: AgentVariable | None = Field(default=None, description="A variable that says where it lies instead.")
    read: Paths = Field(default=(), description="Settings in that folder, which it only reads.")
    written: Paths = Field(default=(), description="Files it renews, such as its login.")
    made: Paths = Field(default=(), description="Folders that outlast the attempt, such as its conversations.")
    copied: Paths = Field(default=(), description="Files beside the folder of which it gets a copy.")
    within: Annotated[AnyText, AfterValidator(_below)] = Field(
        default="", description="The folder's name where the variable says what lies above it."
    )
    also_read: Paths = Field(default=(), description="Settings elsewhere in the home.")
    emptied: Paths = Field(default=(), description="Folders in those of made that are empty, and stay so.")
    also_made: Paths = Field(default=(), description="Folders elsewhere in the home that outlast the attempt.")


class OwnAgent(Entry):
    """An agent as intake is to know it. What is left out is as the base has it."""

    base: Literal[PRESETS] | None = Field(  # type: ignore[valid-type]
        default=None, description="The preset it is like, by default the one of its own name."
    )
    program: Annotated[Text, AfterValidator(_program)] | None = Field(
        default=None, description="A name on PATH, or a path from / or ~/ on.", examples=["program: my-agent"]
    )
    made_for: Text | None = Field(default=None, description="The version that this was written for.")
    version: Words | None = Field(default=None, description="Arguments that make it tell its version.")
    run: Annotated[Words, AfterValidator(_argv)] | None = Field(
        default=None,
        description="Arguments of a first run, with the placeholders of a command, {result_folder}, {home}, {private},"
        " and {permissions}, {model}, {limits}, {args} for what a project asks for.",
    )
    resume: Annotated[Words, AfterValidator(_argv)] | None = Field(
        default=None, description="Arguments that go on with {conversation}; with a run of its own, by default never."
    )
    stdin: bool | None = Field(
        default=None, description="Whether the prompt is on stdin, else run names {prompt_file}."
    )
    chosen: bool | None = Field(
        default=None, description="Whether intake chooses the conversation's id, and run names {conversation}."
    )
    forgets: Words | None = Field(default=None, description="Arguments with which it keeps no conversation.")
    kept: Paths | None = Field(
        default=None, description="Patterns in the home; a file like one of them is there while {conversation} is."
    )
    model: Annotated[Words, _naming("model")] | None = Field(
        default=None, description="How a model is asked for, with {model}."
    )
    needs_model: bool | None = Field(default=None, description="Whether a model has to be named.")
    edits: OwnLevel | None = Field(default=None, description="What lets it edit and no more.")
    commands: OwnLevel | None = Field(default=None, description="What lets it run the commands of allow as well.")
    everything: OwnLevel | None = Field(default=None, description="What lets it do everything, in a sandbox.")
    why_not: Text | None = Field(default=None, description="What is said where one of these three is missing.")
    turns: Annotated[Words, _naming("turns")] | None = Field(
        default=None, description="How max_turns is given, with {turns}."
    )
    cost: Annotated[Words, _naming("cost")] | None = Field(default=None, description="How max_cost is, with {cost}.")
    variables: Names | None = Field(default=None, description="Variables handed over where they are set.")
    clouds: dict[AgentVariable, Names] | None = Field(
        default=None, description="Variables that are handed over only where another is set, by its name."
    )
    fixed: Fixed | None = Field(default=None, description="Variables it is always given, none of them secret.")
    files: dict[Annotated[str, AfterValidator(_file)], AnyText] | None = Field(
        default=None, description="Small files for it in {private}, by their names."
    )
    leaves: Paths | None = Field(default=None, description="Patterns of files it leaves that nobody wants published.")
    obeys: Paths | None = Field(default=None, description="Patterns of the repository's files that it would obey.")
    login: Text | None = Field(default=None, description="What a person does to log in.")
    logged_in: Words | None = Field(default=None, description="Arguments whose exit code 0 says that somebody is.")
    reader: Literal[READERS] | None = Field(  # type: ignore[valid-type]
        default=None, description="Whose kind of record it leaves; command, the default, means none."
    )
    currency: Text | None = Field(default=None, description="That in which its record tells its cost.")
    belongings: OwnBelongings | None = Field(default=None, description="What it finds in a sandbox's empty home.")

    @model_validator(mode="after")
    def _has_its_places(self) -> Self:
        run, resume = " ".join(self.run or ()), " ".join(self.resume or ())
        if self.resume and "{conversation}" not in resume:
            raise refusal("has a resume without {conversation}", "write it where the id belongs")
        if self.run and self.chosen and "{conversation}" not in run:
            raise refusal("has a run without {conversation}, which is chosen", "write it where the id belongs")
        if self.run and self.stdin is False and "{prompt_file}" not in run:
            raise refusal("never gets its prompt", "write {prompt_file} into run, or stdin: true")
        return self
