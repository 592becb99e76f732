"""Agents whose command line, vendor variables and own record are known; none is offered without its permissions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from issue_intake.errors import UsageError

ROOM_FOR_GIT = ("add", "blame", "commit", "diff", "log", "mv", "restore", "rm", "show", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a project asks of a preset: a model, commands the agent may run, further arguments."""

    model: str | None
    allow: tuple[str, ...]
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One known agent. `command` gives its argv, with the placeholders of `agents.Places` still in it.

    `variables` are its vendor's documented ones, handed over when set; those in `clouds` only when
    the variable that switches to that cloud is set.
    """

    name: str
    command: Callable[[Wish], tuple[str, ...]]
    variables: tuple[str, ...]
    clouds: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def _claude(wish: Wish) -> tuple[str, ...]:
    # Options that take several values stand before others, so that none of them swallows what follows.
    rules = (*(f"Bash(git {verb}:*)" for verb in ROOM_FOR_GIT), *(_bash_rule(command) for command in wish.allow))
    return (
        *("claude", "-p", "--output-format", "stream-json", "--verbose"),
        *("--allowedTools", *rules),
        *("--add-dir", "{result_folder}"),
        *("--permission-mode", "acceptEdits"),
        *(("--model", wish.model) if wish.model else ()),
        *wish.args,
    )


def _bash_rule(command: str) -> str:
    plain = command.strip()
    if not plain or not plain.isprintable() or set(plain) & set("()*,"):
        raise UsageError(
            f"agent.allow: {command!r} is not a command", "write its first words, such as npm test; a prefix is meant"
        )
    return f"Bash({plain}:*)"


def _codex(wish: Wish) -> tuple[str, ...]:
    if wish.allow:
        raise UsageError(
            "agent.allow: codex has no list of allowed commands; its sandbox lets any command run, without network",
            "remove allow; for network use args: [-c, sandbox_workspace_write.network_access=true]",
        )
    return (
        *("codex", "exec", "--json", "--sandbox", "workspace-write"),
        *("--add-dir", "{result_folder}"),
        *("-C", "{worktree}"),
        *(("-m", wish.model) if wish.model else ()),
        *wish.args,
        "-",
    )


CLAUDE = Preset(
    name="claude",
    command=_claude,
    variables=(
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_CUSTOM_HEADERS",
        "ANTHROPIC_MODEL",
        "CLAUDE_CODE_OAUTH_TOKEN",
        "CLAUDE_CODE_USE_BEDROCK",
        "CLAUDE_CODE_USE_FOUNDRY",
        "CLAUDE_CODE_USE_VERTEX",
        "CLAUDE_CONFIG_DIR",
    ),
    clouds=MappingProxyType(
        {
            "CLAUDE_CODE_USE_BEDROCK": (
                "ANTHROPIC_BEDROCK_BASE_URL",
                "AWS_ACCESS_KEY_ID",
                "AWS_BEARER_TOKEN_BEDROCK",
                "AWS_PROFILE",
                "AWS_REGION",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
            ),
            "CLAUDE_CODE_USE_FOUNDRY": (
                "ANTHROPIC_FOUNDRY_API_KEY",
                "ANTHROPIC_FOUNDRY_BASE_URL",
                "ANTHROPIC_FOUNDRY_RESOURCE",
            ),
            "CLAUDE_CODE_USE_VERTEX": (
                "ANTHROPIC_VERTEX_BASE_URL",
                "ANTHROPIC_VERTEX_PROJECT_ID",
                "CLOUD_ML_REGION",
                "GOOGLE_APPLICATION_CREDENTIALS",
            ),
        }
    ),
)

CODEX = Preset(
    name="codex",
    command=_codex,
    variables=(
        "CODEX_ACCESS_TOKEN",
        "CODEX_API_KEY",
        "CODEX_CA_CERTIFICATE",
        "CODEX_HOME",
        "CODEX_SQLITE_HOME",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "OPENAI_ORGANIZATION",
        "OPENAI_PROJECT",
    ),
)

PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in (CLAUDE, CODEX)})
