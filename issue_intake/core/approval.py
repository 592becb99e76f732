"""What people said of a pull request: who wants something, who approved."""

from __future__ import annotations

from datetime import datetime

from issue_intake.core.ledger import Ledger
from issue_intake.core.model import Session
from issue_intake.core.record import record
from issue_intake.core.review import Comment, PullFacts, Review


@record
class Finding:
    """Something a person who may steer wants. `about`: as the ledger calls it; `line` None: of the whole."""

    about: str
    author: str
    at: datetime
    text: str
    url: str
    path: str = ""
    line: int | None = None


def findings(facts: PullFacts, ledger: Ledger) -> tuple[Finding, ...]:
    """What is wanted and was not reacted to yet, oldest first."""
    resolved = ledger.threads.resolved if ledger.threads is not None else ()
    wanted = all_findings(facts, frozenset(resolved))
    return tuple(finding for finding in wanted if finding.about not in ledger.answered)


def all_findings(facts: PullFacts, resolved: frozenset[int] = frozenset()) -> tuple[Finding, ...]:
    """What those who may steer want, oldest first. `resolved`: threads that are done with."""
    wanted = [_of_review(review) for review in _latest(facts) if review.state == "changes_requested" and review.steers]
    wanted += [_of_comment(c) for c in facts.comments or () if c.steers and c.thread not in resolved]
    return tuple(sorted(wanted, key=lambda finding: finding.at))


def in_doubt(facts: PullFacts) -> bool:
    """Whether somebody's say might count and nobody knows if it does."""
    said = any(r.steers is None for r in _latest(facts) if r.state == "changes_requested")
    return said or any(comment.steers is None for comment in facts.comments or ())


def approval(facts: PullFacts, session: Session) -> bool:
    """Whether somebody with write access approved this very head, and nobody who may steer is against it.

    A merge of the base that intake made on an approved commit takes nothing away. Nobody can approve a pull request of
    their own: where it is of intake's own login, a label set on this head is the approval.
    """
    latest = _latest(facts)
    if any(review.state == "changes_requested" and review.steers is not False for review in latest):
        return False
    head = facts.pull.head_sha or ""
    covered = session.ledger.covered(head)
    if any(r.state == "approved" and r.steers is True and r.sha in covered for r in latest):
        return True
    label = facts.merge_label
    if not facts.own or label is None or label.steers is not True or session.pushed_at is None:
        return False
    return label.at >= session.pushed_at


def _latest(facts: PullFacts) -> tuple[Review, ...]:
    """The latest verdict of each reviewer; a mere comment takes none back."""
    verdicts = {
        review.author: review
        for review in sorted(facts.reviews or (), key=lambda review: (review.at, review.id))
        if review.state != "commented" and review.author is not None
    }
    return tuple(verdicts.values())


def _of_review(review: Review) -> Finding:
    return Finding(
        about=f"review/{review.id}", author=review.author or "", at=review.at, text=review.text, url=review.url
    )


def _of_comment(comment: Comment) -> Finding:
    return Finding(
        about=f"comment/{comment.id}",
        author=comment.author or "",
        at=comment.at,
        text=comment.text,
        url=comment.url,
        path=comment.path,
        line=comment.line,
    )
