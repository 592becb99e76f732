"""Follow: what was seen of each session is folded in, and its next action found. Most runs find none."""

from __future__ import annotations

from collections.abc import Mapping

from issue_intake.core.actions import (
    LOCAL,
    Action,
    DeleteBranch,
    MarkReady,
    Merge,
    MergeBase,
    OpenPull,
    Prepare,
    Push,
    Rerun,
    Start,
)
from issue_intake.core.model import Session
from issue_intake.core.observe import observe
from issue_intake.core.plan import World, plan
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.record import record
from issue_intake.core.work import Sight
from issue_intake.tick.hands import Hands
from issue_intake.tick.journal import Journal
from issue_intake.tick.look import ProjectLook, world_of
from issue_intake.tick.parts import Parts

_REMOTE = (Prepare, Start, Push, OpenPull, Rerun, MergeBase, MarkReady, Merge, DeleteBranch)


@record
class Scene:
    """What was seen in this tick. `asleep`: projects whose tracker is not to be asked anything more now."""

    looks: Mapping[str, ProjectLook]
    sights: dict[str, Sight]
    asleep: frozenset[str]


class Follower:
    """Takes sessions along their plan until there is nothing left to do now, or the time for acting is used up."""

    def __init__(
        self, journal: Journal, hands: Hands, parts: Mapping[str, Parts], scene: Scene, faulty: frozenset[str]
    ) -> None:
        self.journal = journal
        self.hands = hands
        self.parts = parts
        self._scene = scene
        self._faulty = faulty

    def world(self, session: Session) -> World:
        """What was seen of the session."""
        look = self._scene.looks.get(session.project)
        return world_of(session, self._scene.sights.get(session.key), look, self.parts.get(session.project))

    def follow(self, session: Session) -> None:
        """Fold in what was seen, then act until there is nothing left to do now."""
        world = self.world(session)
        seen = observe(self.journal.now, self.policy(session), session, world)
        self.journal.keep(seen, world)
        self.pursue(seen, world)

    def pursue(self, session: Session, world: World) -> None:
        """Act until there is nothing left to do now."""
        if self.next(session, world) is None:
            return
        from issue_intake.tick.pursue import pursue  # noqa: PLC0415 - an idle run needs none of it

        pursue(self, session, world)

    def next(self, session: Session, world: World) -> Action | None:
        """The next action that may be done now."""
        action = plan(self.journal.now, self.policy(session), session, world)
        return action if action is not None and self._may(action, session) else None

    def policy(self, session: Session) -> ProjectPolicy | None:
        """That of its project, None where that cannot be worked."""
        parts = self.parts.get(session.project)
        return parts.policy if parts is not None else None

    def _may(self, action: Action, session: Session) -> bool:
        if self.hands.late:
            return False
        if session.project in self._faulty:
            return isinstance(action, LOCAL)
        asleep = session.project in self._scene.asleep | self.journal.resting
        return not (asleep and isinstance(action, _REMOTE))
