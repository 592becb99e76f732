"""Whether an issue that was taken on is still asked for, and what about it is different since."""

from __future__ import annotations

from issue_intake.core.eligibility import HOLD, assignee_reason
from issue_intake.core.model import Issue, Session
from issue_intake.core.names import short_hash
from issue_intake.core.ports import Rule
from issue_intake.core.text import one_line

_FAMILY = "agent:"


def own_label(issue: Issue) -> str | None:
    """The label of intake's own family that the issue bears."""
    return next((label for label in issue.labels if label.casefold().startswith(_FAMILY)), None)


def text_hash(issue: Issue) -> str:
    """What tells one wording of the issue from another."""
    return short_hash(f"{issue.title}\n{issue.body}")


def withdrawn(session: Session, issue: Issue, rule: Rule) -> str:
    """Why the session is not asked for any more, "" if it is.

    A label of intake's own that the rule asks for was used up when the issue was taken on: the one that the issue
    bears now counts instead.
    """
    present = {label.casefold() for label in issue.labels}
    stopping = [label for label in (HOLD, *rule.exclude_labels) if label.casefold() in present]
    if stopping:
        return f"the label {one_line(stopping[0], 50)} was set"
    lasting = [label for label in rule.labels if not label.casefold().startswith(_FAMILY)]
    missing = [label for label in (*lasting, *_own(session)) if label.casefold() not in present]
    if missing:
        return f"the label {one_line(missing[0], 50)} was taken off"
    reason = assignee_reason(issue, rule)
    return f"hands off: it {reason.sentence}" if reason is not None else ""


def asides(session: Session, issue: Issue) -> tuple[str, ...]:
    """What is different since the latest attempt was claimed, in sentences."""
    found = []
    if session.text is not None and session.text != text_hash(issue):
        found.append("the issue was edited; the next attempt sees the new text")
    new = [login for login in issue.assignees if login not in session.assignees]
    if session.text is not None and new:
        found.append(f"it was assigned to {one_line(', '.join(new), 80)}")
    return tuple(found)


def _own(session: Session) -> tuple[str, ...]:
    return (session.label,) if session.label is not None else ()
