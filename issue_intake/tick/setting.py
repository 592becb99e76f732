"""Everything a tick is given: the projects, the seams, the clock, what the command line asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from issue_intake.core.eligibility import Reason
from issue_intake.core.model import Session
from issue_intake.core.policy import Limits
from issue_intake.core.ports import Worker
from issue_intake.core.work import Ref
from issue_intake.tick.parts import Fault, Parts, Project


@dataclass(frozen=True, kw_only=True)
class Setting:
    """`only`: the one project asked for by hand; `most`: `--max`; `room`: why nothing may start (a full disk), or None.

    `seconds` is a monotonic count, by which the time for acting is measured. `requests`: the folder of what people
    asked, None for nobody asks. `secrets`: values that are left out of all that is told or kept.
    """

    projects: tuple[Project, ...]
    limits: Limits
    worker: Worker
    ref: Callable[[Session], Ref]
    seconds: Callable[[], float]
    room: Callable[[], Reason | None]
    only: str | None = None
    most: int | None = None
    requests: Path | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @cached_property
    def parts(self) -> dict[str, Parts]:
        """The projects that can be worked, by name."""
        return {p.policy.name: p for p in self.projects if isinstance(p, Parts) and self.concerns(p.policy.name)}

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """The projects that cannot."""
        return tuple(p for p in self.projects if isinstance(p, Fault) and self.concerns(p.policy.name))

    def concerns(self, project: str) -> bool:
        """Whether this tick is about the project."""
        return self.only is None or self.only == project
