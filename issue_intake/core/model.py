"""The records intake reasons about: frozen, plain, free of I/O.

Times are aware UTC datetimes, durations are seconds, shas are 40 or 64 hex digits. `None` means
"not known" wherever a look may have failed; an empty tuple means "looked, and there is nothing".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from issue_intake.core.ledger import Cause, Ledger, Mirrored, Standing


class Stage(StrEnum):
    """Where a session stands."""

    QUEUED = "queued"
    TRIAGING = "triaging"
    PLANNING = "planning"
    SPLITTING = "splitting"
    IN_PROGRESS = "in_progress"
    REVIEW = "review"
    DONE = "done"
    BLOCKED = "blocked"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    NEEDS_HUMAN = "needs_human"
    CANCELLED = "cancelled"


class Role(StrEnum):
    """What an attempt's worker was started for."""

    CODER = "coder"
    TRIAGER = "triager"
    PLANNER = "planner"
    SPLITTER = "splitter"
    DEBUGGER = "debugger"
    REVIEWER = "reviewer"


class Outcome(StrEnum):
    """How an attempt ended; exactly one each."""

    DONE = "done"
    NO_CHANGES = "no_changes"
    BLOCKED = "blocked"
    FAILED = "failed"
    TIMEOUT = "timeout"
    STALLED = "stalled"
    CRASHED = "crashed"
    CANCELLED = "cancelled"
    QUOTA = "quota"
    SETUP_FAILED = "setup_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue as the tracker shows it. Title and body are a stranger's text: data, never instructions."""

    number: int
    id: int
    title: str
    body: str
    url: str
    state: Literal["open", "closed"]
    labels: tuple[str, ...]
    assignees: tuple[str, ...]
    author: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A pull request whose head is a branch of the session's own repository."""

    number: int
    url: str
    state: Literal["open", "closed", "merged"]
    branch: str
    head_sha: str | None
    draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What the tracker says a repository is. The id survives a rename, the name does not."""

    id: int
    name: str
    default_branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One successful look at a project's open issues: those that meet the rule, all pages."""

    issues: tuple[Issue, ...]
    warnings: tuple[str, ...] = ()
    requests: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How a command of the project's own judged the work. `exit_code` None: it was ended, or could not be started.

    `tail`: the last 50 lines it wrote, cleaned.
    """

    name: str
    exit_code: int | None
    seconds: float
    required: bool
    tail: str = ""

    @property
    def passed(self) -> bool:
        """Whether it found nothing wrong."""
        return self.exit_code == 0


def refusing(verified: tuple[Verified, ...]) -> tuple[str, ...]:
    """The names of those that had to pass and did not."""
    return tuple(each.name for each in verified if each.required and not each.passed)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What is known of an attempt that ended, read from its records.

    `outcome` None: the agent exited with 0 and said nothing, so the tree decides between `done` and
    `no_changes`. `summary` is the agent's own word, one cleaned line or a few; `last_line` the last of its output.
    `error` is the seam's sentence for a bad end ("exit code 3", "no output for 20m").
    """

    outcome: Outcome | None
    ended_at: datetime
    started_at: datetime | None = None
    summary: str = ""
    pr_title: str = ""
    pr_body: str = ""
    blockers: tuple[str, ...] = ()
    error: str = ""
    last_line: str = ""
    hook_done: bool = False
    conversation: str | None = None
    cost_usd: float | None = None
    tokens: int | None = None
    quota_until: datetime | None = None
    verified: tuple[Verified, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One worker of a session. `handle` is the worker seam's own plain JSON, None until it was started.

    `takes`: a commit that the worker brings into the worktree before the agent begins: a merge of intake's own, or
    the base itself where that conflicts. `resumed`: it goes on with the agent's own earlier conversation.
    """

    number: int
    role: Role
    agent: str
    claimed_at: datetime
    handle: Mapping[str, str | int] | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    counted: bool = False
    probe: bool = False
    takes: str | None = None
    cause: Cause | None = None
    resumed: bool = False
    note: str = ""
    stop_asked: bool = False
    unknown_since: datetime | None = None
    conversation: str | None = None
    cost_usd: float | None = None
    tokens: int | None = None
    verified: tuple[Verified, ...] = ()

    @property
    def open(self) -> bool:
        """Whether its worker is, or may be, at work: no end is on record."""
        return self.ended_at is None


Workspace = Literal["none", "ready", "removed", "kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Something outside failed `failures` times in a row and is not tried again before `until`."""

    until: datetime
    reason: str
    failures: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The durable record of one issue taken on; one per key, for ever.

    `branch_round` counts the branches (agent/issue-7, agent/issue-7-2, …). `announced_sha` is a commit
    about to be pushed, made for attempt `announced_for`; `pushed_sha` is known to be on the remote.
    `seen_unasked`: a look found the issue open without the rule's labels since the session ended, so their return
    asks again. `listed`: the latest poll found the issue. `workspace`: whether worktree and agent's repository are
    there (`kept`: they hold unpublished work). `hook_done`: after_create has succeeded.

    `cause`: why the next attempt, or the one under way, works on what was done already. `incoming`: a commit that it
    brings into the worktree first. `pushed_at`: when `pushed_sha` was.

    `label`: the one of intake's own (agent:…) that the issue bears as far as was seen; taking it off means stop.
    `labels_next`: those about to be set, or set and not seen yet, in this order. `text` and `assignees`:
    a hash of the issue's words, and who was assigned, when the latest attempt was claimed; `asides`: what is
    different by now, in sentences.
    """

    key: str
    project: str
    repository: str
    repo_id: int
    number: int
    title: str
    url: str
    stage: Stage
    since: datetime
    created_at: datetime
    branch: str
    branch_round: int = 1
    note: str = ""
    base: str | None = None
    base_sha: str | None = None
    worktree: str = ""
    workspace: Workspace = "none"
    hook_done: bool = False
    attempts: tuple[Attempt, ...] = ()
    bad_ends: int = 0
    next_attempt_at: datetime | None = None
    announced_sha: str | None = None
    announced_for: int | None = None
    pushed_sha: str | None = None
    pushed_at: datetime | None = None
    pull: Pull | None = None
    standing: Standing | None = None
    ledger: Ledger = field(default_factory=Ledger)
    cause: Cause | None = None
    incoming: str | None = None
    trouble: Delay | None = None
    seen_unasked: bool = False
    listed: bool = False
    label: str | None = None
    labels_next: tuple[str, ...] = ()
    mirrored: Mirrored | None = None
    text: str | None = None
    assignees: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()

    @property
    def last(self) -> Attempt | None:
        """The latest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def working(self) -> bool:
        """Whether a worker is, or may be, under way."""
        return self.last is not None and self.last.open

    def with_last(self, attempt: Attempt) -> Session:
        """The session with its latest attempt replaced."""
        return replace(self, attempts=(*self.attempts[:-1], attempt))


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """A project rests until then. `named`: the tracker itself named the time, so it is not asked anything before."""

    until: datetime
    reason: str
    failures: int = 1
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An eligible issue that has not been claimed, and why."""

    key: str
    number: int
    title: str
    url: str
    created_at: datetime
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectState:
    """What is remembered of one project between ticks. `credential` is a fingerprint, never the token.

    `former`: paths that the repository with this id had before.
    """

    repository: str | None = None
    former: tuple[str, ...] = ()
    repo_id: int | None = None
    credential: str | None = None
    last_poll_at: datetime | None = None
    backoff: Backoff | None = None
    waiting: tuple[Waiting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRest:
    """How an agent's latest attempts went: `quick` bad ends in a row, and until when its starts rest."""

    quick: int = 0
    rests: int = 0
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """The latest tick: when it ended and how."""

    at: datetime
    exit_code: int
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The whole memory. `credentials`: limits that hold for all projects of one credential, by its fingerprint.

    `obeyed`: ids of requests that were carried out and may still lie there.
    """

    projects: Mapping[str, ProjectState] = field(default_factory=dict)
    sessions: Mapping[str, Session] = field(default_factory=dict)
    agents: Mapping[str, AgentRest] = field(default_factory=dict)
    credentials: Mapping[str, Backoff] = field(default_factory=dict)
    last_run: LastRun | None = None
    obeyed: tuple[str, ...] = ()
