"""Issues found by GitHub's search: the question that is asked, and what counts of the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from issue_intake.core.ports import Rule
from issue_intake.errors import UnavailableError

MOST_FOUND = 1000
"""GitHub gives no more results to one search, https://docs.github.com/rest/search/search."""


class Search:
    """One search for the open issues of `repository` (owner/name, as of now) that match `rule.query`.

    The search index lags behind, and its words are GitHub's to interpret: what it finds is never the last word.
    """

    def __init__(self, rule: Rule, repository: str) -> None:
        self.q = " ".join((f"repo:{repository} is:issue is:open", *_qualifiers(rule), rule.query or ""))
        self._repository = repository
        self.total = 0

    def rows(self, data: object) -> list[object]:
        """The rows of one page. Raises ValueError on another shape, UnavailableError when GitHub ran out of time."""
        match data:
            case {"total_count": int(total), "incomplete_results": bool(incomplete), "items": list(items)}:
                if incomplete:
                    said = f"GitHub's search for issues of {self._repository} ran out of time"
                    raise UnavailableError(said, "it is asked again later; a simpler intake.query may help")
                self.total = total
                return items
        raise ValueError("a search's results were due")

    def ours(self, rows: Iterable[object]) -> Iterator[object]:
        """The rows of this repository alone, whatever the query was taken for."""
        end = f"/repos/{self._repository}".casefold()
        for row in rows:
            address = row.get("repository_url") if isinstance(row, dict) else None
            if isinstance(address, str) and address.casefold().endswith(end):
                yield row

    @property
    def warning(self) -> str | None:
        """What is to be said of results that cannot be had."""
        if self.total <= MOST_FOUND:
            return None
        return f"GitHub gives {MOST_FOUND} of the {self.total} issues that match intake.query; the newest are left out"


def _qualifiers(rule: Rule) -> Iterator[str]:
    """The rest of the rule as far as it has a safe form here; all of it is checked again on what is found.

    A label in quotes may hold spaces, but quotes themselves and commas would be taken for more than one label.
    Excluded labels are not asked for, so that it can be said why an issue is left.
    """
    for label in rule.labels:
        if not set('",\\') & set(label):
            yield f'label:"{label}"'
    if rule.assignee == "none":
        yield "no:assignee"
    elif rule.assignee not in {None, "*"}:
        yield f"assignee:{rule.assignee}"
