"""The words of a commit and of a pull request: the agent's where it gave some, else the issue's title."""

from __future__ import annotations

import json
import re

from issue_intake.core.attempt import End
from issue_intake.core.model import Session
from issue_intake.core.names import parse_key, run_name, slug
from issue_intake.core.ports import CommitText, PullRequest
from issue_intake.core.text import code_span, cut, one_line, without_controls

_TITLE = 120
# GitHub refuses bodies above 65,536 characters.
_BODY = 60_000
_MARKER = re.compile(r"<!--\s*intake\b", re.IGNORECASE)


def run_of(session: Session) -> str:
    """The mark of the session's latest attempt."""
    repository, number = parse_key(session.key)
    return run_name(slug(repository), number, session.last.number if session.last else 0)


def commit_text(session: Session, end: End | None) -> CommitText:
    """Subject, the agent's summary, the issue. The time is the attempt's end, so that repeating gives the same sha."""
    last = session.attempts[-1]
    summary, _ = cut(without_controls(end.summary).strip() if end else "", 10_000)
    parts = [_title(session, end), summary, f"Issue: {session.url}"]
    message = "\n\n".join(part for part in parts if part) + "\n"
    return CommitText(message=message, at=last.ended_at or last.claimed_at)


def pull_request(session: Session, end: End | None, *, draft: bool) -> PullRequest:
    """Title and body; the body names the issue it closes and carries the mark it is found by."""
    said = (end.pr_body or end.summary) if end else ""
    body, was_cut = cut(without_controls(said).strip(), _BODY)
    marker = json.dumps({"v": 1, "run": run_of(session)}, separators=(",", ":"))
    parts = [
        _MARKER.sub("<!-- (not) intake", body),
        "(cut)" if was_cut else "",
        _verified(session),
        f"Closes #{session.number}",
        f"<!-- intake {marker} -->",
    ]
    return PullRequest(
        branch=session.branch,
        base=session.base or "",
        title=_title(session, end),
        body="\n\n".join(part for part in parts if part),
        draft=draft,
    )


def _verified(session: Session) -> str:
    """What the project's own commands said of the work."""
    found = session.attempts[-1].verified if session.attempts else ()
    lines = [f"- {code_span(v.name)} {'passed' if v.passed else 'failed'} ({v.seconds:.0f} s)" for v in found]
    return "\n".join(["Verified by intake:", "", *lines]) if lines else ""


def _title(session: Session, end: End | None) -> str:
    said = one_line(end.pr_title, _TITLE) if end else ""
    return said or one_line(session.title, _TITLE) or f"Work on issue #{session.number}"
