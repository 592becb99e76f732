"""What an attempt left in its folder: its order, when its end was written, and what its agent said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from issue_intake.workers.fields import Fields, parse_object
from issue_intake.workers.safe_read import read_ends, read_small

_KIB = 1024
_ORDER_LIMIT = 4 * 1024 * _KIB
_HEAD, _TAIL = 64 * _KIB, 1024 * _KIB
_WHOLE = 16 * 1024 * _KIB  # no worker keeps more
_LEFT_OUT = re.compile(rb"^\[intake: \d+ bytes left out here\]$", re.MULTILINE)


def order(folder: Path) -> Fields:
    """The order, an empty one if it can't be read."""
    try:
        return parse_object(read_small(folder, "order.json", limit=_ORDER_LIMIT)) or {}
    except OSError:
        return {}


def written_at(folder: Path) -> datetime:
    """When exit.json was written, for a record that does not name a usable time."""
    try:
        return datetime.fromtimestamp((folder / "exit.json").lstat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)


def log(folder: Path, exit_record: Mapping[str, object], *, all_of_it: bool) -> tuple[str, bool]:
    """The agent's own output, of a long one only the ends unless `all_of_it`; and whether nothing is left out."""
    tail = _WHOLE if all_of_it else _TAIL
    raw = read_ends(folder, "worker.log", head=_HEAD, tail=tail, within=_agents_part(exit_record))
    return raw.decode("utf-8", "replace"), len(raw) < tail and _LEFT_OUT.search(raw) is None


def _agents_part(exit_record: Mapping[str, object]) -> tuple[int, int] | None:
    """Where the log holds the agent's own output: hooks and verify steps may print what reads like an agent's."""
    match exit_record.get("agent_log"):
        case [int(begin), int(end)] if 0 <= begin <= end:
            return begin, end
        case _:
            return None
