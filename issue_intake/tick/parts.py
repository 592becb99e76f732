"""What a tick works one project with: its policy, and the seams to its repository, tracker and agent."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from issue_intake.core.model import Issue, Session
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.ports import Base, Clone, Notes, Provenance, Pulls, Reviews, Steering, Tracker, Worktrees
from issue_intake.core.record import record
from issue_intake.core.work import Order

if TYPE_CHECKING:
    from issue_intake.core.brief import Brief


class Recipe(Protocol):
    """How a project's sessions are worked on: its agent, its prompt, its hooks."""

    def check(self, chosen_by: tuple[str, ...] = ()) -> None:
        """Raises UnavailableError when no attempt could start: the program of the agent so chosen is missing."""
        ...

    def setup(self, chosen_by: tuple[str, ...]) -> str:
        """Tells how the agent so chosen is set up from other ways."""
        ...

    def rehearse(self) -> tuple[str, ...]:
        """What a dry run says of it. Raises UnavailableError where no prompt can be made."""
        ...

    def order(self, session: Session, issue: Issue, base: Base, brief: Brief) -> Order:
        """The order of the session's latest attempt. Raises UnavailableError when the prompt cannot be made."""
        ...


@record
class Parts:
    """One project, ready to be worked. `credential` is a fingerprint; `base` the configured base branch.

    `notes` None: nothing is written on issues. `secrets`: values that are left out of what is written there.
    """

    policy: ProjectPolicy
    credential: str
    base: str | None
    tracker: Tracker
    provenance: Provenance
    pulls: Pulls
    reviews: Reviews
    steering: Steering
    clone: Clone
    worktrees: Worktrees
    recipe: Recipe
    notes: Notes | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)


@record
class Fault:
    """A project that cannot be worked at all now: its surroundings lack something. One sentence, with the cure."""

    policy: ProjectPolicy
    reason: str


Project = Parts | Fault
