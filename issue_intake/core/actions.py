"""What a tick can do for a session. Each can be found again by looking, so that repeating it is harmless."""

from __future__ import annotations

from issue_intake.core.record import record


@record(kw_only=False)
class _OfSession:
    """`key`: the session's; `reason`: why now, in a few words."""

    key: str
    reason: str


class Prepare(_OfSession):
    """Make the session's repository and worktree."""

    __slots__ = ()


class Start(_OfSession):
    """Start the worker of the claimed attempt."""

    __slots__ = ()


class Stop(_OfSession):
    """Ask the worker to end."""

    __slots__ = ()


class EndLeftovers(_OfSession):
    """End what a vanished worker left at work."""

    __slots__ = ()


class MakeCommit(_OfSession):
    """Commit the worktree's files; the sha is then announced."""

    __slots__ = ()


class Push(_OfSession):
    """Push the announced commit."""

    __slots__ = ()


class OpenPull(_OfSession):
    """Find the branch's pull request, or open one."""

    __slots__ = ()


class Cleanup(_OfSession):
    """Remove worktree and agent's repository where all is published."""

    __slots__ = ()


class Rerun(_OfSession):
    """Have checks that came to no verdict of the work's run again."""

    __slots__ = ()


class MergeBase(_OfSession):
    """Merge the base branch into what is published; the sha is then announced."""

    __slots__ = ()


class MarkReady(_OfSession):
    """Take the pull request out of draft."""

    __slots__ = ()


class Merge(_OfSession):
    """Merge the pull request."""

    __slots__ = ()


class DeleteBranch(_OfSession):
    """Delete the branch of a merged pull request."""

    __slots__ = ()


Action = (
    Prepare
    | Start
    | Stop
    | EndLeftovers
    | MakeCommit
    | Push
    | OpenPull
    | Cleanup
    | Rerun
    | MergeBase
    | MarkReady
    | Merge
    | DeleteBranch
)

LOCAL = (Stop, EndLeftovers)
"""Actions that need nothing of the project: they work for one that is no longer in the config, too."""

NAMES: dict[type[Action], str] = {
    Prepare: "prepare",
    Start: "launch",
    Stop: "cancel",
    EndLeftovers: "sweep",
    MakeCommit: "commit",
    Push: "push",
    OpenPull: "publish",
    Cleanup: "cleanup",
    Rerun: "rerun",
    MergeBase: "update",
    MarkReady: "ready",
    Merge: "merge",
    DeleteBranch: "delete_branch",
}
