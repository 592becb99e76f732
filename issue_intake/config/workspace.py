"""What an agent finds when it starts."""

from __future__ import annotations

from pydantic import Field

from issue_intake.config.words import Branch, Duration, Entry, Script


class Hooks(Entry):
    """Lines for sh that the worker runs in the worktree."""

    after_create: Script | None = Field(default=None, description="Run in a new worktree until it has once succeeded.")
    before_run: Script | None = Field(
        default=None, description="Run before every attempt; its failure ends the attempt."
    )
    after_run: Script | None = Field(default=None, description="Run after every attempt; its failure is only logged.")
    timeout: Duration = Field(default=60.0, description="The longest each of them may take.")


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
