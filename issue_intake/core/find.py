"""Which session or issue a person means by a key, `project#12`, `owner/repo#12`, a URL, or `12`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from issue_intake.core.model import Session, State, Waiting
from issue_intake.core.names import RepositoryName, issue_key
from issue_intake.core.record import record

_NUMBER = re.compile(r"#?(\d+)")
_LAST_NUMBER = re.compile(r"(?:.*[#/])?([1-9]\d{0,17})")


@record
class Named:
    """An issue by its project, whether it was taken on or not."""

    project: str
    key: str
    number: int

    @property
    def label(self) -> str:
        """`project#12`."""
        return f"{self.project}#{self.number}"


def matches(state: State, wanted: str) -> tuple[Session, ...]:
    """The sessions that `wanted` names; a bare number names one in every project."""
    text = wanted.strip()
    number = _NUMBER.fullmatch(text)
    if number:
        return tuple(s for s in state.sessions.values() if s.number == int(number[1]))
    folded = text.casefold().rstrip("/")
    return tuple(s for s in state.sessions.values() if folded in _names(s))


def issues(projects: Mapping[str, RepositoryName], wanted: str) -> tuple[Named, ...]:
    """The issues of these projects that `wanted` names; a bare number names one in every project."""
    text = wanted.strip().casefold().rstrip("/")
    found = _LAST_NUMBER.fullmatch(text)
    if not found:
        return ()
    number = int(found[1])
    return tuple(
        Named(project=name, key=issue_key(repository, number), number=number)
        for name, repository in projects.items()
        if text in _issue_names(name, repository, number)
    )


def waiting(state: State, wanted: str) -> tuple[str, Waiting] | None:
    """The issue, with its project, that `wanted` names and that was not taken on yet."""
    text = wanted.strip().casefold().rstrip("/")
    for project, known in state.projects.items():
        for issue in known.waiting:
            if text in {issue.key, f"{project}#{issue.number}", str(issue.number), issue.url.casefold()}:
                return project, issue
    return None


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


def _issue_names(project: str, repository: RepositoryName, number: int) -> set[str]:
    """All in lower case."""
    page = f"{repository.host}/{repository.full}/issues/{number}".casefold()
    named = {f"{project}#{number}", f"{repository.full.casefold()}#{number}", issue_key(repository, number)}
    return {str(number), f"#{number}", f"https://{page}", f"http://{page}", *named}
