"""Whether an issue meets a project's rule. The server applied it already; this is the check that counts."""

from __future__ import annotations

from issue_intake.core.model import Issue
from issue_intake.core.ports import Rule
from issue_intake.core.record import record
from issue_intake.core.text import one_line

HOLD = "intake:hold"
"""The label by which a person keeps an issue from intake, whatever the rule."""


UNTOLD = "untold"
"""The code of a reason that is not known: asked again, it may be another, or none."""


@record(kw_only=False)
class Reason:
    """Why an issue is not started: a code for programs, a sentence for people."""

    code: str
    sentence: str


def judge(issue: Issue, rule: Rule) -> Reason | None:
    """None when the open issue meets the rule, else the first reason why not. Labels and logins in any case."""
    if issue.state != "open":
        return Reason("closed", "the issue is closed")
    return _judge_labels(issue, rule) or assignee_reason(issue, rule)


def _judge_labels(issue: Issue, rule: Rule) -> Reason | None:
    present = {label.casefold() for label in issue.labels}
    missing = [label for label in rule.labels if label.casefold() not in present]
    if missing:
        return Reason("label_missing", f"has no label {one_line(missing[0], 50)}")
    excluded = [label for label in (HOLD, *rule.exclude_labels) if label.casefold() in present]
    if excluded:
        return Reason("excluded", f"has the label {one_line(excluded[0], 50)}, which the rule excludes")
    return None


def assignee_reason(issue: Issue, rule: Rule) -> Reason | None:
    """Why the issue does not meet the rule's assignee, None if it does."""
    match rule.assignee:
        case None:
            return None
        case "*":
            return None if issue.assignees else Reason("assignee", "is assigned to nobody")
        case "none":
            return Reason("assignee", "is assigned to somebody") if issue.assignees else None
        case login:
            if login.casefold() in {name.casefold() for name in issue.assignees}:
                return None
            return Reason("assignee", f"is not assigned to {one_line(login, 40)}")
