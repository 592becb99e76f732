"""The events of sessions, each kept beside the records of the attempt, or of the session, that it is about."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from issue_intake.core.model import Session
from issue_intake.core.names import parse_key, slug
from issue_intake.errors import UnavailableError

if TYPE_CHECKING:
    from issue_intake.store.events import Event


class Records:
    """Writes events below `sessions`, the folder of all sessions' own records."""

    def __init__(self, sessions: Path) -> None:
        self._sessions = sessions

    def __call__(self, session: Session, event: Event) -> None:
        """Write it to the latest attempt's folder, or to the session's where that is not there.

        What cannot be written is left out. An attempt's folder is made by its worker's start alone:
        whatever else made one would forge a start.
        """
        from issue_intake.store.events import NAME, append  # noqa: PLC0415 - most runs write none

        repository, number = parse_key(session.key)
        folder = self._sessions / slug(repository) / str(number)
        attempt = folder / str(session.last.number if session.last is not None else 0)
        with suppress(UnavailableError, OSError, ValueError):
            if not attempt.is_dir():
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            append((attempt if attempt.is_dir() else folder) / NAME, event)
