"""What actions are done with, and what a tick has done with it so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from issue_intake.core.model import Issue, Session
from issue_intake.core.ports import Base, Worker
from issue_intake.core.record import record
from issue_intake.core.work import Ref
from issue_intake.tick.parts import Parts

_ACTING = 60.0  # seconds


@record
class Hands:
    """What actions are done with. `elapsed`: seconds of acting so far in this tick.

    `fresh`: issues asked for in this tick; `bases`: clones brought up to date in it; `merged`: base branches that a
    pull request was merged into, by project.
    """

    worker: Worker
    ref: Callable[[Session], Ref]
    elapsed: Callable[[], float]
    fresh: dict[str, Issue] = field(default_factory=dict)
    bases: dict[str, Base] = field(default_factory=dict)
    merged: set[tuple[str, str]] = field(default_factory=set)

    @property
    def late(self) -> bool:
        """Whether the time for acting is used up: nothing new is begun in this tick."""
        return self.elapsed() > _ACTING


def refresh(hands: Hands, parts: Parts) -> Base | None:
    """The project's base branch, fetched at most once in a tick; None while the first copy is being made."""
    name = parts.policy.name
    if name not in hands.bases:
        base = parts.clone.refresh(parts.base)
        if base is None:
            return None
        hands.bases[name] = base
    return hands.bases[name]
