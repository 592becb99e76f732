"""What came of an action."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from issue_intake.core.attempt import End
from issue_intake.core.leaving import Guarded
from issue_intake.core.model import Pull
from issue_intake.core.record import record


@record(kw_only=False)
class Prepared:
    """The session's repository and worktree are there, made from the base branch at `base_sha`.

    `settings` of the repository's run code; `neutralised`: the worktree was made without them.
    """

    base: str
    base_sha: str
    worktree: str
    settings: tuple[str, ...] = ()
    neutralised: bool = False


@record(kw_only=False)
class Started:
    """The worker was started; `handle` finds it again. `resumed`: with the agent's earlier conversation."""

    handle: Mapping[str, str | int]
    resumed: bool = False


@record(kw_only=False)
class NotPrepared:
    """Something outside failed before a worker was started. The attempt never was; the project rests."""

    reason: str


@record(kw_only=False)
class StopAsked:
    """The worker was asked to end."""


@record
class Swept:
    """Leftovers of a vanished worker were ended. `clean`: none survives; `ran`: the agent may have run.

    `told`: see `core.work.Lost`.
    """

    clean: bool
    ran: bool
    told: End | None = None


@record
class Committed:
    """The worktree's files are committed in the git folder `where`. `changed`: they differ from the last publish.

    `guarded`: the protected paths in it; there is nothing else in it that may not leave.
    `left_out`: settings that run code, which the agent wrote and are not published.
    """

    sha: str
    changed: bool
    where: str
    guarded: Guarded | None = None
    left_out: tuple[str, ...] = ()


@record(kw_only=False)
class KeptBack:
    """The commit holds what must not leave: it is not pushed."""

    reason: str


@record(kw_only=False)
class Pushed:
    """The announced commit is on the remote."""


@record(kw_only=False)
class Opened:
    """The pull request is there."""

    pull: Pull


@record(kw_only=False)
class CleanedUp:
    """Worktree and agent's repository are gone, or kept for the reason given."""

    kept: str


@record(kw_only=False)
class Troubled:
    """Something outside failed; the same action is due again later."""

    reason: str
    until: datetime | None = None


@record(kw_only=False)
class Refused:
    """The other side said no for good."""

    reason: str


@record(kw_only=False)
class Distrusted:
    """What would reach the agent is not what somebody vouched for. Nothing was started; a person decides."""

    reason: str


@record
class Reran:
    """Checks of `head` were looked into; `asked` of them run again, in which time they say nothing.

    `unable`: all that is wrong with them is worth another run, and the token may not ask for it.
    """

    head: str
    asked: int
    unable: bool = False


@record
class BaseMerged:
    """The base at `base_sha` was merged into what is published, as `sha`; None where it conflicts, in `conflicts`.

    `guarded`: the protected paths in it, apart from what the base changed.
    """

    base: str
    base_sha: str
    about: str
    sha: str | None
    conflicts: tuple[str, ...] = ()
    guarded: Guarded | None = None


@record(kw_only=False)
class MadeReady:
    """The pull request is no draft any more."""


@record(kw_only=False)
class PullMerged:
    """The pull request is merged."""


@record
class NotMerged:
    """GitHub would not merge the pull request while its head is `head`."""

    head: str
    reason: str


@record
class Protected:
    """Paths that only a person merges are touched at `head`."""

    head: str
    paths: tuple[str, ...]


@record(kw_only=False)
class BranchDeleted:
    """The branch is gone."""


@record(kw_only=False)
class Later:
    """Not in this tick."""

    reason: str


OfReview = Reran | BaseMerged | MadeReady | PullMerged | NotMerged | Protected | BranchDeleted | Later
Result = (
    Prepared
    | Started
    | NotPrepared
    | StopAsked
    | Swept
    | Committed
    | KeptBack
    | Pushed
    | Opened
    | CleanedUp
    | Troubled
    | Refused
    | Distrusted
    | OfReview
)
