"""The program that works on issues, as the configuration names it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from issue_intake.config.credentials import names_secret
from issue_intake.config.words import Amount, AnyText, Entry, Items, Text, Variable, did_you_mean, refusal

PRESETS = (
    "aider",
    "claude",
    "codex",
    "copilot",
    "cursor-agent",
    "gemini",
    "goose",
    "mini-swe-agent",
    "opencode",
)
PLACEHOLDERS = ("prompt_file", "worktree", "result_file", "issue_number", "branch")

# A worker is handed no GitHub credential, and intake sets these itself.
_KEPT_FROM_AGENTS = re.compile(
    r"(?:INTAKE_.*|GH_TOKEN|GITHUB_TOKEN|GH_ENTERPRISE_TOKEN|GITHUB_ENTERPRISE_TOKEN|GH_CONFIG_DIR"
    r"|GIT_(?:CONFIG_GLOBAL|CONFIG_SYSTEM|SSH_COMMAND|TERMINAL_PROMPT|ASKPASS|DIR|WORK_TREE|INDEX_FILE))"
)
# A command line in one text; only an absolute path may have spaces of its own.
_WHOLE_LINE = re.compile(r"^[^/]\S*\s|\s[-{]")
_PLACEHOLDER = re.compile(r"(?<!\$)\{([A-Za-z_]+)\}")


def _preset(name: str, info: ValidationInfo) -> str:
    if info.context is None:  # what was read from the file before
        return name
    known = sorted({*PRESETS, *info.context})
    if name not in known:
        cure = did_you_mean(name, known, 'for another program write agent: {command: [my-agent, "{prompt_file}"]}')
        raise refusal(f"the agents known here are {', '.join(known[:-1])} and {known[-1]}", cure)
    return name


def _argument(text: str) -> str:
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)
            raise refusal(f"{{{name}}} is not a placeholder", did_you_mean(name, PLACEHOLDERS, f"known are {known}"))
    return text


def _program(argv: tuple[str, ...]) -> tuple[str, ...]:
    if not argv or not argv[0].strip():
        raise refusal("names no program", 'write a list: [my-agent, "{prompt_file}"]')
    if len(argv) == 1 and _WHOLE_LINE.search(argv[0].strip()):
        raise refusal("is one program's name with spaces in it", 'write a list: [my-agent, "{prompt_file}"]')
    return argv


def _handed_over(name: str) -> str:
    if _KEPT_FROM_AGENTS.fullmatch(name):
        raise refusal("is kept from agents", "remove it: intake itself pushes and talks to GitHub")
    return name


def _no_secrets(env: dict[str, str]) -> dict[str, str]:
    if secret := next((name for name, value in env.items() if names_secret(name) and value), None):
        raise refusal(f"{secret} would be written here", f"put it in the env_file, and write pass_env: [{secret}]")
    return env


OF_PRESETS = ("model", "args", "allow", "permissions", "max_turns", "max_cost")
AgentVariable = Annotated[Variable, AfterValidator(_handed_over)]
Argument = Annotated[AnyText, AfterValidator(_argument)]


class AgentPart(Entry):
    """Any part of what is said of an agent."""

    preset: Annotated[Text, AfterValidator(_preset)] | None = Field(
        default=None, description="A program whose command line intake knows, or one of agents:."
    )
    command: Annotated[tuple[Argument, ...], Items, AfterValidator(_program)] | None = Field(
        default=None,
        description="Any other program and its arguments, in which {prompt_file}, {worktree}, {result_file},"
        " {issue_number} and {branch} are filled in.",
    )
    model: Text | None = Field(default=None, description="The model a preset asks for, by default the program's own.")
    args: Annotated[tuple[AnyText, ...], Items] = Field(default=(), description="More arguments for a preset.")
    allow: Annotated[tuple[Text, ...], Items] = Field(
        default=(), description="Commands a preset's agent may run, beside edits and git."
    )
    permissions: Literal["edits", "commands", "everything"] | None = Field(
        default=None,
        description="What a preset's agent may do unasked: edits, the commands of allow as well, or everything, which"
        " takes a sandbox; by default what allow needs.",
    )
    max_turns: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="Turns after which the agent ends, where a preset has that limit.",
    )
    max_cost: Amount | None = Field(
        default=None, description="What an attempt may cost, where a preset has that limit."
    )
    env: Annotated[dict[AgentVariable, AnyText], AfterValidator(_no_secrets)] = Field(
        default={}, description="Variables set for the agent, none of them secret."
    )
    pass_env: Annotated[tuple[AgentVariable, ...], Items] = Field(
        default=(), description="Variables handed on to the agent from intake's environment."
    )

    @model_validator(mode="after")
    def _not_two_programs(self) -> Self:
        if self.preset is not None and self.command is not None:
            raise refusal("names both a preset and a command", "keep one of them")
        if self.command is not None and any(getattr(self, key) for key in OF_PRESETS):
            raise refusal("has model, args or allow, which belong to a preset", "write them into the command")
        return self

    @property
    def names_program(self) -> bool:
        """Whether it says which program works."""
        return self.preset is not None or self.command is not None


class Agent(AgentPart):
    """The program that works on issues: a preset, or a command of one's own."""

    @model_validator(mode="after")
    def _one_program(self) -> Self:
        if not self.names_program:
            raise refusal("names no program", "write agent: claude, agent: codex or agent: {command: […]}")
        return self
