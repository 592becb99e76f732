"""What was looked up about one open pull request in one tick: its head, checks, reviews, comments. Free of I/O.

None where it could not be had: that decides nothing. An empty tuple means "looked, and there is nothing".
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from issue_intake.core.model import Pull
from issue_intake.core.record import record


class CheckState(StrEnum):
    """What a check says of the head. BROKEN_OFF: it came to no verdict of its own (timed out, cancelled, …)."""

    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"
    NEUTRAL = "neutral"
    BROKEN_OFF = "broken_off"
    ACTION_REQUIRED = "action_required"


@record
class Check:
    """A check run, a commit status, or a job of an Actions run. `conclusion`: in the server's own word, "" if pending.

    `job`: the Actions job whose log can be had and which can be run again, None for others.
    """

    name: str
    state: CheckState
    conclusion: str = ""
    url: str = ""
    summary: str = ""
    job: int | None = None


ReviewState = Literal["approved", "changes_requested", "commented", "dismissed"]


@record
class Review:
    """A submitted review of the commit `sha`. `steers`: its author has write access; None: could not be told."""

    id: int
    author: str | None
    state: ReviewState
    text: str
    sha: str | None
    at: datetime
    url: str = ""
    steers: bool | None = None


@record
class Comment:
    """A comment on a line, made on the commit `sha` (the original one). intake's own are left out.

    `line` None: on the whole file, or on a line that is gone. `thread`: the id of the first comment of its thread.
    `steers` as in a review.
    """

    id: int
    thread: int
    author: str | None
    path: str
    line: int | None
    text: str
    sha: str | None
    at: datetime
    url: str = ""
    steers: bool | None = None


@record
class MergeLabel:
    """The label that stands for an approval was set. `steers`: by somebody with write access."""

    by: str | None
    at: datetime
    steers: bool | None


@record
class Threads:
    """What only GraphQL tells. `resolved`: threads (ids of their first comments)."""

    resolved: frozenset[int]


@record
class PullFacts:
    """All that was looked up about a pull request.

    `mergeable` and `merge_state` are GitHub's own (clean, dirty, behind, blocked, unstable, draft, unknown); `own`:
    its author is whoever intake's credential stands for. `checks` are those of the head; `reviews` and `comments`
    oldest first. `remarks`: what could not be read for good, in sentences to be said once.
    """

    pull: Pull
    base: str
    base_sha: str | None
    mergeable: bool | None
    merge_state: str
    author: str | None
    own: bool
    labels: tuple[str, ...]
    checks: tuple[Check, ...] | None = None
    reviews: tuple[Review, ...] | None = None
    comments: tuple[Comment, ...] | None = None
    merge_label: MergeLabel | None = None
    remarks: tuple[str, ...] = ()


@record
class Merging:
    """How a pull request is merged: only while its head is `sha`. `title`: of the new commit, "" for GitHub's own."""

    number: int
    sha: str
    method: Literal["squash", "merge", "rebase"]
    title: str = ""


@record
class Label:
    """A label as it is made where it does not exist: `colour` in six hex digits."""

    name: str
    colour: str
    description: str
