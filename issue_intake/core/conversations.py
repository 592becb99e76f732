"""When review threads are worth asking for: only GraphQL tells which are resolved, and its queries are charged."""

from __future__ import annotations

from datetime import datetime, timedelta

from issue_intake.core.ledger import SeenThreads
from issue_intake.core.names import short_hash
from issue_intake.core.review import PullFacts, Threads

_AGAIN = timedelta(minutes=5)


def threads_due(now: datetime, known: SeenThreads | None, facts: PullFacts) -> bool:
    """Whether something was said since the last answer, or a thread is open that may have been resolved since."""
    if not facts.comments:
        return False
    if known is None or known.of != _said(facts):
        return True
    unresolved = {comment.thread for comment in facts.comments} - set(known.resolved)
    return bool(unresolved) and not now - _AGAIN < known.at <= now


def seen_threads(now: datetime, facts: PullFacts, told: Threads | None) -> SeenThreads:
    """What is remembered of an answer; `told` None: the server cannot tell, and no thread is taken for resolved."""
    resolved = sorted(told.resolved) if told is not None else ()
    return SeenThreads(of=_said(facts), at=now, resolved=tuple(resolved), told=told is not None)


def _said(facts: PullFacts) -> str:
    comments = ((c.id, c.text) for c in facts.comments or ())
    return short_hash(repr((facts.pull.head_sha, [(r.id, r.state) for r in facts.reviews or ()], list(comments))))
