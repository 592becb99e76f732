"""Follow: each session gets its next action until it has none; what came of each is folded in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

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
from issue_intake.core.fold import observe
from issue_intake.core.folding import fold
from issue_intake.core.followup import follow_up
from issue_intake.core.model import Session, Stage
from issue_intake.core.plan import World, plan
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.results import (
    BaseMerged,
    Later,
    NotMerged,
    NotPrepared,
    Protected,
    Refused,
    Reran,
    Result,
    Swept,
    Troubled,
)
from issue_intake.core.work import Sight
from issue_intake.tick.acts import LOCAL, act
from issue_intake.tick.hands import Hands
from issue_intake.tick.journal import Journal
from issue_intake.tick.look import ProjectLook, world_of
from issue_intake.tick.parts import Parts

_REMOTE = (Prepare, Start, Push, OpenPull, Rerun, MergeBase, MarkReady, Merge, DeleteBranch)
# What is saved before the act: a claim before its worker, an announced sha before its push.
_WRITE_AHEAD = (Start, Push)
_MOST_ACTIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What was seen in this tick. `asleep`: projects whose tracker is not to be asked anything more now."""

    looks: Mapping[str, ProjectLook]
    sights: dict[str, Sight]
    asleep: frozenset[str]


class Follower:
    """Takes sessions along their plan, one action after the other, until the time for acting is used up."""

    def __init__(
        self, journal: Journal, hands: Hands, parts: Mapping[str, Parts], scene: Scene, faulty: frozenset[str]
    ) -> None:
        self._journal = journal
        self._hands = hands
        self._parts = parts
        self._scene = scene
        self._faulty = faulty

    def world(self, session: Session) -> World:
        """What was seen of the session."""
        look = self._scene.looks.get(session.project)
        return world_of(session, self._scene.sights.get(session.key), look, self._parts.get(session.project))

    def follow(self, session: Session) -> None:
        """Fold in what was seen, then act until there is nothing left to do now."""
        world = self.world(session)
        seen = observe(self._journal.now, self._policy(session), session, world)
        self._journal.keep(seen, world)
        self.pursue(seen, world)

    def pursue(self, session: Session, world: World) -> None:
        """Act until there is nothing left to do now."""
        for _ in range(_MOST_ACTIONS):
            action = plan(self._journal.now, self._policy(session), session, world)
            if action is None or not self._may(action, session):
                return
            result = self._act(session, action, world)
            session = fold(self._journal.now, self._policy(session), session, result)
            world = _after(world, action, result)
            session = self._reviewed(session, world)
            self._journal.keep(session, world)
            if self._stuck(session, action, result):
                return

    def _reviewed(self, session: Session, world: World) -> Session:
        """What its pull request asks for now that something was done, as far as what was seen of it still holds."""
        if world.facts is None or session.stage is not Stage.REVIEW:
            return session
        return follow_up(self._journal.now, self._policy(session), session, world.facts, None)

    def _policy(self, session: Session) -> ProjectPolicy | None:
        parts = self._parts.get(session.project)
        return parts.policy if parts is not None else None

    def _may(self, action: Action, session: Session) -> bool:
        if self._hands.late:
            return False
        if session.project in self._faulty:
            return isinstance(action, LOCAL)
        asleep = session.project in self._scene.asleep | self._journal.resting
        return not (asleep and isinstance(action, _REMOTE))

    def _act(self, session: Session, action: Action, world: World) -> Result:
        if isinstance(action, _WRITE_AHEAD):
            self._journal.memory.save()
        return act(self._hands, self._parts.get(session.project), session, action, world)

    def _stuck(self, session: Session, action: Action, result: Result) -> bool:
        """Whether the session can get no further in this tick; what failed is told."""
        policy = self._policy(session)
        match result:
            case NotPrepared(reason=reason):
                if policy is not None:
                    self._journal.failed(policy, reason)
                return True
            case Troubled(reason=reason) | Refused(reason=reason):
                if policy is not None:
                    self._journal.fault(policy, f"#{session.number}: {reason}")
                return True
            case Swept(clean=False) | Later() | NotMerged() | Protected():
                return True
            case Reran(asked=0) | BaseMerged(sha=None):
                return False  # nothing was done, and it goes on another way
            case _:
                self._journal.acted(action, session)
                return False


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
