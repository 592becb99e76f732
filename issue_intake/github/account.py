"""Whose credential it is."""

from __future__ import annotations

from issue_intake.errors import GoneError, RefusedError, UnavailableError
from issue_intake.github import fields
from issue_intake.github.client import GitHub
from issue_intake.github.faults import ForbiddenError
from issue_intake.github.limits import Look
from issue_intake.github.partial import concerns_all

_VIEWER = "query{viewer{login}}"
_BOT = "[bot]"


class Account:
    """The login that a credential stands for, asked for once in the life of this object."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._asked = False
        self._login: str | None = None

    def login(self, look: Look | None = None) -> str | None:
        """The login; None where nobody can tell. Raises UnavailableError or RefusedError."""
        if not self._asked:
            self._login = self._found(look)
            self._asked = True
        return self._login

    def wrote(self, author: str | None, look: Look | None = None) -> bool:
        """Whether `author` is this account."""
        own = self.login(look)
        return own is not None and author is not None and author.casefold() == own.casefold()

    def _found(self, look: Look | None) -> str | None:
        try:
            return fields.login(self._github.read("/user", look).data)
        except (ForbiddenError, GoneError):
            return self._bot()

    def _bot(self) -> str | None:
        """An app's installation is no user: REST does not say what it is called, GraphQL does."""
        try:
            answer = fields.some_object(self._github.graphql(_VIEWER, {}, reads=True))
        except (UnavailableError, RefusedError) as error:
            if concerns_all(error):
                raise
            return None
        login = fields.login(fields.some_object(answer.get("data")).get("viewer"))
        return login.removesuffix(_BOT) + _BOT if login else None
