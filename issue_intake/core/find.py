"""Which session a person means by a key, `project#12`, a URL, or `12`."""

from __future__ import annotations

import re
from difflib import get_close_matches

from issue_intake.core.model import Session, State

_NUMBER = re.compile(r"#?(\d+)")


def matches(state: State, wanted: str) -> tuple[Session, ...]:
    """The sessions that `wanted` names; a bare number names one in every project."""
    text = wanted.strip()
    number = _NUMBER.fullmatch(text)
    if number:
        return tuple(s for s in state.sessions.values() if s.number == int(number[1]))
    folded = text.casefold().rstrip("/")
    return tuple(s for s in state.sessions.values() if folded in _names(s))


def nearest(state: State, wanted: str) -> str | None:
    """The `project#12` that looks most like `wanted`."""
    labels = [label(session) for session in state.sessions.values()]
    found = get_close_matches(wanted.strip(), labels, n=1, cutoff=0.5)
    return found[0] if found else None


def label(session: Session) -> str:
    """`project#12`."""
    return f"{session.project}#{session.number}"


def _names(session: Session) -> set[str]:
    return {session.key, label(session), session.url.casefold(), f"{session.repository}#{session.number}".casefold()}
