"""What becomes of finished work: how it is published, reworked and merged, and what nobody merges by itself."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from issue_intake.config.words import Author, Entry, Items, Size, Text, refusal
from issue_intake.core.leaving import PATHS_LIMIT, Extent

# What steers GitHub, git or an agent: merged unseen, it would change what the next run or the next agent does.
PROTECTED = (
    ".github/**",
    "CODEOWNERS",
    "AGENTS.md",
    "CLAUDE.md",
    "GEMINI.md",
    "WORKFLOW.md",
    "CLAUDE.local.md",
    "AGENTS.override.md",
    ".claude/",
    ".agents/",
    ".codex/",
    ".gemini/",
    ".opencode/",
    "opencode.json*",
    ".cursorrules",
    ".cursor/",
    ".windsurfrules",
    ".windsurf/",
    ".clinerules",
    ".aider*",
    ".goosehints",
    ".mcp.json",
    ".envrc",
    ".vscode/",
    ".idea/",
    ".devcontainer/",
    ".git*",
    "!.gitignore",
    "!.gitkeep",
)
# GitHub takes no larger file; what may leave is read whole before it does.
_HEAVIEST = 100_000_000
_LITERAL = re.compile(r"[\[{\\]")
_SWITCHES = frozenset({"off", "no", "none", "false", "on", "yes", "true", "default"})


def _pattern(text: str) -> str:
    names = text.removeprefix("!").split("/")
    if text.lower() in _SWITCHES:
        raise refusal(f'"{text}" would be a path', f"write [] to protect nothing, or /{text} if it is one")
    if found := _LITERAL.search(text):
        cure = "only *, ? and ** stand for others: write ? in its place, or a pattern for each case"
        raise refusal(f'has a "{found[0]}", which stands for itself', cure)
    if text.startswith("!!") or not set(names) - {"", "."}:
        raise refusal("names no path", "write one such as .github/**, !docs/** or AGENTS.md")
    if ".." in names:
        raise refusal("leaves the repository", "write a path from its root")
    return text


def _weight(size: int) -> int:
    if not 0 < size <= _HEAVIEST:
        raise refusal("must be between 1B and 100MB", "write a size such as 4MB")
    return size


Pattern = Annotated[Text, AfterValidator(_pattern)]
Tries = Annotated[int, Field(ge=0, le=100)]
Weight = Annotated[Size, AfterValidator(_weight)]


class Publish(Entry):
    """What becomes of finished work."""

    mode: Literal["draft", "ready", "off"] = Field(
        default="draft", description="Open a draft or a ready pull request, or leave the branch for a person."
    )
    author: Author | None = Field(
        default=None, description='Whose commits they are, "Name <mail>", by default the user\'s git identity.'
    )
    unverified: Literal["off", "draft"] = Field(
        default="off",
        description="What happens to work whose required verify commands fail: nothing is opened, or a draft is.",
    )
    protected: Annotated[tuple[Pattern, ...], Items] = Field(
        default=PROTECTED,
        description="Paths as in a .gitignore; a person has to look at work that touches one of them, and merges it.",
    )
    max_files: Annotated[int, Field(ge=1, le=PATHS_LIMIT)] = Field(
        default=Extent().max_files, description="Changed files of one pull request; more is not pushed."
    )
    max_bytes: Weight = Field(
        default=Extent().max_bytes, description="The size of its changed files together; more is not pushed."
    )
    max_file: Weight = Field(
        default=Extent().max_file, description="The size of a single file; one that becomes larger is not pushed."
    )


class Review(Entry):
    """How often the agent is started again, by itself, for one pull request; 0 never."""

    ci_fixes: Tries = Field(default=2, description="Times that failed checks are given back to the agent.")
    rounds: Tries = Field(default=3, description="Times that reviewers' findings are given back to the agent.")
    verify_fixes: Tries = Field(default=2, description="Times that failed verify commands are given back to the agent.")


class Merge(Entry):
    """Whether and how intake merges."""

    mode: Literal["off", "auto"] = Field(default="off", description="Off leaves merging to people.")
    method: Literal["squash", "merge", "rebase"] = Field(default="squash", description="How it is merged.")
    require_approval: bool = Field(
        default=True, description="Whether somebody with write access has to approve the very commit."
    )
    allow_no_checks: bool = Field(default=False, description="Whether a commit without any check may be merged.")
    delete_branch: bool = Field(default=False, description="Whether the remote branch is deleted after the merge.")
