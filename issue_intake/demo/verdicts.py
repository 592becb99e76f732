"""What is said of a commit or a pull request: checks, statuses, reviews, and the rules of a branch about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from issue_intake.core.record import record

ACTIONS = "github-actions"


@dataclass(slots=True, kw_only=True)
class Check:
    """A check run of `app` (a slug); that of an Actions job (`run`) has the job's id. `log` None: there is none.

    `conclusion` None: it has not ended. `replaced`: it was run again since.
    """

    id: int
    name: str
    sha: str
    app: str
    suite: int
    created_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    completed_at: datetime | None = None
    run: int | None = None
    attempt: int = 1
    summary: str | None = None
    log: str | None = None
    replaced: bool = False


@dataclass(slots=True, kw_only=True)
class Run:
    """A run of an Actions workflow. `conclusion` counts only where it has no jobs, as after a startup failure."""

    id: int
    name: str
    sha: str
    branch: str | None
    number: int
    suite: int
    created_at: datetime
    conclusion: str | None = None
    attempt: int = 1


@record
class Status:
    """A commit status: error, failure, pending or success; of each `context` the latest counts."""

    id: int
    sha: str
    context: str
    state: str
    creator: str
    created_at: datetime
    description: str | None = None
    target_url: str | None = None


@dataclass(slots=True, kw_only=True)
class Review:
    """A review of the commit `sha`: APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED."""

    id: int
    author: str | None
    state: str
    body: str
    sha: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class ReviewComment:
    """A comment on a line of the commit `sha`, on the whole file without `line`. `hunk`: that part of the diff.

    `reply_to`: the id of the thread's first comment, which alone knows whether the thread is resolved, and by whom.
    """

    id: int
    review: int
    author: str | None
    body: str
    path: str
    line: int | None
    sha: str
    hunk: str
    created_at: datetime
    updated_at: datetime
    reply_to: int | None = None
    resolved_by: str | None = None


@record
class BranchRules:
    """What must hold before a pull request is merged into a branch: approvals, checks by name, being up to date."""

    approvals: int = 0
    checks: frozenset[str] = frozenset()
    up_to_date: bool = False


@record
class Event:
    """Something that happened to an issue. `detail`: its label, assignee, or the title before and after."""

    id: int
    kind: str
    actor: str | None
    at: datetime
    detail: tuple[str, ...] = ()
    commit: str | None = None
