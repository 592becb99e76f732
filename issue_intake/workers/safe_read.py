"""Reading what an agent may have written: regular files only, never through a link, never more than a bound."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: a pipe planted in the place of a file must not keep the tick waiting.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def _regular_file(folder: Path, *names: str) -> Iterator[int]:
    """A descriptor of the regular file `folder`/`names`. Raises OSError for anything else in its place."""
    opened = [os.open(folder, _FOLDER)]
    try:
        for name in names[:-1]:
            opened.append(os.open(name, _FOLDER, dir_fd=opened[-1]))
        opened.append(os.open(names[-1], _FILE, dir_fd=opened[-1]))
        if not stat.S_ISREG(os.fstat(opened[-1]).st_mode):
            raise OSError("not a regular file")
        yield opened[-1]
    finally:
        for descriptor in reversed(opened):
            os.close(descriptor)


def read_small(folder: Path, *names: str, limit: int) -> bytes:
    """The bytes of a file of at most `limit` bytes. Raises OSError if it is missing, longer or no regular file."""
    with _regular_file(folder, *names) as descriptor:
        data = _read(descriptor, limit + 1)
    if len(data) > limit:
        raise OSError(f"longer than {limit} bytes")
    return data


def read_ends(folder: Path, name: str, *, head: int, tail: int, within: tuple[int, int] | None = None) -> bytes:
    """The first `head` and the last `tail` bytes of a file, the lines cut between them left out; b"" if unreadable.

    `within`: as if the file were only its bytes from the one position to the other.
    """
    try:
        with _regular_file(folder, name) as descriptor:
            size = os.fstat(descriptor).st_size
            begin, end = (0, size) if within is None else (min(within[0], size), min(within[1], size))
            os.lseek(descriptor, begin, os.SEEK_SET)
            if end - begin <= head + tail:
                return _read(descriptor, end - begin)
            first = _read(descriptor, head)
            os.lseek(descriptor, end - tail, os.SEEK_SET)
            last = _read(descriptor, tail)
    except OSError:
        return b""
    return first[: first.rfind(b"\n") + 1] + last[last.find(b"\n") + 1 :]


def _read(descriptor: int, limit: int) -> bytes:
    parts: list[bytes] = []
    while limit > 0 and (part := os.read(descriptor, limit)):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)
