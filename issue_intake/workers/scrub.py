"""Secrets overwritten in the records of an attempt that ended, byte for byte: all else stays at its place."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from issue_intake.core.redact import parts
from issue_intake.core.shapes import GONE
from issue_intake.workers.supervisor.redaction import patterns

_WINDOW = 8 * 1024 * 1024
_OVERLAP = 64 * 1024  # bytes; no secret is longer
_MOST = 256 * 1024 * 1024  # bytes of one attempt; an agent that writes more has other things in mind
_SHORTEST, _LONG = 8, 20
_WORD = re.compile(r"[A-Za-z_]+|[0-9.:-]+")
_FILE = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def scrub(folder: Path, secrets: Iterable[str]) -> None:
    """Overwrite `secrets`, and what looks like one, in all files below `folder`, the agent's own among them.

    No link is followed, nor is a file touched that has another name elsewhere. The worker must have ended. A secret
    that could be a plain word is let be: it would be found in the records themselves. Raises OSError.
    """
    needles = tuple(part.encode("utf-8", "surrogateescape") for part in parts(secrets) if _is_odd(part))
    left = _MOST
    for _, _, names, place in os.fwalk(folder, follow_symlinks=False):
        for name in sorted(names):
            left -= _scrub_file(name, place, needles, left)


def _scrub_file(name: str, place: int, needles: tuple[bytes, ...], most: int) -> int:
    """The bytes that were looked at."""
    file = _opened(name, place)
    if file is None:
        return 0
    try:
        found = os.fstat(file)
        size = min(found.st_size, most) if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 else 0
        for begin in range(0, size, _WINDOW):
            data = os.pread(file, min(_WINDOW + _OVERLAP, size - begin), begin)
            for start, end in _found(data, needles):
                os.pwrite(file, _mask(end - start), begin + start)
        return size
    finally:
        os.close(file)


def _opened(name: str, place: int) -> int | None:
    try:
        return os.open(name, _FILE, dir_fd=place)
    except PermissionError:
        with suppress(OSError):
            if stat.S_ISREG(os.stat(name, dir_fd=place, follow_symlinks=False).st_mode):
                os.chmod(name, 0o600, dir_fd=place)
                return os.open(name, _FILE, dir_fd=place)
        return None
    except OSError:
        return None  # a link, a socket, or gone


def _found(data: bytes, needles: tuple[bytes, ...]) -> Iterator[tuple[int, int]]:
    """From where to where something is to be overwritten; places may be named more than once."""
    for needle in needles:
        at = data.find(needle)
        while at >= 0:
            yield at, at + len(needle)
            at = data.find(needle, at + len(needle))
    for hints, shape in patterns().shapes:
        if any(hint in data for hint in hints):
            yield from ((match.end(1), match.end()) for match in shape.finditer(data))
    yield from ((match.start(), match.end()) for match in patterns().key.finditer(data))


def _mask(length: int) -> bytes:
    """Nothing in it ends a line or a string of JSON."""
    return (GONE[:-1].encode() + b"-" * (length - len(GONE)) + b"]") if length >= len(GONE) else b"*" * length


def _is_odd(secret: str) -> bool:
    return len(secret) >= _SHORTEST and (len(secret) >= _LONG or _WORD.fullmatch(secret) is None)
