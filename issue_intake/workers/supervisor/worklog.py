"""worker.log: all output of the steps, as it comes, bounded."""

from __future__ import annotations

import os

from issue_intake.workers.supervisor.records import make_way, write_all

DEFAULT_LIMIT = 10 * 1024 * 1024
HEAD = 64 * 1024
_CHUNK = 64 * 1024
_NOTE = 64  # bytes at most


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
        self._agent_from: int | None = None
        self._agent_to: int | None = None
        self._file = _open(path)
        self._size = os.fstat(self._file).st_size

    @property
    def agent(self) -> list[int] | None:
        """[from, to): the bytes of the file that hold the agent's own output; None where it was lost or none came."""
        if self._agent_from is None or self._agent_to is None:
            return None
        return [self._agent_from, self._agent_to]

    def write(self, data: bytes) -> None:
        """Append `data`."""
        piece = self._limit // 8
        for start in range(0, len(data), piece):
            self._append(data[start : start + piece])

    def start_agent(self) -> None:
        """From here on the agent writes: its first output is kept, of the hooks' before it only the end."""
        try:
            # A reader of the first 64 KiB shall find the agent's beginning in them.
            if self._size > self._head // 2:
                self._shorten(0, self._head // 2)
                self._cut = 0
            self._kept_head = self._size + self._head
            self._agent_from = self._size
        except OSError:
            self._kept_head = self._head

    def end_agent(self) -> None:
        """The agent writes no more: half of the log is its own for good, whatever the steps after it say."""
        self._agent_to = self._size

    def close(self) -> None:
        """Nothing more will be written."""
        os.close(self._file)

    def _append(self, data: bytes) -> None:
        try:
            if self._kept_head < (self._agent_to or 0):
                self._keep_agent(self._limit // 2)
            if self._size + len(data) > self._limit:
                room = self._limit - self._kept_head - _NOTE - len(data)
                self._shorten(self._kept_head, min(room, (self._limit - self._kept_head) // 2))
            write_all(self._file, data)
            self._size += len(data)
        except OSError:
            self._cut += len(data)
            self._size = os.fstat(self._file).st_size

    def _keep_agent(self, most: int) -> None:
        if self._size > most:
            self._shorten(self._kept_head, most - self._kept_head - _NOTE)
            self._cut = 0
        self._kept_head = self._size
        if self._agent_to is not None:
            self._agent_to = self._size

    def _shorten(self, head: int, tail: int) -> None:
        self._cut += self._size - head - tail
        part = f"{self._path}.part"
        make_way(part)
        shorter = _open(part, os.O_TRUNC | os.O_NONBLOCK)
        try:
            _copy(self._file, shorter, 0, head)
            write_all(shorter, b"\n[intake: %d bytes left out here]\n" % self._cut)
            _copy(self._file, shorter, self._size - tail, tail)
            os.replace(part, self._path)  # noqa: PTH105
        except OSError:
            os.close(shorter)
            os.unlink(part)  # noqa: PTH108
            os.truncate(self._file, 0)  # no room for two: the newest matters most
            self._size = 0
            self._agent_from = self._agent_to = None
            return
        os.close(self._file)
        self._file = shorter
        self._size = os.fstat(shorter).st_size


def _open(path: str, flags: int = 0) -> int:
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | flags, 0o600)


def _copy(source: int, target: int, start: int, count: int) -> None:
    end = start + count
    while start < end and (data := os.pread(source, min(end - start, _CHUNK), start)):
        write_all(target, data)
        start += len(data)
