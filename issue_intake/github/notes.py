"""Labels and comments on a project's issues and pull requests: what is right already costs no write."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from issue_intake.core.model import Repository
from issue_intake.core.review import Label
from issue_intake.core.text import one_line
from issue_intake.errors import GoneError, UnavailableError
from issue_intake.github import fields, parse
from issue_intake.github.account import Account
from issue_intake.github.client import GitHub
from issue_intake.github.faults import InvalidError

_BODY = 65_536  # GitHub's own limits, in characters
_DESCRIPTION = 100


class GitHubNotes:
    """Writes on one repository; `repository` gives its present name, for a write is not redirected."""

    def __init__(self, github: GitHub, repository: Callable[[], Repository], account: Account) -> None:
        self._github = github
        self._repository = repository
        self._account = account
        self._made: set[str] = set()

    def set_label(self, number: int, label: Label | None, family: tuple[str, ...]) -> None:
        """Let `label` be the only one of `family`; the set of all labels is never written.

        The new one comes before the old ones go: in between there are two, which the next time sets right.
        """
        path = f"{self._path()}/issues/{number}"
        present = parse.labels(fields.some_object(self._github.read(path).data))
        wanted = label.name.casefold() if label else None
        if label and wanted not in {name.casefold() for name in present}:
            self._make(label)
            self._github.send("POST", f"{path}/labels", {"labels": [label.name]})
        for name in present:
            if name.casefold() != wanted and name.casefold() in {other.casefold() for other in family}:
                self._remove(f"{path}/labels/{_quoted(name)}")

    def comment(self, number: int, marker: str, text: str) -> None:
        """Let the comment of ours that carries `marker` say `text`: edited where it differs, posted where none is.

        Raises UnavailableError where it cannot be told whether there is one.
        """
        body = _fitting(text, marker)
        path = f"{self._path()}/issues/{number}/comments"
        found = self._ours(path, marker)
        if found is None:
            self._github.send("POST", path, {"body": body})
        elif _normal(found[1]) != _normal(body):
            self._edit(found[0], path, body)

    def _make(self, label: Label) -> None:
        """GitHub would make a label that is set and does not exist, without colour and description."""
        if label.name.casefold() in self._made:
            return
        try:
            self._github.read(f"{self._path()}/labels/{_quoted(label.name)}")
        except GoneError:
            self._post(label)
        self._made.add(label.name.casefold())

    def _post(self, label: Label) -> None:
        description = one_line(label.description, _DESCRIPTION)
        body = {"name": label.name, "color": label.colour, "description": description}
        try:
            self._github.send("POST", f"{self._path()}/labels", body)
        except InvalidError as error:
            if not any("already_exists" in reason for reason in error.reasons):
                raise

    def _remove(self, path: str) -> None:
        try:
            self._github.send("DELETE", path)
        except GoneError:
            return

    def _ours(self, path: str, marker: str) -> tuple[int, str] | None:
        """The id and text of the oldest comment that is ours and carries the marker: anybody can write one."""
        look = self._github.look()
        if self._account.login(look) is None:
            said = "it cannot be told whose the token is, so no comment of its own can be found"
            raise UnavailableError(said, "give it access to GET /user")
        rows = self._github.rows(path, {}, look)
        try:
            for row in map(fields.an_object, rows):
                body = fields.body(row.get("body"))
                if marker in body and self._account.wrote(fields.login(row.get("user")), look):
                    return fields.positive(row, "id"), body
        except ValueError as error:
            raise self._github.strange(path, str(error)) from None
        if look.cut_off:
            said = f"{path} has more pages than {look.limits.pages}, so a comment cannot be looked up"
            raise UnavailableError(said, "raise github.max_pages")
        return None

    def _edit(self, comment: int, path: str, body: str) -> None:
        try:
            self._github.send("PATCH", f"{self._path()}/issues/comments/{comment}", {"body": body})
        except GoneError:
            self._github.send("POST", path, {"body": body})

    def _path(self) -> str:
        return f"/repos/{quote(self._repository().name)}"


def _fitting(text: str, marker: str) -> str:
    """`text` with its marker, cut to what GitHub takes; the marker is never what is cut."""
    if marker in text[:_BODY]:
        return text[:_BODY]
    return f"{text[: _BODY - len(marker) - 2].rstrip()}\n\n{marker}"


def _normal(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _quoted(name: str) -> str:
    return quote(name, safe="")
