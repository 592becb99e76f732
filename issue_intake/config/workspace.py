"""What an agent finds when it starts, and what keeps it there."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from issue_intake.config.agent import PLACEHOLDERS
from issue_intake.config.faults import shown
from issue_intake.config.words import (
    AnyText,
    Branch,
    Duration,
    Entry,
    Items,
    PathText,
    Script,
    Text,
    did_you_mean,
    refusal,
)

WRAPPER_PLACEHOLDERS = (*PLACEHOLDERS, "result_folder")

_PLACEHOLDER = re.compile(r"(?<!\$)\{([A-Za-z_]+)\}")
_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$)(?:\*\.)?{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*")


def _bind(text: str) -> str:
    if text != "~" and not text.startswith(("/", "~/")):
        raise refusal(f"{shown(text)} is a relative path", "write it from / or ~/ on")
    if ".." in text.split("/") or ":" in text or not text.isprintable():
        raise refusal(f"{shown(text)} has .., a colon or a control character in it", "write the path itself")
    return text


def _argument(text: str) -> str:
    for name in _PLACEHOLDER.findall(text):
        if name not in WRAPPER_PLACEHOLDERS:
            known = ", ".join(f"{{{word}}}" for word in WRAPPER_PLACEHOLDERS)
            cure = did_you_mean(name, WRAPPER_PLACEHOLDERS, f"known are {known}")
            raise refusal(f"{{{name}}} is not a placeholder", cure)
    return text


def _program(argv: tuple[str, ...]) -> tuple[str, ...]:
    cure = "write a list: [my-sandbox, --, …]; what it shall run is added at its end"
    if not argv or not argv[0].strip():
        raise refusal("names no program", cure)
    if " " in argv[0].strip() and not argv[0].startswith("/"):
        raise refusal("is one program's name with spaces in it", cure)
    if "/" in argv[0] and not argv[0].startswith(("/", "~/")):
        # It is started in the worktree: a relative path would run whatever the repository holds there.
        raise refusal(f"{shown(argv[0])} is a relative path", "write it from / or ~/ on, or a name on PATH")
    return argv


def _network(value: object) -> object:
    if value in ("on", "off"):
        return value
    if isinstance(value, bool):
        raise refusal("must be on, off or a list of hosts", "write one of them")
    return tuple(value) if isinstance(value, list) else (value,)


def _hosts(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return value
    if not value:
        raise refusal("is an empty list", "write off, or the hosts: [api.anthropic.com]")
    if bad := next((host for host in value if not _HOST.fullmatch(host)), None):
        raise refusal(f"{shown(bad)} is not a host", "write names in lower case, such as registry.npmjs.org")
    return value


def _image(text: str) -> str:
    if not _IMAGE.fullmatch(text):
        raise refusal(f"{shown(text)} is not an image", "write it like docker.io/library/node:22")
    return text


Bind = Annotated[PathText, AfterValidator(_bind)]
Network = Annotated[
    Literal["on", "off"] | tuple[str, ...],
    BeforeValidator(_network),
    AfterValidator(_hosts),
]


class Hooks(Entry):
    """Lines for sh that the worker runs in the worktree."""

    after_create: Script | None = Field(default=None, description="Run in a new worktree until it has once succeeded.")
    before_run: Script | None = Field(
        default=None, description="Run before every attempt; its failure ends the attempt."
    )
    after_run: Script | None = Field(default=None, description="Run after every attempt; its failure is only logged.")
    timeout: Duration = Field(default=60.0, description="The longest each of them may take.")


class Binds(Entry):
    """Folders and files of this machine that a sandbox shows besides."""

    read: Annotated[tuple[Bind, ...], Items] = Field(default=(), description="What can be read in the sandbox.")
    write: Annotated[tuple[Bind, ...], Items] = Field(default=(), description="What can be changed in the sandbox.")


class Workspace(Entry):
    """What an agent finds when it starts."""

    base: Branch | None = Field(default=None, description="The branch work starts from, by default the remote's own.")
    hooks: Hooks = Field(default=Hooks(), description="What is run around an attempt.")
    neutralise: bool | None = Field(
        default=None,
        description="Whether the repository's settings that run code are absent during the run and kept as they are, "
        "by default where the issue's author cannot write to it.",
    )
    lfs: bool = Field(
        default=False, description="Whether git-lfs is run for a repository that uses it, which is refused otherwise."
    )
    sandbox: Literal["none", "bwrap", "podman", "command"] = Field(
        default="none", description="What keeps hooks, agent and verify commands to the worktree: nothing, or a tool."
    )
    network: Network = Field(default="on", description="What a sandbox reaches: on, off, or these hosts alone.")
    binds: Binds = Field(default=Binds(), description="What a sandbox shows of this machine besides.")
    image: Annotated[Text, AfterValidator(_image)] | None = Field(
        default=None, description="What podman runs it in; it must be on this machine already."
    )
    command: Annotated[tuple[Annotated[AnyText, AfterValidator(_argument)], ...], Items, AfterValidator(_program)] = (
        Field(
            default=(),
            validate_default=False,
            description="The program that stands before each argv with sandbox: command, with agent.command's"
            " placeholders and {result_folder}.",
        )
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.image is not None) != (self.sandbox == "podman"):
            raise refusal("needs image with sandbox: podman, and with it alone", "give both, or neither")
        if bool(self.command) != (self.sandbox == "command"):
            raise refusal("needs command with sandbox: command, and with it alone", "give both, or neither")
        if self.sandbox in {"bwrap", "podman"}:
            return self
        cure = "write sandbox: bwrap or podman" if self.sandbox == "none" else "let the command do it"
        if self.network != "on":
            raise refusal(f"cannot limit the network with sandbox: {self.sandbox}", cure)
        if self.binds.read or self.binds.write:
            raise refusal(f"has binds, which mean nothing with sandbox: {self.sandbox}", cure)
        return self
