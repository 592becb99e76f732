"""The agent's own word on how it went: `out/result.json`, read as what it is, a file that anybody may have written."""

from __future__ import annotations

from pathlib import Path

from issue_intake.core.attempt import Outcome
from issue_intake.core.record import record
from issue_intake.core.text import cut, one_line, without_controls
from issue_intake.workers.fields import Fields, is_integer, parse_object, text_of, texts_of
from issue_intake.workers.safe_read import read_small

_KIB = 1024
_LARGEST = 1024 * _KIB
_BODY_LIMIT = 60 * _KIB
_SUMMARY_LIMIT = 2 * _KIB
_MOST_BLOCKERS = 20
_STATUS = {"done": Outcome.DONE, "blocked": Outcome.BLOCKED, "no_changes": Outcome.NO_CHANGES}


@record
class Said:
    """A valid result.json, its texts cleaned; the title is one line."""

    outcome: Outcome
    summary: str
    pr_title: str
    pr_body: str
    blockers: tuple[str, ...]


def read_said(folder: Path) -> tuple[Said | None, str]:
    """The report in the attempt's `folder`, or None and why it does not count ("" if there is none)."""
    try:
        fields = parse_object(read_small(folder, "out", "result.json", limit=_LARGEST))
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, f"result.json was ignored: {one_line(error.strerror or str(error))}"
    fault = _fault(fields or {})
    return (None, f"result.json was ignored: {fault}") if fault else (_report(fields or {}), "")


def _fault(fields: Fields) -> str:
    version, status = fields.get("schema_version"), fields.get("status")
    if not fields:
        return "it is no JSON object"
    if not is_integer(version) or version != 1:
        return "its schema_version is not 1"
    known = isinstance(status, str) and status in _STATUS
    return "" if known else f"its status is none of {', '.join(_STATUS)}"


def _report(fields: Fields) -> Said:
    # A text of the wrong type is as good as none; it does not undo what the status says.
    lines = (one_line(blocker, 500) for blocker in texts_of(fields.get("blockers"))[:_MOST_BLOCKERS])
    return Said(
        outcome=_STATUS[text_of(fields.get("status"))],
        summary=cleaned(text_of(fields.get("summary")), _SUMMARY_LIMIT),
        pr_title=one_line(text_of(fields.get("pr_title"))),
        pr_body=cleaned(text_of(fields.get("pr_body")), _BODY_LIMIT),
        blockers=tuple(line for line in lines if line),
    )


def cleaned(text: str, limit: int = _SUMMARY_LIMIT) -> str:
    """`text` without control characters, cut to `limit` bytes."""
    return cut(without_controls(text).strip(), limit)[0]
