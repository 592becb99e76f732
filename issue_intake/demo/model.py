"""What the stand-in keeps in memory. Times are aware UTC datetimes of whole seconds; users are logins."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from issue_intake.core.record import record
from issue_intake.demo.bare import Bare
from issue_intake.demo.verdicts import BranchRules, Check, Event, Review, ReviewComment, Run, Status

State = Literal["open", "closed"]


@dataclass(slots=True, kw_only=True)
class Label:
    """A label of a repository; its name is unique whatever the case."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment on an issue or pull request; `author` None is a deleted account."""

    id: int
    author: str | None
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Pull:
    """What a pull request has beyond an issue. `source`: the head's repository id; it may have been deleted since.

    `unsettled`: how many answers more do not know yet whether it can be merged.
    """

    source: int
    source_owner: str
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_sha: str | None = None
    unsettled: int = 0
    reviews: list[Review] = field(default_factory=list)
    comments: list[ReviewComment] = field(default_factory=list)


@record
class BodyEdit:
    """A version of a body, the first one being how it was written. `by` None is a deleted account."""

    by: str | None
    at: datetime


@dataclass(slots=True, kw_only=True)
class Issue:
    """An issue, or (with `pull`) a pull request: they share numbers, labels, assignees and comments.

    `edits`: none as long as the body is as it was written.
    """

    id: int
    number: int
    title: str
    body: str | None
    author: str | None
    created_at: datetime
    updated_at: datetime
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    state: State = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    events: list[Event] = field(default_factory=list)
    edits: list[BodyEdit] = field(default_factory=list)
    pull: Pull | None = None


@dataclass(slots=True, kw_only=True)
class Repository:
    """A repository. `labels` by lower-case name; `deleted` are the numbers of issues that were; `parent` of a fork.

    `transferred`: where an issue went, as repository id and number; None is a place that nobody here may see.
    `roles` by lower-case login; `rules` by branch; `methods`: the ways to merge that are allowed.
    """

    id: int
    owner: str
    name: str
    bare: Bare
    private: bool
    created_at: datetime
    parent: int | None = None
    default_branch: str = "main"
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    seen_refs: dict[str, str] = field(default_factory=dict)
    numbers: int = 0
    transferred: dict[int, tuple[int, int] | None] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    rules: dict[str, BranchRules] = field(default_factory=dict)
    methods: frozenset[str] = frozenset({"merge", "squash", "rebase"})
    checks: dict[int, Check] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


@record
class Token:
    """A credential and whose it is; without `write` it only reads.

    `checks`: it may read check runs, which a fine-grained token may not; `actions`: it may run jobs again.
    """

    login: str
    write: bool = True
    checks: bool = True
    actions: bool = True
