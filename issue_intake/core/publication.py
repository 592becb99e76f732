"""The words of a commit and of a pull request: the agent's where it gave some, else the issue's title."""

from __future__ import annotations

import json
from collections.abc import Iterable

from issue_intake.core.attempt import End
from issue_intake.core.model import Session
from issue_intake.core.names import parse_key, run_name, slug
from issue_intake.core.ports import CommitText, PullRequest
from issue_intake.core.redact import redact
from issue_intake.core.speech import inert_markdown
from issue_intake.core.text import code_span, cut, inert, one_line, without_controls

_TITLE = 120
# GitHub refuses bodies above 65,536 characters.
_BODY = 60_000


def run_of(session: Session) -> str:
    """The mark of the session's latest attempt."""
    repository, number = parse_key(session.key)
    return run_name(slug(repository), number, session.last.number if session.last else 0)


def commit_text(session: Session, end: End | None, secrets: Iterable[str] = ()) -> CommitText:
    """Subject, the agent's summary, the issue. The time is the attempt's end, so that repeating gives the same sha.

    The agent's words name nobody and close nothing: a commit message has no code to stand in. `secrets` are left out.
    """
    last, known = session.attempts[-1], tuple(secrets)
    summary, _ = cut(redact(without_controls(end.summary), known).strip() if end else "", 10_000)
    parts = [_title(session, end, known), inert(summary), f"Issue: {session.url}"]
    message = "\n\n".join(part for part in parts if part) + "\n"
    return CommitText(message=message, at=last.ended_at or last.claimed_at)


def pull_request(session: Session, end: End | None, *, draft: bool, secrets: Iterable[str] = ()) -> PullRequest:
    """Title and body; the body names the issue it closes and carries the mark it is found by.

    It closes, and names, no other: the agent's words are made inert. `secrets` are left out.
    """
    known = tuple(secrets)
    said = (end.pr_body or end.summary) if end else ""
    body, was_cut = cut(inert_markdown(redact(without_controls(said), known).strip()), _BODY)
    marker = json.dumps({"v": 1, "run": run_of(session)}, separators=(",", ":"))
    parts = [
        body,
        "(cut)" if was_cut else "",
        _verified(session),
        f"Closes #{session.number}",
        f"<!-- intake {marker} -->",
    ]
    return PullRequest(
        branch=session.branch,
        base=session.base or "",
        title=_title(session, end, known),
        body="\n\n".join(part for part in parts if part),
        draft=draft,
    )


def _verified(session: Session) -> str:
    """What the project's own commands said of the work."""
    found = session.attempts[-1].verified if session.attempts else ()
    lines = [f"- {code_span(v.name)} {'passed' if v.passed else 'failed'} ({v.seconds:.0f} s)" for v in found]
    return "\n".join(["Verified by intake:", "", *lines]) if lines else ""


def _title(session: Session, end: End | None, secrets: tuple[str, ...]) -> str:
    """The agent's, else the issue's, inert as all of it: a squash merge makes a commit message of it."""
    words = (redact(without_controls(text), secrets) for text in (end.pr_title if end else "", session.title))
    said = next((line for text in words if (line := one_line(text, _TITLE))), "")
    return inert(said) or f"Work on issue #{session.number}"
