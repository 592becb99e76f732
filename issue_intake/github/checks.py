"""The checks of a commit: check runs and commit statuses; Actions runs where check runs may not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar
from urllib.parse import quote

from issue_intake.core.review import Check
from issue_intake.github import fields, parse_checks
from issue_intake.github.client import GitHub, Query
from issue_intake.github.faults import ForbiddenError
from issue_intake.github.fields import Row
from issue_intake.github.limits import Look
from issue_intake.github.partial import PartialLook

_REPLACED = frozenset({"cancelled", "stale"})
_INSTEAD = (
    "check runs may not be read with this token (fine-grained ones never may): Actions runs and statuses count instead"
)

K = TypeVar("K")


class CommitChecks:
    """The checks of one repository's commits."""

    def __init__(self, github: GitHub, path: Callable[[], str]) -> None:
        self._github = github
        self._path = path
        self._forbidden = False

    def of(self, sha: str, partial: PartialLook) -> tuple[Check, ...]:
        """All checks of the commit, by name; a rerun replaces what it repeats. Raises what the client raises."""
        checks = [*self._runs(sha, partial), *self._statuses(sha, partial.look)]
        return tuple(sorted(checks, key=lambda check: (check.name, check.job or 0, check.url)))

    def _runs(self, sha: str, partial: PartialLook) -> list[Check]:
        if not self._forbidden:
            try:
                return self._check_runs(sha, partial.look)
            except ForbiddenError:
                self._forbidden = True
        jobs = self._jobs(sha, partial.look)
        partial.remarks.append(_INSTEAD)
        return jobs

    def _check_runs(self, sha: str, look: Look) -> list[Check]:
        rows = self._rows(f"/commits/{quote(sha)}/check-runs", {"filter": "latest"}, look, "check_runs")
        return [parse_checks.check_run(row) for row in _without_replaced(_latest(rows, _place))]

    def _statuses(self, sha: str, look: Look) -> list[Check]:
        rows = self._rows(f"/commits/{quote(sha)}/status", {}, look, "statuses")
        return [parse_checks.status(row) for row in _latest(rows, lambda row: _plain(row.get("context")))]

    def _jobs(self, sha: str, look: Look) -> list[Check]:
        rows = self._rows("/actions/runs", {"head_sha": sha}, look, "workflow_runs")
        runs = _latest(rows, lambda row: (_plain(row.get("workflow_id")), _plain(row.get("event"))))
        return [check for run in runs for check in self._jobs_of(run, look)]

    def _jobs_of(self, run: Row, look: Look) -> list[Check]:
        number = fields.positive(run, "id")
        jobs = self._rows(f"/actions/runs/{number}/jobs", {"filter": "latest"}, look, "jobs")
        return [parse_checks.job(job) for job in _latest(jobs, _number)] or [parse_checks.run(run)]

    def _rows(self, path: str, query: Query, look: Look, name: str) -> list[Row]:
        def of(page: object) -> list[object]:
            rows = fields.an_object(page).get(name)
            if not isinstance(rows, list):
                raise ValueError(f"no {name}")
            return rows

        return [fields.an_object(row) for row in self._github.rows(self._path() + path, query, look, of)]


def _latest(rows: Iterable[Row], key: Callable[[Row], K]) -> list[Row]:
    """Of the rows with the same key the one with the highest id; of the same id the one that was read last."""
    found: dict[K, Row] = {}
    for row in sorted(rows, key=_number):
        found[key(row)] = row
    return list(found.values())


def _number(row: Row) -> int:
    return fields.positive(row, "id")


def _plain(value: object) -> str | int | None:
    """A name or an id that checks are told apart by. Raises ValueError on anything that is neither."""
    if value is None or isinstance(value, str | int):
        return value
    raise ValueError(f"a name was due, not {type(value).__name__}")


def _app_and_name(row: Row) -> tuple[object, object]:
    return _plain(fields.some_object(row.get("app")).get("id")), _plain(row.get("name"))


def _place(row: Row) -> tuple[object, ...]:
    """Where a rerun comes again. Suites are kept apart: a branch and its pull request have jobs of the same name."""
    return (*_app_and_name(row), _plain(fields.some_object(row.get("check_suite")).get("id")))


def _without_replaced(rows: list[Row]) -> list[Row]:
    """A run that was broken off for a later one of its name has nothing to say."""
    newest = {_app_and_name(row): _number(row) for row in sorted(rows, key=_number)}
    return [
        row
        for row in rows
        if fields.some_text(row.get("conclusion")) not in _REPLACED or newest[_app_and_name(row)] == _number(row)
    ]
