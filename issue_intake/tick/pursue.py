"""Act on one session after the other's plan, fold in what came of each action, and tell it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from issue_intake.core.actions import (
    Action,
    Cleanup,
    DeleteBranch,
    EndLeftovers,
    MakeCommit,
    MarkReady,
    Merge,
    MergeBase,
    OpenPull,
    Prepare,
    Push,
    Rerun,
    Start,
    Stop,
)
from issue_intake.core.folding import fold
from issue_intake.core.followup import follow_up
from issue_intake.core.model import Session, Stage
from issue_intake.core.plan import World
from issue_intake.core.results import (
    BaseMerged,
    Committed,
    Distrusted,
    KeptBack,
    Later,
    NotMerged,
    NotPrepared,
    Protected,
    Refused,
    Reran,
    Result,
    Started,
    Swept,
    Troubled,
)
from issue_intake.core.settings import found, listed
from issue_intake.tick.acts import act

if TYPE_CHECKING:
    from issue_intake.tick.follow import Follower
    from issue_intake.tick.journal import Journal

# What is saved before the act: a claim before its worker, an announced sha before its push.
_WRITE_AHEAD = (Start, Push)
_MOST_ACTIONS = 20


def pursue(follower: Follower, session: Session, world: World) -> None:
    """Act until there is nothing left to do now."""
    journal, policy = follower.journal, follower.policy(session)
    for _ in range(_MOST_ACTIONS):
        action = follower.next(session, world)
        if action is None:
            return
        if isinstance(action, _WRITE_AHEAD):
            journal.memory.save()
        result = act(follower.hands, follower.parts.get(session.project), session, action, world)
        world = _after(world, action, result)
        session = _reviewed(follower, fold(journal.now, policy, session, result), world)
        journal.keep(session, world)
        _note(journal, session, result)
        if _stuck(follower, session, action, result):
            return


def _reviewed(follower: Follower, session: Session, world: World) -> Session:
    """What its pull request asks for now that something was done, as far as what was seen of it still holds."""
    if world.facts is None or session.stage is not Stage.REVIEW:
        return session
    return follow_up(follower.journal.now, follower.policy(session), session, world.facts, None)


def _stuck(follower: Follower, session: Session, action: Action, result: Result) -> bool:
    """Whether the session can get no further in this tick; what was done and what failed is told."""
    journal, policy = follower.journal, follower.policy(session)
    match result:
        case NotPrepared(reason=reason):
            if policy is not None:
                journal.failed(policy, reason)
            return True
        case Troubled(reason=reason) | Refused(reason=reason):
            if policy is not None:
                journal.fault(policy, f"#{session.number}: {reason}")
            return True
        case Swept(clean=False) | Distrusted() | Later() | NotMerged() | Protected() | KeptBack():
            return True
        case Reran(asked=0) | BaseMerged(sha=None):
            return False  # nothing was done, and it goes on another way
        case _:
            journal.acted(action, session)
            return False


def _note(journal: Journal, session: Session, result: Result) -> None:
    """What the repository's settings that run code came to."""
    match result:
        case Started() if session.settings:
            message = found(session.settings, absent=session.neutralised)
            journal.noted(session, "settings", message, paths=session.settings, neutralised=session.neutralised)
        case Committed(left_out=paths) if paths:
            journal.noted(session, "left_out", f"left out: {listed(paths)}", paths=paths)
        case _:
            return


def _after(world: World, action: Action, result: Result) -> World:
    """After an act on the worker or the pull request nothing is known of it until the next look."""
    match action:
        case MakeCommit() | OpenPull() | Cleanup() | Prepare():
            return world
        case Push() | MergeBase() | MarkReady() | Merge() | DeleteBranch():
            return replace(world, facts=None)
        case Rerun():
            return replace(world, facts=None) if isinstance(result, Reran) and result.asked else world
        case Start() | Stop() | EndLeftovers():
            return replace(world, worker=None)
        case _:
            assert_never(action)
