"""The memory made anew from the session folders, when state.json is not there."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from issue_intake.core.attempt import Attempt, Role
from issue_intake.core.model import Session, State
from issue_intake.errors import UsageError
from issue_intake.store.state import read_session

RECORD = "session.json"


def rebuild(sessions: Path, known: Collection[Path] = frozenset()) -> State:
    """Every session that has a record, with attempts its record does not know yet taken as under way.

    `known`: folders of sessions that need not be looked at.

    Raises UsageError when a folder cannot be read, or holds attempts but no record: what it was would be started anew.
    """
    found = [_session(folder) for folder in _folders(sessions) if folder not in known]
    return State(sessions={session.key: session for session in found if session is not None})


def names(folder: Path) -> list[str]:
    """What lies in a folder, nothing where there is none. Raises UsageError where it cannot be read."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - and not glob: it passes over what cannot be read
    except FileNotFoundError:
        return []
    except OSError as error:
        cure = "nothing was started; make it readable"
        raise UsageError(f"{error.filename} cannot be read: {error.strerror}", cure) from None


def _folders(sessions: Path) -> Iterator[Path]:
    slugs = [sessions / slug for slug in names(sessions) if (sessions / slug).is_dir()]
    inside = [slug / name for slug in slugs for name in names(slug) if name.isdigit()]
    yield from sorted(folder for folder in inside if folder.is_dir())


def _session(folder: Path) -> Session | None:
    attempts = sorted(int(entry.name) for entry in folder.iterdir() if entry.is_dir() and entry.name.isdigit())
    record = folder / RECORD
    if not record.exists() and not attempts:
        return None
    if not record.exists():
        raise UsageError(
            f"{folder} holds attempts but no {RECORD}, and there is no state.json",
            f"nothing was started; put a copy of state.json back, or move {folder} away if its issue may start anew",
        )
    session = read_session(record)
    known = session.last.number if session.last else 0
    for number in attempts:
        if number > known:
            session = _with_attempt(session, number)
    return session


def _with_attempt(session: Session, number: int) -> Session:
    attempt = Attempt(number=number, role=Role.CODER, agent="", claimed_at=session.since, handle={"found": "folder"})
    return replace(session, attempts=(*session.attempts, attempt))
