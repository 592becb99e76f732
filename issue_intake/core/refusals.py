"""Which issues that may not be worked on are remembered as such, and which are looked into again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from issue_intake.core.eligibility import UNTOLD, Reason
from issue_intake.core.model import Issue, ProjectState, Refusal
from issue_intake.core.names import short_hash
from issue_intake.core.policy import ProjectPolicy

MOST = 20
"""Issues of a project that one run looks into at most."""

_MOST_AGAIN = 10  # of them, so that those looked into before never keep a new one waiting
_AGAIN = timedelta(hours=1)
_SOON = timedelta(minutes=10)
# Times of GitHub's are of whole seconds, and by its own clock: what happens right after a look may not show in them.
_JUST_NOW = timedelta(minutes=1)


def remembered(
    now: datetime, policy: ProjectPolicy, project: ProjectState, issues: Iterable[Issue]
) -> dict[int, Reason]:
    """The issues that stay refused in this run, by number. Of those that are due the longest not asked about go first.

    One is due when it or the configuration was changed, and after an hour: somebody may have been given write access.
    One that had just been changed when it was asked about is due after a minute.
    """
    if not project.refused:
        return {}
    under = _under(policy)
    listed = {issue.number: issue for issue in issues}
    rows = [row for row in project.refused if row.number in listed]
    due = sorted(
        (row for row in rows if _due(now, row, listed[row.number]) or row.under != under), key=lambda row: row.asked_at
    )
    asked = {row.number for row in due[:_MOST_AGAIN]}
    return {row.number: Reason(row.code, row.reason) for row in rows if row.number not in asked}


def refusing(now: datetime, policy: ProjectPolicy, project: ProjectState, issue: Issue, reason: Reason) -> ProjectState:
    """With the issue as one that may not be worked on."""
    row = Refusal(
        number=issue.number,
        updated_at=issue.updated_at,
        asked_at=now,
        under=_under(policy),
        code=reason.code,
        reason=reason.sentence,
    )
    rows = [other for other in project.refused if other.number != issue.number]
    return replace(project, refused=tuple(sorted((*rows, row), key=lambda row: row.number)))


def still(project: ProjectState, numbers: Collection[int]) -> ProjectState:
    """With those alone of `numbers`: what no poll finds any more, or was taken on, is not remembered."""
    rows = tuple(row for row in project.refused if row.number in numbers)
    return project if rows == project.refused else replace(project, refused=rows)


def _under(policy: ProjectPolicy) -> str:
    return short_hash(repr((policy.rule, policy.authors)))


def _due(now: datetime, row: Refusal, issue: Issue) -> bool:
    rest = _SOON if row.code == UNTOLD else _AGAIN
    if row.asked_at < row.updated_at + _JUST_NOW:
        rest = _JUST_NOW
    return issue.updated_at != row.updated_at or not row.asked_at <= now < row.asked_at + rest
