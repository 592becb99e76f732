"""The end of a job's log, made readable."""

from __future__ import annotations

import re

from issue_intake.core.text import as_drawn
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.github.client import GitHub

_LINES = 50
_LINE = 2000
_KEEP = 256 * 1024
_TIME = re.compile(r"\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ?")


def log_tail(github: GitHub, path: str) -> str:
    """The last lines of the log at `path`, "" where there is none to be had: an attempt can do without."""
    try:
        log = github.tail(path, _KEEP)
    except (UnavailableError, RefusedError):
        return ""
    lines = log.decode("utf-8", "replace").replace("\r\n", "\n").rstrip().split("\n")
    return "\n".join(map(_readable, lines[-_LINES:]))


def _readable(line: str) -> str:
    """A line without its time and control characters; of one that was written over again and again, its last state."""
    shown = _TIME.sub("", line, count=1) if _TIME.match(line) else line
    return as_drawn(shown)[:_LINE]
