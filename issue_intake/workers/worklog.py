"""worker.log: all output of the steps, as it comes, bounded."""

from __future__ import annotations

import os

from issue_intake.workers.records import write_all

DEFAULT_LIMIT = 10 * 1024 * 1024
HEAD = 64 * 1024
_CHUNK = 64 * 1024


class WorkLog:
    """Keeps the last of the output, and the first 64 KiB: an agent names its conversation on its first lines.

    `limit` in bytes. A file about to pass it is replaced by a shorter one in one step. A disk that is full or
    failing costs output, never the worker.
    """

    def __init__(self, path: str, limit: int = DEFAULT_LIMIT) -> None:
        self._path = path
        self._limit = max(limit, 4096)
        self._head = min(HEAD, self._limit // 4)
        self._kept_head = self._head
        self._cut = 0
        self._file = _open(path, os.O_APPEND)
        self._size = os.fstat(self._file).st_size

    def write(self, data: bytes) -> None:
        """Append `data`."""
        try:
            if self._size + len(data) > self._limit:
                self._shorten(self._kept_head, self._limit // 2)
            while data:
                done = os.write(self._file, data)
                self._size += done
                data = data[done:]
        except OSError:
            self._cut += len(data)

    def start_agent(self) -> None:
        """From here on the agent writes: its first output is kept, of the hooks' before it only the end."""
        try:
            if self._size > self._head:
                self._shorten(0, self._head // 2)
            self._kept_head = self._size + self._head
        except OSError:
            self._kept_head = self._head

    def close(self) -> None:
        """Nothing more will be written."""
        os.close(self._file)

    def _shorten(self, head: int, tail: int) -> None:
        if self._size <= head + tail:
            return
        self._cut += self._size - head - tail
        part = f"{self._path}.part"
        shorter = _open(part, os.O_TRUNC)
        try:
            with open(self._path, "rb") as old:  # noqa: PTH123
                _copy(old.fileno(), shorter, head)
                os.write(shorter, b"\n[intake: %d bytes left out here]\n" % self._cut)
                os.lseek(old.fileno(), -tail, os.SEEK_END)
                _copy(old.fileno(), shorter, tail)
            os.replace(part, self._path)  # noqa: PTH105
        except OSError:
            os.close(shorter)
            os.truncate(self._file, 0)  # no room for two: the newest matters most
            self._size = 0
            return
        os.close(self._file)
        self._file = shorter
        self._size = os.fstat(shorter).st_size


def _open(path: str, flag: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | flag, 0o600)


def _copy(source: int, target: int, count: int) -> None:
    while count > 0 and (data := os.read(source, min(count, _CHUNK))):
        write_all(target, data)
        count -= len(data)
