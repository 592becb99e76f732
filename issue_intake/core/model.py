"""The records intake reasons about: frozen, plain, free of I/O.

Times are aware UTC datetimes, durations are seconds, shas are 40 or 64 hex digits. `None` means
"not known" wherever a look may have failed; an empty tuple means "looked, and there is nothing".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from issue_intake.core.attempt import Attempt
from issue_intake.core.leaving import Guarded
from issue_intake.core.ledger import Cause, Ledger, Mirrored, Standing
from issue_intake.core.record import record


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


@record
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


@record
class Pull:
    """A pull request whose head is a branch of the session's own repository."""

    number: int
    url: str
    state: Literal["open", "closed", "merged"]
    branch: str
    head_sha: str | None
    draft: bool = False


@record
class Repository:
    """What the tracker says a repository is. The id survives a rename, the name does not."""

    id: int
    name: str
    default_branch: str
    private: bool = False


@record
class Poll:
    """One successful look at a project's open issues: those that meet the rule, all pages."""

    issues: tuple[Issue, ...]
    warnings: tuple[str, ...] = ()
    requests: int = 0
    unchanged: int = 0


Workspace = Literal["none", "ready", "removed", "kept"]


@record
class Delay:
    """Something outside failed `failures` times in a row and is not tried again before `until`."""

    until: datetime
    reason: str
    failures: int = 1


@record
class Session:
    """The durable record of one issue taken on; one per key, for ever.

    `branch_round` counts the branches (agent/issue-7, agent/issue-7-2, …). `announced_sha` is a commit
    about to be pushed, made for attempt `announced_for`; `pushed_sha` is known to be on the remote.
    `cleared_sha`: the commit that was found fit to leave; no other is pushed. `guarded`: the protected paths in it.
    `seen_unasked`: a look found the issue open without the rule's labels since the session ended, so their return
    asks again. `listed`: the latest poll found the issue. `workspace`: whether worktree and agent's repository are
    there (`kept`: they hold unpublished work). `hook_done`: after_create has succeeded.

    `cause`: why the next attempt, or the one under way, works on what was done already. `incoming`: a commit that it
    brings into the worktree first. `pushed_at`: when `pushed_sha` was.

    `label`: the one of intake's own (agent:…) that the issue bears as far as was seen; taking it off means stop.
    `labels_next`: those about to be set, or set and not seen yet, in this order. `text` and `assignees`:
    a hash of the issue's words, and who was assigned, when the latest attempt was claimed; `asides`: what is
    different by now, in sentences.

    `by_writer`: whether the issue's author may push to the repository, or is trusted as if; None: not asked.
    `vouched_at`: when somebody who may asked for a stranger's issue to be worked on; what strangers wrote later
    reaches no agent. `asked_at`: the issue's time when it was seen that a person asked again by the rule; who vouches
    is then looked up anew.

    `neutralised`: the worktree was made without the repository's settings that run code; `settings`: the first of
    those that it brings.
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
    cleared_sha: str | None = None
    guarded: Guarded | None = None
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
    by_writer: bool | None = None
    vouched_at: datetime | None = None
    asked_at: datetime | None = None
    neutralised: bool = False
    settings: tuple[str, ...] = ()

    @property
    def last(self) -> Attempt | None:
        """The latest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def working(self) -> bool:
        """Whether a worker is, or may be, under way."""
        return self.last is not None and self.last.open

    def pushed(self, sha: str | None, at: datetime) -> Session:
        """The session with `sha`, None for nothing, as the head of its branch since `at`."""
        ledger = self.ledger.with_push(sha) if sha else self.ledger
        return replace(self, announced_sha=sha, pushed_sha=sha, pushed_at=at, ledger=ledger)

    def with_last(self, attempt: Attempt) -> Session:
        """The session with its latest attempt replaced."""
        return replace(self, attempts=(*self.attempts[:-1], attempt))


@record
class Backoff:
    """A project rests until then. `named`: the tracker itself named the time, so it is not asked anything before."""

    until: datetime
    reason: str
    failures: int = 1
    named: bool = False


@record
class Waiting:
    """An eligible issue that has not been claimed, and why."""

    key: str
    number: int
    title: str
    url: str
    created_at: datetime
    code: str
    reason: str


@record
class Refusal:
    """Why an issue may not be worked on, as it was at `updated_at`, looked into at `asked_at`.

    `under`: a hash of the rule and the people in the configuration that this holds for.
    """

    number: int
    updated_at: datetime
    asked_at: datetime
    under: str
    code: str
    reason: str


@record
class ProjectState:
    """What is remembered of one project between ticks. `credential` is a fingerprint, never the token.

    `former`: paths that the repository with this id had before. `refused`: listed issues that may not be worked on,
    remembered so that each is not looked into at every run.
    """

    repository: str | None = None
    former: tuple[str, ...] = ()
    repo_id: int | None = None
    credential: str | None = None
    last_poll_at: datetime | None = None
    backoff: Backoff | None = None
    waiting: tuple[Waiting, ...] = ()
    refused: tuple[Refusal, ...] = ()


@record
class AgentRest:
    """How an agent's latest attempts went: `quick` bad ends in a row, and until when its starts rest."""

    quick: int = 0
    rests: int = 0
    until: datetime | None = None
    reason: str = ""


@record
class LastRun:
    """The latest tick: when it ended and how."""

    at: datetime
    exit_code: int
    summary: str


@record
class Configured:
    """What the configuration said at the latest run, for those who look at the memory alone.

    `running`: workers at the same time; `attempts`: bad ends in a row that block, by project; `writes`: whether
    anything is written on issues. `cost_per_day`: what may be spent in 24 hours, None for no limit.
    """

    running: int = 4
    attempts: Mapping[str, int] = field(default_factory=dict)
    writes: bool = False
    cost_per_day: float | None = None


@record
class State:
    """The whole memory. `credentials`: limits that hold for all projects of one credential, by its fingerprint.

    `obeyed`: ids of requests that were carried out and may still lie there. `spent_up`: the currencies in which the
    day's limit held at the latest run, so that it is said once.
    """

    projects: Mapping[str, ProjectState] = field(default_factory=dict)
    sessions: Mapping[str, Session] = field(default_factory=dict)
    agents: Mapping[str, AgentRest] = field(default_factory=dict)
    credentials: Mapping[str, Backoff] = field(default_factory=dict)
    last_run: LastRun | None = None
    configured: Configured | None = None
    obeyed: tuple[str, ...] = ()
    spent_up: tuple[str, ...] = ()
