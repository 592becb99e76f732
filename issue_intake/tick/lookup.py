"""Look: what is asked of the tracker for each session by itself. What fails is left out, and decides nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from issue_intake.core.conversations import seen_threads, threads_due
from issue_intake.core.ledger import SeenThreads
from issue_intake.core.model import Issue, Poll, Pull, Session, Stage
from issue_intake.core.plan import open_pull, watched
from issue_intake.core.review import PullFacts
from issue_intake.errors import GoneForGoodError, RefusedError

if TYPE_CHECKING:
    from issue_intake.tick.look import Question

# In these stages an open pull request may ask for something; in the others it can only end.
_FOLLOWED = frozenset({Stage.REVIEW, Stage.QUEUED})


@dataclass(slots=True)
class LookUp:
    """What was found so far, by the session's key.

    `gone`: issues that are gone for good, and how. `facts` and `threads`: of open pull requests that may ask for
    something.
    """

    issues: dict[str, Issue] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    pulls: dict[str, Pull] = field(default_factory=dict)
    facts: dict[str, PullFacts] = field(default_factory=dict)
    threads: dict[str, SeenThreads] = field(default_factory=dict)

    def copy(self) -> LookUp:
        """What was found by now: a look that was left behind may still go on."""
        return LookUp(
            issues=dict(self.issues),
            gone=dict(self.gone),
            pulls=dict(self.pulls),
            facts=dict(self.facts),
            threads=dict(self.threads),
        )

    def look_up(self, question: Question, poll: Poll | None) -> None:
        """Issues first: a merge closes the issue, not the reverse. Raises UnavailableError: the rest is not asked."""
        self._take_listed(question.sessions, poll)
        for session in question.sessions:
            if session.key not in self.issues and watched(session):
                self._look_up_issue(question, session)
        for session in question.sessions:
            if session.pull is not None and open_pull(session):
                with suppress(RefusedError):
                    self._look_up_pull(question, session, session.pull.number)
        self._look_up_threads(question)

    def _take_listed(self, sessions: tuple[Session, ...], poll: Poll | None) -> None:
        listed = {issue.number: issue for issue in poll.issues} if poll is not None else {}
        self.issues |= {s.key: listed[s.number] for s in sessions if s.number in listed}

    def _look_up_issue(self, question: Question, session: Session) -> None:
        try:
            self.issues[session.key] = question.parts.tracker.issue(session.number)
        except GoneForGoodError as error:
            self.gone[session.key] = error.message
        except RefusedError:
            return

    def _look_up_pull(self, question: Question, session: Session, number: int) -> None:
        if session.stage not in _FOLLOWED:
            self.pulls[session.key] = question.parts.pulls.get(number)
            return
        facts = question.parts.reviews.facts(number)
        self.facts[session.key], self.pulls[session.key] = facts, facts.pull

    def _look_up_threads(self, question: Question) -> None:
        """One query for all whose threads may have changed."""
        due = {
            session.key: self.facts[session.key]
            for session in question.sessions
            if session.key in self.facts and threads_due(question.now, session.ledger.threads, self.facts[session.key])
        }
        if not due:
            return
        with suppress(RefusedError):
            found = question.parts.reviews.threads(tuple(facts.pull.number for facts in due.values()))
            for key, facts in due.items():
                if found is None or facts.pull.number in found:
                    told = found[facts.pull.number] if found is not None else None
                    self.threads[key] = seen_threads(question.now, facts, told)
