"""How long a look at GitHub may take and how much it may read, and what holds it to that."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from issue_intake.core.record import record


@record
class Limits:
    """How long (seconds) and how much (bytes, pages, hops) at most. `whole` covers one look with all its pages.

    `floor`: with fewer requests left than this the rest of the allowance is for others.
    """

    connect: float = 5.0
    read: float = 30.0
    whole: float = 60.0
    body: int = 32 * 1024 * 1024
    pages: int = 50
    redirects: int = 5
    floor: int = 100


@dataclass(slots=True)
class Look:
    """One look at GitHub, of one or many requests: its limits, when it must be over (monotonic seconds), what it met.

    `cut_off`: a list had more pages than may be read.
    """

    limits: Limits
    ends: float
    requests: int = 0
    unchanged: int = 0
    warnings: list[str] = field(default_factory=list)
    cut_off: bool = False

    @classmethod
    def begun(cls, limits: Limits) -> Look:
        """A look that must be over in `limits.whole` seconds from now."""
        return cls(limits=limits, ends=time.monotonic() + limits.whole)

    def apart(self) -> Look:
        """One to be made beside this one, with the same end; `join` takes in what it met."""
        return Look(limits=self.limits, ends=self.ends)

    def join(self, parts: Iterable[Look]) -> None:
        """Count what was met in looks made apart."""
        for part in parts:
            self.requests += part.requests
            self.unchanged += part.unchanged
            self.warnings += part.warnings

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.ends - time.monotonic()
