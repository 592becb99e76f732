"""What may stand in the configuration: every key, its default, and a sentence on what it does."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from issue_intake.config.agent import Agent, AgentPart
from issue_intake.config.choice import ChoosingLabel
from issue_intake.config.publishing import Merge, Publish, Review
from issue_intake.config.tracker import Github, Intake
from issue_intake.config.verify import Commands
from issue_intake.config.words import (
    Amount,
    Duration,
    Entry,
    PathText,
    ProjectName,
    Repository,
    Size,
    refusal,
)
from issue_intake.config.workspace import Workspace

_LEAST_MEMORY = 64 * 10**6  # bytes


def _version(number: int) -> int:
    if number != 1:
        raise refusal(f"{number} is not a version this intake reads", "write version: 1")
    return number


def _workflow(text: str) -> str:
    if text.startswith(("~", "/")):
        return text
    if ".." in text.split("/"):
        raise refusal("leaves the repository", "write a path on the base branch, or an absolute one")
    return text


def _memory(count: int) -> int:
    if count < _LEAST_MEMORY:
        raise refusal("is less than any agent needs", "write 64MB or more, such as 4GiB")
    return count


class Limits(Entry):
    """Limits on all projects together."""

    running: int = Field(default=4, ge=1, le=1000, description="Workers that run at the same time.")
    starts_per_day: int = Field(default=10, ge=1, le=100_000, description="Attempts started in any 24 hours.")
    cost_per_day: Amount | None = Field(
        default=None,
        description="What may be spent in any 24 hours, in the own currency of the agent that would start.",
    )
    disk: Size = Field(default=2**30, description="Free disk space below which nothing starts.")


class ProjectLimits(Entry):
    """Limits on one project."""

    running: int = Field(default=2, ge=1, le=1000, description="Workers of this project that run at the same time.")
    open_pulls: int = Field(
        default=3, ge=1, le=1000, description="Open pull requests of intake's beyond which it waits."
    )
    attempts: int = Field(default=3, ge=1, le=100, description="Bad ends in a row after which a session is blocked.")
    timeout: Duration = Field(default=7200.0, description="The longest an attempt may take.")
    stall: Duration = Field(default=1200.0, description="How long an agent may show no sign of work.")
    memory: Annotated[Size, AfterValidator(_memory)] | None = Field(
        default=None, description="Memory that an attempt may use at once with all it starts; more ends it."
    )
    processes: int | None = Field(
        default=None, ge=1, le=100_000, description="Processes that an attempt may run at once; more end it."
    )
    cost_per_issue: Amount | None = Field(
        default=None,
        description="What may be spent on one issue, in the own currency of the agent that would start; then blocked.",
    )


class ProjectEntry(Entry):
    """One project: a repository, its rule, its agent, its limits."""

    repo: Repository = Field(
        description="owner/name, a git URL, or a local clone, of which only origin and objects are used.",
        examples=["repo: owner/name"],
    )
    name: ProjectName | None = Field(
        default=None, description="What it is called here, by default the repository's name."
    )
    enabled: bool = Field(default=True, description="Whether new issues are taken on.")
    tracker: Literal["github"] = Field(default="github", description="Where the issues are.")
    github: Github = Field(default=Github(), description="Where the project's issues and code are.")
    intake: Intake | None = Field(
        default=None, description="Which issues are taken on; without it none are looked for."
    )
    workflow: Annotated[PathText, AfterValidator(_workflow)] | None = Field(
        default=None,
        description="A WORKFLOW.md: relative on the base branch, absolute or ~ on disk, else the built-in one.",
    )
    agent: Agent = Field(description="The program that works on issues.", examples=["agent: claude"])
    agent_by_label: dict[ChoosingLabel, AgentPart] = Field(
        default={}, description="What a label of an issue says of its agent: a preset, or any part laid over agent."
    )
    workspace: Workspace = Field(default=Workspace(), description="What an agent finds when it starts.")
    limits: ProjectLimits = Field(default=ProjectLimits(), description="Limits on this project.")
    publish: Publish = Field(default=Publish(), description="What becomes of finished work.")
    verify: Commands = Field(default=(), description="Commands that judge the work after the agent, in this order.")
    verify_from_workflow: bool = Field(
        default=False, description="Whether verify: in the front matter of the base branch's WORKFLOW.md adds to them."
    )
    review: Review = Field(default=Review(), description="How often the agent is started again for a pull request.")
    merge: Merge = Field(default=Merge(), description="Whether and how intake merges.")
    writes: Literal["off", "labels", "full"] = Field(
        default="off", description="What intake writes on issues: nothing, the stage's label, or a comment as well."
    )
    backoff: Duration = Field(
        default=300.0, description="How long the project first rests when something outside fails."
    )

    @model_validator(mode="after")
    def _token_kept_from_agent(self) -> Self:
        token = self.github.token_env
        agents = (self.agent, *self.agent_by_label.values())
        if token and any(token in agent.pass_env or token in agent.env for agent in agents):
            raise refusal(f"hands the agent {token}, the project's own token", "remove it from pass_env and env")
        return self

    @model_validator(mode="after")
    def _everything_in_a_sandbox_alone(self) -> Self:
        agents = (self.agent, *self.agent_by_label.values())
        if self.workspace.sandbox == "none" and any(agent.permissions == "everything" for agent in agents):
            raise refusal(
                "lets the agent do everything with nothing around it", "add workspace: {sandbox: bwrap}, or name less"
            )
        return self


class ConfigFile(Entry):
    """The whole file. Agents, defaults and projects are checked one by one, as each project takes over the defaults."""

    version: Annotated[int, AfterValidator(_version)] = Field(default=1, description="The version of this format.")
    env_file: PathText = Field(default="env", description="NAME=value lines beside the configuration, mode 0600.")
    worktrees: PathText | None = Field(default=None, description="Where agents work, by default ~/intake.")
    limits: Limits = Field(default=Limits(), description="Limits on all projects together.")
    agents: dict[str, object] = Field(
        default={}, description="Agents of your own by their names, and known ones changed."
    )
    defaults: dict[str, object] = Field(default={}, description="Any keys of a project, for those that lack them.")
    projects: list[object] = Field(description="The projects.", examples=["projects: [{repo: owner/name, …}]"])
