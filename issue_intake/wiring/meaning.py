"""Which session or issue a person means on the command line."""

from __future__ import annotations

from difflib import get_close_matches

from issue_intake.core import find
from issue_intake.core.find import Named
from issue_intake.core.model import Session
from issue_intake.core.text import one_line
from issue_intake.errors import UsageError
from issue_intake.store.memory import Memory
from issue_intake.wiring.home import Installation


def meant(memory: Memory, issue: str) -> Session:
    """The session that is meant, one that left the hot memory too. Raises UsageError, naming the nearest."""
    found = _sessions(memory, issue)
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(issue, [find.label(session) for session in found])
    waits = find.waiting(memory.state, issue)
    if waits is not None:
        project, one = waits
        raise UsageError(f"{project}#{one.number} has no session yet: {one.reason}", "intake run takes it on in turn")
    near = find.nearest(memory.state, issue)
    hint = f"did you mean {near}?" if near else "intake status --all lists them"
    raise UsageError(f"there is no session {one_line(issue, 80)}", hint)


def meant_issue(home: Installation, memory: Memory, issue: str) -> Named:
    """The issue that is meant, with a session or without. Raises UsageError."""
    projects = {project.name: project.repository for project in home.config.projects}
    of_sessions = (
        Named(project=session.project, key=session.key, number=session.number) for session in _sessions(memory, issue)
    )
    found = {(named.project, named.number): named for named in (*find.issues(projects, issue), *of_sessions)}
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise _ambiguous(issue, [named.label for named in found.values()])
    name = issue.strip().partition("#")[0]
    near = get_close_matches(name, projects, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(projects)}"
    raise UsageError(f"{one_line(issue, 80)} is no issue of a project in {home.config.path}", hint)


def _sessions(memory: Memory, issue: str) -> tuple[Session, ...]:
    return find.matches(memory.state, issue) or find.matches(memory.everything(), issue)


def _ambiguous(issue: str, names: list[str]) -> UsageError:
    return UsageError(f"{one_line(issue, 80)} is more than one session", f"say which: {', '.join(names)}")
