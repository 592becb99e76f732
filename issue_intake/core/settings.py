"""Settings by which a repository makes an agent's program, a shell or an editor run code, and a list of those found."""

from __future__ import annotations

import re
from collections.abc import Iterable

from issue_intake.core.model import Session
from issue_intake.core.paths import protected
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.text import one_line

# In the language of core.paths, at any depth: an agent may go into a folder, and people open one of many. What is
# read as text (CLAUDE.md, rules, styles) and what a build or a test runs anyway (package.json, .env, git hooks of a
# package manager, .tool-versions, which names versions alone) is not here.
RUN_CODE: tuple[str, ...] = (
    "**/.claude/settings*.json",  # hooks, apiKeyHelper, statusLine, permissions
    "**/.claude/hooks/",
    "**/.claude/agents/",  # their front matter names hooks and MCP servers
    "**/.claude/commands/",  # lines with ! are run before the model sees anything
    "**/.claude/skills/",  # the same
    "**/.claude/plugins/",
    "**/.mcp.json",
    "**/.cursor/hooks*",
    "**/.cursor/mcp.json",
    "**/.cursor/cli.json",  # what runs without a question
    "**/.cursor/environment.json",  # install and start commands
    "**/.cursor/worktrees.json",  # set-up commands
    "**/.gemini/settings.json",  # hooks, MCP servers, discovery commands
    "**/.gemini/.env",
    "**/.gemini/agents/",
    "**/.gemini/commands/",  # !{…} is run
    "**/.gemini/extensions/",
    "**/.gemini/hooks/",
    "**/.gemini/policies/",
    "**/.gemini/sandbox*",
    "**/.gemini/skills/",
    "**/.qwen/settings.json",
    "**/.codex/",  # config.toml, hooks, rules on what runs without a question
    "**/opencode.json",
    "**/opencode.jsonc",
    "**/.opencode/",  # plugins and tools are loaded as code
    "**/crush.json",
    "**/.crush.json",
    "**/.aider.conf.yml",  # lint, test and notification commands
    "**/.goose/",
    "**/.copilot/",
    "**/.github/copilot/",
    "**/.github/hooks/",  # of the Copilot CLI
    "**/.github/mcp.json",
    "**/.amazonq/mcp.json",
    "**/.amazonq/cli-agents/",
    "**/.amp/",
    "**/.clinerules/hooks/",
    "**/.continue/",
    "**/.factory/",
    "**/.junie/mcp/",
    "**/.kiro/",
    "**/.roo/mcp.json",
    "**/.windsurf/hooks.json",
    "**/.vscode/launch.json",
    "**/.vscode/mcp.json",
    "**/.vscode/settings.json",  # paths of interpreters, compilers and linters
    "**/.vscode/tasks.json",  # some run when the folder is opened
    "**/*.code-workspace",  # both of these
    "**/.idea/",  # start-up tasks, watchers, run configurations
    "**/.zed/",
    "**/.dir-locals.el",
    "**/.exrc",
    "**/.nvimrc",
    "**/.nvim.lua",
    "**/.devcontainer/",  # initializeCommand runs on the host
    "**/.devcontainer.json",
    "**/.envrc",
    "**/mise.toml",  # hooks and templates that run commands
    "**/mise.local.toml",
    "**/.mise.toml",
    "**/.mise/",
    "**/.config/mise*",
)
_SHOWN = 5
_FOLDERS = frozenset(pattern.split("/")[1] for pattern in RUN_CODE if pattern.rstrip("/").count("/") > 1)
_FIRST = frozenset(pattern.split("/")[1] for pattern in RUN_CODE)
_PLAIN = frozenset(name for name in _FIRST if "*" not in name)
_PIECES = tuple(max(name.split("*"), key=len) for name in _FIRST if "*" in name)
_ODD = re.compile("[\u017f\u212a\u0130\u0131]")  # these are s, k and i in another case


def runs_code(path: str, *, link: bool = False, more: tuple[str, ...] = ()) -> bool:
    """Whether `path`, a file's from the repository's root, is such a setting, in whatever case it is written.

    `link`: it is a symbolic link, which in place of a folder of settings brings others in. `more`: patterns of what
    the agent at work would obey besides.
    """
    if link and path.rpartition("/")[2].lower() in _FOLDERS:
        return True
    return (_maybe(path) and protected(path, RUN_CODE)) or protected(path, more)


def neutralises(policy: ProjectPolicy, session: Session) -> bool:
    """Whether such settings are to be absent while the session is worked on: for strangers, unless it is written."""
    return session.by_writer is not True if policy.neutralise is None else policy.neutralise


def named(paths: Iterable[str], more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The settings that `paths` belong to, each once: a folder of them for all that lies below it."""
    return tuple(dict.fromkeys(_whole(path, more) for path in paths))


def listed(settings: tuple[str, ...]) -> str:
    """The first of them, fit for a sentence."""
    more = len(settings) - _SHOWN
    return ", ".join(map(one_line, settings[:_SHOWN])) + (f" and {more} more" if more > 0 else "")


def found(settings: tuple[str, ...], *, absent: bool) -> str:
    """What is said of the settings a repository brings, "" where it brings none."""
    if not settings:
        return ""
    state = "absent during the run" if absent else "in force"
    return f"the repository brings settings that run code: {listed(settings)}; {state}"


def _maybe(path: str) -> bool:
    """A cheap test that no such setting fails: to try each pattern on 20,000 paths takes half a second."""
    low = path.lower()
    if not _PLAIN.isdisjoint(low.split("/")) or any(piece in low for piece in _PIECES):
        return True
    return not path.isascii() and _ODD.search(path) is not None


def _whole(path: str, more: tuple[str, ...]) -> str:
    names = path.split("/")
    for count in range(1, len(names)):
        folder = "/".join(names[:count])
        if runs_code(folder, more=more):
            return f"{folder}/"
    return path
