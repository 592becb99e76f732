"""What became of a project's open pull requests, read from GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote

from issue_intake.core.model import Repository
from issue_intake.core.review import Check, Comment, MergeLabel, PullFacts, Review, Threads
from issue_intake.github import fields, parse_reviews
from issue_intake.github.account import Account
from issue_intake.github.checks import CommitChecks
from issue_intake.github.client import GitHub
from issue_intake.github.limits import Look
from issue_intake.github.logs import log_tail
from issue_intake.github.partial import PartialLook
from issue_intake.github.permissions import Permissions
from issue_intake.github.threads import read_threads

MERGE_LABEL = "intake:merge"
"""The label that stands for an approval where nobody else can give one."""

_MARK = "<!-- intake"
_OUT_OF_STEP = frozenset({"dirty", "behind"})
_VERDICTS = frozenset({"approved", "changes_requested"})


class GitHubReviews:
    """Reads the pull requests of one repository. What is asked once holds for the life of this object: a tick."""

    def __init__(
        self, github: GitHub, repository: Callable[[], Repository], account: Account, permissions: Permissions
    ) -> None:
        self._github = github
        self._repository = repository
        self._account = account
        self._checks = CommitChecks(github, self._path)
        self._permissions = permissions

    def facts(self, number: int) -> PullFacts:
        """All that REST tells of a pull request; of one that is over only itself. Raises GoneError on 404 and 410."""
        partial = PartialLook(self._github.look())
        facts = self._pull(number, partial.look)
        if facts.pull.state != "open":
            return facts
        if facts.mergeable is False or facts.merge_state in _OUT_OF_STEP:
            facts = replace(facts, base_sha=partial.part("base", lambda: self._tip(facts.base, partial.look)))
        sha = facts.pull.head_sha
        found = replace(
            facts,
            own=self._account.wrote(facts.author, partial.look),
            checks=partial.part("checks", lambda: self._checks.of(sha, partial)) if sha else None,
            reviews=partial.part("reviews", lambda: self._reviews(number, partial.look)),
            comments=partial.part("comments", lambda: self._comments(number, partial.look)),
            merge_label=partial.part("events", lambda: self._merge_label(facts, partial.look)),
        )
        return replace(found, remarks=tuple(partial.remarks))

    def threads(self, numbers: tuple[int, ...]) -> Mapping[int, Threads] | None:
        """What GraphQL tells of these pull requests; one that it does not know is left out."""
        return read_threads(self._github, self._repository(), numbers)

    def log_tail(self, check: Check) -> str:
        """The last lines of the log of a check that is an Actions job."""
        return "" if check.job is None else log_tail(self._github, f"{self._path()}/actions/jobs/{check.job}/logs")

    def _pull(self, number: int, look: Look) -> PullFacts:
        path = f"{self._path()}/pulls/{number}"
        page = self._github.read(path, look)
        try:
            return parse_reviews.facts(page.data)
        except ValueError as error:
            raise self._github.strange(path, str(error)) from None

    def _tip(self, branch: str, look: Look) -> str:
        """Where the base is now: what a pull request says of it is what it was at the latest push."""
        page = self._github.read(f"{self._path()}/git/ref/heads/{quote(branch)}", look)
        return fields.text(fields.an_object(fields.an_object(page.data).get("object")), "sha")

    def _reviews(self, number: int, look: Look) -> tuple[Review, ...]:
        rows = self._github.rows(f"{self._path()}/pulls/{number}/reviews", {}, look)
        reviews = [review for row in rows if (review := parse_reviews.review(row)) is not None]
        return tuple(
            replace(review, steers=self._heeded(review, look)) if review.state in _VERDICTS else review
            for review in _in_order(reviews)
        )

    def _heeded(self, review: Review, look: Look) -> bool | None:
        may = self._permissions.approves if review.state == "approved" else self._permissions.steers
        return may(review.author, look)

    def _comments(self, number: int, look: Look) -> tuple[Comment, ...]:
        rows = self._github.rows(f"{self._path()}/pulls/{number}/comments", {}, look)
        comments = _in_order(parse_reviews.comment(row) for row in rows)
        return tuple(
            replace(comment, steers=self._permissions.steers(comment.author, look))
            for comment in comments
            if not (_MARK in comment.text and self._account.wrote(comment.author, look))
        )

    def _merge_label(self, facts: PullFacts, look: Look) -> MergeLabel | None:
        if MERGE_LABEL not in {label.casefold() for label in facts.labels}:
            return None
        rows = self._github.rows(f"{self._path()}/issues/{facts.pull.number}/events", {}, look)
        found = parse_reviews.labelled(rows, MERGE_LABEL)
        return found and replace(found, steers=self._permissions.approves(found.by, look))

    def _path(self) -> str:
        return f"/repos/{quote(self._repository().name)}"


S = TypeVar("S", Review, Comment)


def _in_order(said: Iterable[S]) -> list[S]:
    """Oldest first, each once: pages that shift may give one twice, its latest state last."""
    return sorted({one.id: one for one in said}.values(), key=lambda one: (one.at, one.id))
