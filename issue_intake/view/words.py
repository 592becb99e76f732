"""Single values as text: cleaned lines, ages, times. Outside text passes through here before it is shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from issue_intake.core.text import last_drawn, one_line, without_controls

_UNITS = ((365 * 86400, "y"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_WEB = re.compile(r"https?://[!-~]+")
_LIMIT = 2000


def clean(text: str) -> str:
    """`text` as one harmless line. What is stored was cleaned already; a terminal is worth a second look."""
    return one_line(text, _LIMIT)


def log_line(text: str) -> str:
    """One line of a worker's output: indentation kept, and of a progress bar only what was last drawn."""
    return without_controls(last_drawn(text)[: _LIMIT * 4]).replace("\n", " ").expandtabs(4).rstrip()


def place(path: Path | None) -> str:
    """A path as it can be copied, only what a terminal would obey taken out; "" for None."""
    return without_controls(str(path or "")).replace("\n", "?").replace("\t", "?")


def web_link(url: str) -> str | None:
    """`url` if a terminal may be handed it as a link: plain http(s) without a blank or control character."""
    return url if _WEB.fullmatch(url) else None


def short_age(since: datetime, now: datetime) -> str:
    """The time from `since` to `now` in at most four characters: 42s, 3m, 2h, 4d; "now" when it is not over yet."""
    size, unit = _span(since, now)
    return f"{size}{unit}" if size else "now"


def spaced_age(since: datetime, now: datetime) -> str:
    """As `short_age`, for a sentence: "3 h"."""
    size, unit = _span(since, now)
    return f"{size} {unit}"


def short_count(number: int) -> str:
    """A count in at most four characters, as long as there is a unit for it: 7, 950, 12k, 1.2M."""
    size, unit = float(number), ""
    for larger in ("k", "M", "G", "T"):
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    return f"{size:.1f}{unit}" if unit and size < 9.95 else f"{size:.0f}{unit}"


def _span(since: datetime, now: datetime) -> tuple[int, str]:
    seconds = int((now - since).total_seconds())
    return next(((seconds // size, unit) for size, unit in _UNITS if seconds >= size), (0, "s"))


def timestamp(moment: datetime) -> str:
    """RFC 3339, UTC, whole seconds: 2026-11-21T10:51:40Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def clock(moment: datetime) -> str:
    """For a person: 2026-11-21 10:51Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z"
