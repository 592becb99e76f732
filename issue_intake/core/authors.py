"""Whose word counts in a project, and what is known of an issue's past. Plain facts, compared by exact logins."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from issue_intake.core.record import record

ActKind = Literal["labeled", "unlabeled", "assigned", "unassigned", "renamed"]


@record
class Authors:
    """What the configuration says of people. Logins count exactly, in any case: `x[bot]` is not `x`.

    `anyone`: whoever wrote an issue, it may be worked on. `trusted` count as if they had write access, `blocked` for
    nothing, whatever else is said of them. `risk_understood`: that anyone may start an unguarded agent is meant so.
    """

    anyone: bool = False
    trusted: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    risk_understood: bool = False

    def trusts(self, login: str | None) -> bool:
        """Whether it is named as trusted, and not blocked."""
        return _named(login, self.trusted) and not self.blocks(login)

    def blocks(self, login: str | None) -> bool:
        """Whether it is named as blocked."""
        return _named(login, self.blocked)

    def private_only(self, *, sandboxed: bool) -> bool:
        """Whether this may be so on a private repository alone."""
        return self.anyone and not (sandboxed or self.risk_understood)


WRITERS = Authors()
"""Those alone who have write access."""


@record
class Act:
    """Something done to an issue. `by` None: nobody can tell who. `about`: a label's name, or an assignee's login."""

    kind: ActKind
    by: str | None
    at: datetime
    about: str = ""


@record
class Edit:
    """The body was written or changed. `by` None: nobody can tell who did."""

    by: str | None
    at: datetime


@record
class History:
    """All that was done to an issue, the oldest first. `edits` None: the server cannot tell who changed the body."""

    acts: tuple[Act, ...] = ()
    edits: tuple[Edit, ...] | None = ()


def _named(login: str | None, names: tuple[str, ...]) -> bool:
    return login is not None and login.casefold() in {name.casefold() for name in names}
