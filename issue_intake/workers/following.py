"""Reads a worker's log as it grows. The writer may drop the log's middle, or begin it anew, at any time."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from issue_intake.core.text import as_drawn
from issue_intake.workers.safe_read import read_ends

_MOST = 64 * 1024 * 1024  # bytes; a log is far shorter
_NEEDLE = 4096
_PAUSE = 0.25  # seconds
_NOTE = b"[intake: "
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def tail(path: Path, lines: int) -> tuple[str, ...]:
    """The last `lines` lines of a log, cleaned; none where there is no log."""
    found = read_ends(path.parent, path.name, head=0, tail=_MOST)
    whole = found.removesuffix(b"\n").split(b"\n") if found else []
    return tuple(_shown(line) for line in whole[max(len(whole) - lines, 0) :])


def follow(path: Path, ended: Callable[[], bool], *, last: int | None = None) -> Iterator[str]:
    """The lines of a log, cleaned, as they come, until `ended()` says so and nothing is left.

    `last`: of what is there already only so many lines, None for all. The log need not exist yet. Raises OSError where
    it cannot be read.
    """
    reader, rest, over = _Reader(path), b"", False
    try:
        while True:
            data = reader.read()
            *whole, rest = (rest + data).split(b"\n")
            if last is not None and reader.opened:
                whole, last = whole[max(len(whole) - last, 0) :], None
            yield from map(_shown, whole)
            if over and not data:
                break
            over = over or ended()
            if not over and not data:
                time.sleep(_PAUSE)
        if rest:
            yield _shown(rest)
    finally:
        reader.close()


def _shown(line: bytes) -> str:
    return as_drawn(line.decode("utf-8", "replace"))


class _Reader:
    """Where one reader stands in a log."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._position = 0
        self._latest = b""

    @property
    def opened(self) -> bool:
        """Whether the log has been there."""
        return self._file >= 0

    def read(self) -> bytes:
        """What came since; b"" if nothing did, or there is no log. Raises OSError."""
        now = _open(self._path)
        if now is None:
            return self._rest()
        if not self.opened:
            self._file = now
            return self._rest()
        replaced = not os.path.samestat(os.fstat(now), os.fstat(self._file))
        data = self._rest()  # of the replaced one too: nothing is added to it any more
        if data or not replaced:
            os.close(now)
            return data
        self._move(now)
        return self._rest()

    def close(self) -> None:
        """Nothing more will be read."""
        if self.opened:
            os.close(self._file)
            self._file = -1

    def _rest(self) -> bytes:
        if not self.opened:
            return b""
        size = os.fstat(self._file).st_size
        if size < self._position:
            self._position = 0
        data = os.pread(self._file, min(size - self._position, _MOST), self._position)
        self._position += len(data)
        self._latest = (self._latest + data)[-_NEEDLE:]
        return data

    def _move(self, now: int) -> None:
        """Go on in the log that replaced this one, after what was read last, or with the note of what was left out."""
        os.close(self._file)
        self._file = now
        text = os.pread(now, _MOST, 0)
        if text[: self._position].endswith(self._latest) and len(text) >= self._position:
            return
        found = text.rfind(self._latest)
        self._position = found + len(self._latest) if found >= 0 else max(text.rfind(_NOTE), 0)


def _open(path: Path) -> int | None:
    """A descriptor of the log, None where there is none. Raises OSError for what is no regular file."""
    try:
        file = os.open(path, _FLAGS)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(f"{path} is no regular file")
    return file
