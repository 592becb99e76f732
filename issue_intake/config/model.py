"""The configuration as the rest of intake sees it: everything resolved, nothing left to guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from issue_intake.config.agent import Agent, AgentPart
from issue_intake.config.publishing import Merge, Review
from issue_intake.config.repo import Transport
from issue_intake.config.schema import Limits, ProjectLimits
from issue_intake.config.verify import Verify
from issue_intake.config.workspace import Workspace
from issue_intake.core.authors import Authors
from issue_intake.core.leaving import Extent
from issue_intake.core.names import RepositoryName
from issue_intake.core.ports import Rule
from issue_intake.core.record import record

if TYPE_CHECKING:
    from issue_intake.config.presets import OwnAgent


@record
class App:
    """A GitHub App's installation, used in place of a token; `key_file` is its private key."""

    id: str
    installation: int
    key_file: Path


@record
class Project:
    """One project. Durations are seconds.

    `reference`: a local clone whose objects may serve the first copy. `rule` None: no issues are looked for.
    `workflow_file` is a WORKFLOW.md on disk, `workflow_path` one on the base branch; neither: the built-in one.
    `author`: "Name <mail>", None for the user's git identity. `max_pages` of a list are read; with less than `floor`
    requests left GitHub is left alone. `protected`: patterns for `core.paths.protected`, the prompt's own file among
    them. `verify_path`: a file on the base branch whose front matter adds to `verify`, None for none. `agents`: those
    of the user's own, by their names.
    """

    name: str
    enabled: bool
    repository: RepositoryName
    api_url: str
    token_env: str | None
    app: App | None
    max_pages: int
    floor: int
    transport: Transport
    git_url: str
    reference: Path | None
    rule: Rule | None
    authors: Authors
    workflow_file: Path | None
    workflow_path: str | None
    agent: Agent
    agent_by_label: Mapping[str, AgentPart]
    workspace: Workspace
    limits: ProjectLimits
    publish: Literal["draft", "ready", "off"]
    author: str | None
    unverified: Literal["off", "draft"]
    protected: tuple[str, ...]
    extent: Extent
    verify: tuple[Verify, ...]
    verify_path: str | None
    review: Review
    merge: Merge
    writes: Literal["off", "labels", "full"]
    backoff: float
    agents: Mapping[str, OwnAgent] = field(default_factory=dict)


@record
class Unresolved:
    """A project whose local clone could not be read just now: it stops alone, with this sentence."""

    name: str
    reason: str


@record
class Config:
    """The whole configuration. `worktrees` None: the usual place. `env`: the env file's variables, secrets too."""

    path: Path
    env_file: Path
    worktrees: Path | None
    limits: Limits
    projects: tuple[Project, ...]
    unresolved: tuple[Unresolved, ...]
    agents: Mapping[str, OwnAgent]
    env: Mapping[str, str] = field(repr=False)
