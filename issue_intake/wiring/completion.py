"""The issues a shell may complete: read from state.json as it lies there, quickly, without a complaint."""

from __future__ import annotations

import json
from pathlib import Path

from issue_intake.core.text import one_line

_TITLE = 60


def labels(state: Path) -> list[tuple[str, str]]:
    """(`project#12`, title) of each session, sorted; none where the file cannot be read or is no memory."""
    try:
        sessions = json.loads(state.read_bytes())["sessions"].values()
        found = [(session["project"], int(session["number"]), str(session["title"])) for session in sessions]
        return [(f"{project}#{number}", one_line(title, _TITLE)) for project, number, title in sorted(found)]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
        return []
