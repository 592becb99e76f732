"""Vet: whether an issue may be worked on as it stands, and whether what was vouched for still is what it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from issue_intake.core.eligibility import Reason
from issue_intake.core.model import Issue, Session
from issue_intake.core.trust import (
    Matter,
    People,
    Taken,
    by_author,
    by_history,
    changed_since,
    to_ask,
    whose_changes,
    whose_word,
)
from issue_intake.tick.parts import Parts

_AGAIN = "take the rule's label off, let a run see that, and set it anew"


def vet(parts: Parts, issue: Issue) -> Taken | Reason:
    """The verdict on an issue that is new, `issue` being what was read of it before. Raises what the seams raise."""
    return _verdict(parts, Matter(author=issue.author, rule=parts.policy.rule), issue.number)


def vet_again(parts: Parts, session: Session, issue: Issue) -> Session | Reason:
    """The session, if its next attempt may be given `issue` as it was just read. Raises what the seams raise.

    What is remembered of who vouched for it counts, not the labels: intake sets some itself. An author who could
    write is asked about anew: who cannot any more is a stranger.
    """
    authors = parts.policy.authors
    if session.vouched_at is None or authors.anyone or authors.blocks(issue.author):
        until = session.asked_at or session.created_at
        verdict = _verdict(
            parts, Matter(author=issue.author, rule=parts.policy.rule, until=until, again=_AGAIN), issue.number
        )
        return verdict if isinstance(verdict, Reason) else vouched(session, verdict)
    history = parts.provenance.history(issue.number)
    people = _people(parts, whose_changes(history, session.vouched_at))
    return changed_since(people, history, session.vouched_at, again=_AGAIN) or session


def vouched(session: Session, taken: Taken) -> Session:
    """The session with what was found of who asked for it."""
    return replace(session, by_writer=taken.by_writer, vouched_at=taken.vouched_at)


def unchanged(vetted: Issue, now: Issue) -> bool:
    """Whether an issue that is read once more is the one that was vetted."""
    return _told(vetted) == _told(now)


def _told(issue: Issue) -> tuple[object, ...]:
    return issue.author, issue.title, issue.body, issue.labels, issue.assignees, issue.updated_at


def _verdict(parts: Parts, matter: Matter, number: int) -> Taken | Reason:
    """The author is asked about first: with one who may write, nobody else is."""
    verdict = by_author(_people(parts, (matter.author,)), matter.author)
    if verdict is not None:
        return verdict
    history = parts.provenance.history(number)
    return by_history(_people(parts, whose_word(matter, history)), matter, history)


def _people(parts: Parts, logins: Iterable[str | None]) -> People:
    authors = parts.policy.authors
    asked = sorted(to_ask(authors, logins))
    return People(authors=authors, writers={login: parts.provenance.writes(login) for login in asked})
