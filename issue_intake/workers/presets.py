"""Agents whose command line, vendor variables and own record are known; none is offered without its permissions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType

from issue_intake.core.record import record
from issue_intake.errors import UsageError

ROOM_FOR_GIT = ("add", "blame", "commit", "diff", "log", "mv", "restore", "rm", "show", "status")


@record
class Wish:
    """What a project asks of a preset: a model, commands the agent may run, further arguments."""

    model: str | None
    allow: tuple[str, ...]
    args: tuple[str, ...]


@record
class Belongings:
    """What an agent finds of its own in a sandbox's empty home; whatever else it writes there is gone with it.

    They lie in `folder` of the home, or where the variable `variable` says. `read`: its settings, which another run of
    it would obey. `written`: files it renews. `made`: folders that outlast the attempt, made where they are missing.
    `copied`: a file beside the folder, or in the one that the variable names, of which it gets a copy.
    """

    folder: str
    variable: str
    read: tuple[str, ...]
    written: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()


@record
class Preset:
    """One known agent. `command` gives its argv, with the placeholders of `agents.Places` still in it.

    `resume` gives the argv that goes on with a conversation, None where that is not possible; `forgets` are its own
    arguments with which it keeps no conversation. `currency`: that in which its record tells what a run cost, None
    where it tells nothing.

    `variables` are its vendor's documented ones, handed over when set; those in `clouds` only when
    the variable that switches to that cloud is set.
    """

    name: str
    command: Callable[[Wish], tuple[str, ...]]
    variables: tuple[str, ...]
    belongings: Belongings
    resume: Callable[[Wish, str], tuple[str, ...]] | None = None
    forgets: frozenset[str] = frozenset()
    currency: str | None = None
    clouds: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def _claude(wish: Wish) -> tuple[str, ...]:
    return _claude_with(wish)


def _claude_resumed(wish: Wish, conversation: str) -> tuple[str, ...]:
    # It looks for the conversation among those of its working directory, which the worktree is each time.
    return _claude_with(wish, "--resume", conversation)


def _claude_with(wish: Wish, *more: str) -> tuple[str, ...]:
    # Options that take several values stand before others, so that none of them swallows what follows.
    rules = (*(f"Bash(git {verb}:*)" for verb in ROOM_FOR_GIT), *(_bash_rule(command) for command in wish.allow))
    return (
        *("claude", "-p", "--output-format", "stream-json", "--verbose", *more),
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
    return (*_codex_with(wish), "-")


def _codex_resumed(wish: Wish, conversation: str) -> tuple[str, ...]:
    # `resume` refuses --sandbox, --add-dir and -C and inherits none of them: they are exec's, and stand before it.
    return (*_codex_with(wish), "resume", conversation, "-")


def _codex_with(wish: Wish) -> tuple[str, ...]:
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
    )


CLAUDE = Preset(
    name="claude",
    command=_claude,
    resume=_claude_resumed,
    forgets=frozenset({"--no-session-persistence"}),
    currency="USD",
    belongings=Belongings(
        folder=".claude",
        variable="CLAUDE_CONFIG_DIR",
        # Writable settings would be a way out: the user's own claude runs the hooks in them.
        read=(
            *("settings.json", "settings.local.json", "CLAUDE.md", "agents", "commands", "hooks", "output-styles"),
            *("plugins", "rules", "skills"),
        ),
        written=(".credentials.json",),
        made=("projects",),
        copied=(".claude.json",),
    ),
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
    resume=_codex_resumed,
    forgets=frozenset({"--ephemeral"}),
    belongings=Belongings(
        folder=".codex",
        variable="CODEX_HOME",
        read=("config.toml", "AGENTS.md", "prompts", "rules", "skills", "version.json"),
        written=("auth.json",),
        made=("sessions",),
    ),
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
