"""What the stand-in keeps in memory. Times are aware UTC datetimes of whole seconds; users are logins."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from issue_intake.demo.bare import Bare

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
    """What a pull request has beyond an issue. `source`: the head's repository id; it may have been deleted since."""

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


@dataclass(slots=True, kw_only=True)
class Issue:
    """An issue, or (with `pull`) a pull request: they share numbers, labels, assignees and comments."""

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
    pull: Pull | None = None


@dataclass(slots=True, kw_only=True)
class Repository:
    """A repository. `labels` by lower-case name; `deleted` are the numbers of issues that were; `parent` of a fork."""

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

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A credential and whose it is; without `write` it only reads."""

    login: str
    write: bool = True
