"""logs/intake.log: one key=value line per action and per poll, rotated."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Protocol

from issue_intake.core.text import one_line

_BYTES = 1024 * 1024
_OLD = 3
_PLAIN = re.compile(r"[\w./:#@+-]+")


class Log(Protocol):
    """Writes one event with its fields as key=value."""

    def __call__(self, event: str, /, **fields: object) -> None:
        """Write it."""
        ...


@contextmanager
def open_log(path: Path) -> Iterator[Log]:
    """The log at `path`, made at its first line. One that cannot be written is no fault of a tick."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    formatter = logging.Formatter("%(asctime)sZ %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = _Quiet(path, maxBytes=_BYTES, backupCount=_OLD, encoding="utf-8", delay=True)
    handler.setFormatter(formatter)
    logger = logging.Logger("intake")
    logger.addHandler(handler)

    def log(event: str, /, **fields: object) -> None:
        logger.info("%s", " ".join(f"{name}={_value(value)}" for name, value in {"event": event, **fields}.items()))

    with closing(handler):
        yield log


class _Quiet(RotatingFileHandler):
    def close(self) -> None:
        """Close it; what could not be written before cannot be now."""
        with suppress(OSError):
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """A full disk is told by the state file; the log does not fail the tick a second time."""


def _value(value: object) -> str:
    text = one_line(str(value), 500)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
