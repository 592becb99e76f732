"""Check runs, commit statuses and jobs of Actions runs into checks of the core.

What is not said is pending, and so is a conclusion that is not known here: neither proves anything.
"""

from __future__ import annotations

from issue_intake.core.review import Check, CheckState
from issue_intake.core.text import cut, one_line, without_controls
from issue_intake.github import fields
from issue_intake.github.fields import Row

_ACTIONS = "github-actions"
_NAME = 200
_SUMMARY = 4000
_STATES = {
    "success": CheckState.PASSED,
    "failure": CheckState.FAILED,
    "error": CheckState.FAILED,
    "skipped": CheckState.NEUTRAL,
    "neutral": CheckState.NEUTRAL,
    "timed_out": CheckState.BROKEN_OFF,
    "startup_failure": CheckState.BROKEN_OFF,
    "cancelled": CheckState.BROKEN_OFF,
    "stale": CheckState.BROKEN_OFF,
    "action_required": CheckState.ACTION_REQUIRED,
}


def check_run(row: Row) -> Check:
    """A check run. One of Actions has the id of its job."""
    output = fields.some_object(row.get("output"))
    said = (fields.body(output.get(name)) for name in ("title", "summary"))
    is_job = fields.some_object(row.get("app")).get("slug") == _ACTIONS
    return _check(
        row,
        url=fields.some_url(row.get("html_url")) or fields.some_url(row.get("details_url")),
        summary=cut(without_controls("\n".join(filter(None, said))), _SUMMARY)[0],
        job=fields.positive(row, "id") if is_job else None,
    )


def job(row: Row) -> Check:
    """A job of an Actions run."""
    return _check(row, url=fields.some_url(row.get("html_url")), job=fields.positive(row, "id"))


def run(row: Row) -> Check:
    """An Actions run that has no jobs: it waits for one, or never came to have any."""
    return _check(row, url=fields.some_url(row.get("html_url")))


def status(row: Row) -> Check:
    """A commit status."""
    said = fields.some_text(row.get("state")) or ""
    return Check(
        name=one_line(fields.text(row, "context"), _NAME),
        state=_state(said),
        conclusion="" if said == "pending" else one_line(said),
        url=fields.some_url(row.get("target_url")),
        summary=one_line(fields.body(row.get("description")), _SUMMARY),
    )


def _check(row: Row, *, url: str, summary: str = "", job: int | None = None) -> Check:
    conclusion = fields.some_text(row.get("conclusion")) or ""
    return Check(
        name=one_line(fields.some_text(row.get("name")) or "(no name)", _NAME),
        state=_state(conclusion),
        conclusion=one_line(conclusion),
        url=url,
        summary=summary,
        job=job,
    )


def _state(conclusion: str) -> CheckState:
    return _STATES.get(conclusion, CheckState.PENDING)
