"""Whether an issue that was taken on is still asked for, and what about it is different since."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from issue_intake.core import labels
from issue_intake.core.eligibility import HOLD, assignee_reason
from issue_intake.core.model import Issue, Session
from issue_intake.core.names import short_hash
from issue_intake.core.ports import Rule
from issue_intake.core.stages import ACTIVE
from issue_intake.core.text import one_line


def own_label(issue: Issue, choosing: Collection[str] = ()) -> str | None:
    """The label of intake's own family that the issue bears; one that shows a stage before any other.

    Those in `choosing` are a person's, however they begin: to take one off asks for another agent, not for none.
    """
    theirs = {label.casefold() for label in choosing}
    ours = [label for label in issue.labels if labels.is_ours(label) and label.casefold() not in theirs]
    return next((label for label in ours if label.casefold() in labels.NAMES), ours[0] if ours else None)


def text_hash(issue: Issue) -> str:
    """What tells one wording of the issue from another."""
    return short_hash(f"{issue.title}\n{issue.body}")


def withdrawn(session: Session, issue: Issue, rule: Rule) -> str:
    """Why the session is not asked for any more, "" if it is.

    A label of intake's own that the rule asks for was used up when the issue was taken on: the one that the issue
    bears now counts instead, and is no reason to stop even where the rule excludes it.
    """
    present, own = _present(issue), {label.casefold() for label in _known(session)}
    stopping = [label for label in (HOLD, *rule.exclude_labels) if label.casefold() in present - own]
    if stopping:
        return f"the label {one_line(stopping[0], 50)} was set"
    missing = [label for label in rule.labels if not labels.is_ours(label) and label.casefold() not in present]
    gone = missing[0] if missing else taken_off(session, issue)
    if gone:
        return f"the label {one_line(gone, 50)} was taken off"
    reason = assignee_reason(issue, rule)
    return f"hands off: it {reason.sentence}" if reason is not None else ""


def taken_off(session: Session, issue: Issue) -> str:
    """The label of intake's own that a person took off, "" if none.

    While a label is being changed any of the old and the new ones may be there: whichever writes went through.
    """
    known = _known(session)
    if not known or _present(issue) & {label.casefold() for label in known} or _may_not_be_there_yet(session):
        return ""
    return known[-1]


def borne(session: Session, issue: Issue, rule: Rule | None) -> Session:
    """The session after a look at the labels of its issue: what was announced is there, or what was known is gone.

    In a stage in which nothing is stopped any more a label that is gone is not missed.
    """
    present = _present(issue)
    if session.labels_next and session.labels_next[-1].casefold() in present:
        session = replace(session, label=session.labels_next[-1], labels_next=())
    elif session.stage not in ACTIVE and not present & {label.casefold() for label in _known(session)}:
        session = replace(session, label=None, labels_next=())
    return _seen(session, present, rule)


def _seen(session: Session, present: frozenset[str], rule: Rule | None) -> Session:
    """A label that asks for work counts as a person's only once what intake wrote was seen without it."""
    mirrored = session.mirrored
    if mirrored is None or mirrored.seen or mirrored.label is None or session.labels_next:
        return session
    if present & {label.casefold() for label in labels.asking(rule)}:
        return session
    return replace(session, mirrored=replace(mirrored, seen=True))


def asked_again(session: Session, issue: Issue | None, rule: Rule | None) -> bool:
    """Whether it is a person who made an issue meet the rule again, and not a label that intake set itself."""
    mirrored = session.mirrored
    if issue is None or mirrored is None or mirrored.label is None:
        return session.seen_unasked
    if _present(issue) & {label.casefold() for label in labels.asking(rule)}:
        return mirrored.seen
    return session.seen_unasked


def asides(session: Session, issue: Issue) -> tuple[str, ...]:
    """What is different since the latest attempt was claimed, in sentences."""
    found = []
    if session.text is not None and session.text != text_hash(issue):
        found.append("the issue was edited; the next attempt sees the new text")
    new = [login for login in issue.assignees if login not in session.assignees]
    if session.text is not None and new:
        found.append(f"it was assigned to {one_line(', '.join(new), 80)}")
    return tuple(found)


def _present(issue: Issue) -> frozenset[str]:
    return frozenset(label.casefold() for label in issue.labels)


def _known(session: Session) -> tuple[str, ...]:
    return (session.label, *session.labels_next) if session.label is not None else session.labels_next


def _may_not_be_there_yet(session: Session) -> bool:
    """Whether the issue bore none, and it is not known that the first one was set."""
    if session.label is not None or not session.labels_next:
        return False
    return session.mirrored is None or session.mirrored.label != session.labels_next[-1]
