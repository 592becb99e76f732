"""The seams to the world outside, as small Protocols. Real parts and fakes pass the same contract tests.

Every method may raise `errors.UnavailableError` (try later) or `errors.RefusedError` (final); nothing else is
expected to leave a seam. All of them have a time limit of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from issue_intake.core.authors import History
from issue_intake.core.leaving import Extent, Leaving
from issue_intake.core.model import Issue, Poll, Pull, Repository, Session
from issue_intake.core.record import record
from issue_intake.core.review import Check, Label, Merging, PullFacts, Threads
from issue_intake.core.work import Order, Ref, Sight


@record
class Rule:
    """Which open issues a project takes: all of `labels` (any case), none of `exclude_labels`, the assignee.

    `assignee`: a login, "*" for anyone, "none" for nobody, None when it does not matter. `query`: a search in the
    tracker's own words that an issue must match as well; the tracker alone can tell.
    """

    labels: tuple[str, ...] = ()
    exclude_labels: tuple[str, ...] = ()
    assignee: str | None = None
    query: str | None = None


class Tracker(Protocol):
    """Reads one project's issues."""

    def repository(self) -> Repository:
        """What the configured name stands for now (renames followed)."""
        ...

    def poll(self, rule: Rule) -> Poll:
        """Every open issue that meets the rule, pull requests left out. A failed page is a failed poll."""
        ...

    def issue(self, number: int) -> Issue:
        """One issue by its number, whatever its state. Raises GoneError on 404 and 410."""
        ...

    def missing_labels(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `labels` that do not exist in the repository."""
        ...


class Provenance(Protocol):
    """Tells who may write to one project's repository, and what was done to its issues by whom."""

    def writes(self, login: str) -> bool | None:
        """Whether the login has write access; None where it could not be told."""
        ...

    def history(self, number: int) -> History:
        """All that was done to an issue, as of now: never from an earlier look. Raises RefusedError if cut off."""
        ...


class Pulls(Protocol):
    """Reads and opens one project's pull requests; heads are branches of the same repository."""

    def by_branch(self, branch: str) -> tuple[Pull, ...]:
        """All pull requests, open or not, whose head is `branch` of this very repository; newest first."""
        ...

    def get(self, number: int) -> Pull:
        """One pull request."""
        ...

    def open(self, request: PullRequest) -> Pull:
        """Open one. "Already exists" is not an error here: the existing one is looked up and returned."""
        ...


class Reviews(Protocol):
    """Reads what became of one project's open pull requests."""

    def facts(self, number: int) -> PullFacts:
        """All that REST tells of a pull request; a part that could not be had is None. All pages, conditionally."""
        ...

    def threads(self, numbers: tuple[int, ...]) -> Mapping[int, Threads] | None:
        """What GraphQL tells of these pull requests, in one query; None where the server has no GraphQL."""
        ...

    def log_tail(self, check: Check) -> str:
        """The last 50 lines of a failed check's log, cleaned; "" where there is none or the token may not read it."""
        ...


class Steering(Protocol):
    """Acts on one project's pull requests. Raises RefusedError with GitHub's reason where it says no."""

    def rerun(self, check: Check) -> bool:
        """Have an Actions job run again; False where the token may not."""
        ...

    def mark_ready(self, number: int) -> None:
        """Take the pull request out of draft; being out of it is success."""
        ...

    def merge(self, merging: Merging) -> None:
        """Merge it; being merged already is success."""
        ...

    def delete_branch(self, branch: str, sha: str) -> None:
        """Delete a branch of intake's that still is at `sha`; being gone already is success."""
        ...


class Notes(Protocol):
    """Writes on one project's issues and pull requests. Everything may be repeated: the result is the same."""

    def set_label(self, number: int, label: Label | None, family: tuple[str, ...]) -> None:
        """Let `label` be the only one of `family` on the issue, others untouched; made where it does not exist."""
        ...

    def comment(self, number: int, marker: str, text: str) -> None:
        """Let the comment of ours that carries `marker` say `text`, posted where there is none."""
        ...


@record
class PullRequest:
    """What a pull request is opened with."""

    branch: str
    base: str
    title: str
    body: str
    draft: bool


@record
class Base:
    """The branch work starts from, and its commit on the remote as just fetched."""

    branch: str
    sha: str


@record
class Commit:
    """intake's own commit of a worktree's files, in the git folder `where`. `changed`: its tree is not the parent's.

    `left_out`: paths of settings that run code, which the worktree has otherwise than they were published.
    """

    sha: str
    changed: bool
    where: str
    left_out: tuple[str, ...] = ()


@record
class Merged:
    """A merge of the base into what was last pushed. `sha` None: it does not merge cleanly, `conflicts` says where.

    `sha` is what was last pushed where the base holds nothing new.
    """

    sha: str | None
    conflicts: tuple[str, ...] = ()


@record
class CommitText:
    """What a commit says and when: all of it given, so that repeating the commit gives the same sha."""

    message: str
    at: datetime


class Clone(Protocol):
    """One project's clean clone."""

    def refresh(self, base: str | None) -> Base | None:
        """Bring it up to date; None while the first copy is still being made by a detached order (started if need be).

        `base`: the configured base branch, None for the remote's default branch.
        """
        ...

    def copied(self) -> bool:
        """Whether the first copy is made. Starts nothing."""
        ...

    def last_seen(self, base: str | None) -> Base | None:
        """The base as of the latest refresh, None where there is no clone or no such branch. Asks no remote."""
        ...

    def remote_head(self, branch: str) -> str | None:
        """The sha the remote has for refs/heads/`branch` now, None where there is no such branch."""
        ...

    def read_file(self, base: Base, path: str) -> str | None:
        """The text of a file on the base, None if there is none."""
        ...


class Worktrees(Protocol):
    """The worktrees of one project's sessions, and what is published from them."""

    def prepare(self, session: Session, base: Base) -> tuple[str, ...]:
        """Make the session's repository and worktree from `base`, replacing a half-made one no agent has seen.

        Returns the settings that run code on `base`; where session.neutralised, the worktree lacks them.
        """
        ...

    def commit(self, session: Session, text: CommitText) -> Commit:
        """Commit the worktree's files on top of what was last pushed (else the base), outside the agent's own.

        What the latest attempt took in becomes a parent as well. Where session.neutralised, settings that run code
        stay what they were. Raises RefusedError where the files undo what was taken in.
        """
        ...

    def push(self, session: Session, sha: str) -> None:
        """Push `sha` to refs/heads/<session.branch>; never a force. Being there already is success."""
        ...

    def merge(self, session: Session, base: Base, text: CommitText) -> Merged:
        """Merge `base` into session.pushed_sha in intake's own repository; the worktree is not touched."""
        ...

    def bundle(self, session: Session, sha: str) -> Path:
        """A file by which the agent's repository can take in `sha`, from session.base_sha on. Nothing else goes in."""
        ...

    def touched(self, session: Session, base: Base) -> tuple[str, ...]:
        """The paths in which session.pushed_sha differs from where it left `base`."""
        ...

    def inspect(self, session: Session, base: Base, sha: str, extent: Extent) -> Leaving:
        """What `sha`, made by `commit` or `merge`, holds beyond where it left `base`, secrets in it among that."""
        ...

    def remove(self, session: Session) -> str:
        """Remove worktree and agent's repository if all that they hold is published.

        Returns "" when they are gone, otherwise the sentence why they were kept.
        """
        ...


class Worker(Protocol):
    """Where orders run: attempts of sessions, and first clones. Here: a detached supervisor on this host."""

    def start(self, order: Order) -> Mapping[str, str | int]:
        """Start the order; returns its handle, plain JSON. Its folder is made exclusively: a second start raises."""
        ...

    def look(self, ref: Ref) -> Sight:
        """What became of it. Starts nothing, stops nothing; may take secrets out of the records of an end."""
        ...

    def stop(self, ref: Ref) -> None:
        """Ask the worker to end its whole tree; returns at once."""
        ...

    def end_leftovers(self, ref: Ref) -> bool:
        """End whatever a lost worker left; True when nothing of it survives."""
        ...
