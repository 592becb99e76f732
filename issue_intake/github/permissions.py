"""Who may steer: those who could push to the repository themselves, and those the configuration trusts as much.

GitHub's `author_association` does not tell: it hides private members, and a member need not have write access.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from issue_intake.core.authors import Authors
from issue_intake.errors import GoneError, RefusedError, UnavailableError
from issue_intake.github import fields
from issue_intake.github.client import GitHub
from issue_intake.github.limits import Look
from issue_intake.github.partial import concerns_all

_WRITE = frozenset({"admin", "maintain", "write"})
_LESS = frozenset({"triage", "read", "none"})


class Permissions:
    """What logins may do in one repository, each asked once in the life of this object."""

    def __init__(self, github: GitHub, path: Callable[[], str], authors: Authors) -> None:
        self._github = github
        self._path = path
        self._authors = authors
        self._known: dict[str, bool | None] = {}

    def steers(self, login: str | None, look: Look) -> bool | None:
        """Whether what `login` says is acted on; None where it could not be told."""
        return self._authors.trusts(login) or self.approves(login, look)

    def approves(self, login: str | None, look: Look) -> bool | None:
        """Whether its approval may merge: being trusted is not enough for that."""
        return False if self._authors.blocks(login) else self.writes(login, look)

    def writes(self, login: str | None, look: Look) -> bool | None:
        """Whether `login` has write access; None where it could not be told. A deleted account has none."""
        if login is None:
            return False
        key = login.casefold()
        if key not in self._known:
            self._known[key] = self._asked(login, look)
        return self._known[key]

    def _asked(self, login: str, look: Look) -> bool | None:
        path = f"{self._path()}/collaborators/{quote(login, safe='')}/permission"
        try:
            answer = fields.some_object(self._github.read(path, look).data)
        except GoneError:
            return False
        except (UnavailableError, RefusedError) as error:
            if concerns_all(error):
                raise
            return None
        permission = fields.some_text(answer.get("permission"))
        return permission in _WRITE if permission in _WRITE | _LESS else None
