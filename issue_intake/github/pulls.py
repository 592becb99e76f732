"""A project's pull requests, found and opened on GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

from issue_intake.core.model import Pull, Repository
from issue_intake.core.ports import PullRequest
from issue_intake.errors import UnavailableError
from issue_intake.github import parse
from issue_intake.github.client import GitHub
from issue_intake.github.faults import InvalidError

_TITLE = 256  # GitHub's own limit, in characters


class GitHubPulls:
    """The pull requests of one repository whose heads are branches of that same repository.

    `repository` gives its present name and id: a write is not redirected, and `head=` needs the present owner.
    """

    def __init__(self, github: GitHub, repository: Callable[[], Repository]) -> None:
        self._github = github
        self._repository = repository

    def by_branch(self, branch: str) -> tuple[Pull, ...]:
        """All pull requests from `branch`, newest first.

        Checked here again: GitHub ignores a `head` it cannot read and then gives everything, and a fork of the
        same owner has the same `owner:branch`.
        """
        repository = self._repository()
        owner = repository.name.partition("/")[0]
        query = {"head": f"{owner}:{branch}", "state": "all"}
        look = self._github.look()
        rows = self._github.rows(self._path(), query, look)
        if look.cut_off:
            said = f"{self._path()} has more pages than {look.limits.pages}, so {branch} cannot be looked up"
            raise UnavailableError(said, "raise github.max_pages")
        found = {pull.number: pull for pull in self._heads(rows, branch, repository.id)}
        return tuple(found[number] for number in sorted(found, reverse=True))

    def get(self, number: int) -> Pull:
        """One pull request. Raises GoneError where there is none."""
        return self._pull(self._github.read(f"{self._path()}/{number}").data)

    def open(self, request: PullRequest) -> Pull:
        """Open one, or find the one that is open already.

        Where the repository's plan has no drafts, it is opened as a plain one, and the Pull says so.
        """
        try:
            return self._create(request, draft=request.draft)
        except InvalidError as error:
            if _says(error, "already exists"):
                return self._existing(request.branch)
            if not (request.draft and _says(error, "draft")):
                raise
        return self._create(request, draft=False)

    def _create(self, request: PullRequest, *, draft: bool) -> Pull:
        body = {
            "title": " ".join(request.title.split())[:_TITLE],  # what was put in to make it inert stays
            "head": request.branch,
            "base": request.base,
            "body": request.body,
            "draft": draft,
        }
        return self._pull(self._github.write("POST", self._path(), body))

    def _existing(self, branch: str) -> Pull:
        for pull in self.by_branch(branch):
            if pull.state == "open":
                return pull
        said = f"GitHub says that a pull request for {branch} exists already, and lists none"
        raise UnavailableError(said, "it is looked for again later")

    def _heads(self, rows: Iterable[object], branch: str, repo_id: int) -> Iterator[Pull]:
        for row in rows:
            if parse.head(row) == (branch, repo_id):
                yield self._pull(row)

    def _pull(self, data: object) -> Pull:
        """A row of ours that cannot be read is a failed look: taken for none, it would be opened a second time."""
        try:
            return parse.pull(data)
        except ValueError as error:
            raise self._github.strange(self._path(), str(error)) from None

    def _path(self) -> str:
        return f"/repos/{quote(self._repository().name)}/pulls"


def _says(error: InvalidError, words: str) -> bool:
    return any(words in reason.lower() for reason in error.reasons)
