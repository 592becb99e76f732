"""A project's issues, read from GitHub."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, urlsplit

from issue_intake.core.model import Issue, Poll, Repository
from issue_intake.core.names import RepositoryName
from issue_intake.core.ports import Rule
from issue_intake.core.text import one_line
from issue_intake.errors import GoneError, GoneForGoodError
from issue_intake.github import parse
from issue_intake.github.client import GitHub, Query
from issue_intake.github.faults import must_be_there
from issue_intake.github.limits import Look
from issue_intake.github.pages import Page
from issue_intake.github.search import Search

_BY_ID = re.compile(r"/repositories/(\d+)/")


class GitHubTracker:
    """Reads the issues of one repository."""

    def __init__(self, github: GitHub, name: RepositoryName) -> None:
        self._github = github
        self._path = f"/repos/{quote(name.owner)}/{quote(name.name)}"
        self._repository: Repository | None = None

    def repository(self) -> Repository:
        """What the configured name stands for now; asked once in the life of this object."""
        return self._known_repository(self._github.look())

    def _known_repository(self, look: Look) -> Repository:
        if self._repository is None:
            with must_be_there():
                page = self._github.read(self._path, look)
            try:
                self._repository = parse.repository(page.data)
            except ValueError as error:
                raise self._github.strange(self._path, str(error)) from None
        return self._repository

    def poll(self, rule: Rule) -> Poll:
        """Every open issue that GitHub says meets the rule, as far as it can be asked; excluded labels never are.

        A row that cannot be read is left out with a warning; an issue that moved on to the next page comes once.
        """
        look = self._github.look()
        rows = self._listed(rule, look) if rule.query is None else self._found(rule, look)
        if look.cut_off:
            said = f"only the first {look.limits.pages} pages of open issues were read"
            look.warnings.append(f"{said} (github.max_pages); the newest are left out")
        issues = {issue.id: issue for issue in _readable(rows, look.warnings)}
        return Poll(
            issues=tuple(issues.values()),
            warnings=tuple(dict.fromkeys(look.warnings)),
            requests=look.requests,
            unchanged=look.unchanged,
        )

    def _listed(self, rule: Rule, look: Look) -> Iterable[object]:
        return self._github.rows(f"{self._path}/issues", query(rule), look)

    def _found(self, rule: Rule, look: Look) -> Iterable[object]:
        """What the search finds in the repository by its present name: a search follows no rename."""
        search = Search(rule, self._known_repository(look).name)
        asked = {"q": search.q, "sort": "created", "order": "asc"}
        rows = self._github.found(asked, look, search.rows)
        if search.warning:
            look.warnings.append(search.warning)
        return search.ours(rows)

    def issue(self, number: int) -> Issue:
        """One issue by its number. Raises GoneError where it is not there, or is another repository's by now."""
        path = f"{self._path}/issues/{number}"
        page = self._github.read(path)
        try:
            found = parse.issue(page.data)
        except ValueError as error:
            raise self._github.strange(path, str(error)) from None
        if not self._ours(page):
            raise GoneForGoodError(f"the issue was moved to another repository: {one_line(found.url)}")
        if found.number != number or parse.is_pull(page.data):
            raise GoneError(f"{path} is {one_line(found.url)}, which is no issue of that number")
        return found

    def missing_labels(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `labels` that the repository does not have, in any case; () where it has too many to tell."""
        look = self._github.look()
        rows = self._github.rows(f"{self._path}/labels", {}, look)
        known = {name.casefold() for name in parse.labels({"labels": rows})}
        return tuple(label for label in labels if label.casefold() not in known and not look.cut_off)

    def _ours(self, page: Page) -> bool:
        """Whether an answer came from this repository: a moved issue is redirected to its new one, by that one's id."""
        moved = _BY_ID.search(urlsplit(page.url).path)
        return moved is None or int(moved[1]) == self.repository().id


def query(rule: Rule) -> Query:
    """The rule as far as the issues list can apply it: commas part labels there, so one with a comma is left out."""
    labels = ",".join(label for label in rule.labels if "," not in label)
    asked: dict[str, str | int] = {"state": "open", "sort": "created", "direction": "asc"}
    if labels:
        asked["labels"] = labels
    if rule.assignee is not None:
        asked["assignee"] = rule.assignee
    return asked


def _readable(rows: Iterable[object], warnings: list[str]) -> Iterator[Issue]:
    for row in rows:
        if parse.is_pull(row):
            continue
        try:
            yield parse.issue(row)
        except ValueError as error:
            warnings.append(f"an issue was skipped, its row cannot be read: {one_line(str(error), 100)}")
