"""Tells when the processes of a step are more, or take more memory, than they may."""

from __future__ import annotations

import os
import time

from issue_intake.workers.supervisor.held import held
from issue_intake.workers.supervisor.table import LINUX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from issue_intake.workers.supervisor.table import Entry

_GLANCE = 0.5  # seconds between two glances at the whole system
_LOOKS = (2.0, 30.0)  # seconds between two looks at the tree, at least and at most, while nothing grows
_CALM, _BUSY = 10_000, 20  # a look may take that part of the time until the next one
_BOUNDLESS = float("inf")


class Bounds:
    """What a step's tree may use at once: `memory` in bytes, `processes`; None for no limit.

    Cheap: reading the tree takes milliseconds on a busy machine. Two numbers of the whole system tell whether it can
    have grown much since, and only then, or now and then, it is read.
    """

    pause = _GLANCE

    def __init__(self, memory: int | None, processes: int | None, living: Callable[[], list[Entry]]) -> None:
        self._memory = _BOUNDLESS if memory is None else memory
        self._processes = _BOUNDLESS if processes is None else processes
        self._living = living
        self._room_for_bytes, self._room_for_processes = self._memory, self._processes
        self._tasks, self._free = _system()
        self._glance_at = self._look_at = time.monotonic() + _GLANCE

    def excess(self, now: float) -> str:
        """What of it is beyond its limit, as the rest of a sentence; "" if nothing is. To be asked every `pause`."""
        if now < self._glance_at:
            return ""
        self._glance_at = now + _GLANCE
        return self._look(now) if self._grew() or now >= self._look_at else ""

    def _grew(self) -> bool:
        """Whether the tree may have taken half of what it had left. Others that end meanwhile hide nothing of it."""
        tasks, free = _system()
        self._tasks, self._free = min(self._tasks, tasks), max(self._free, free)
        return tasks - self._tasks > self._room_for_processes / 2 or self._free - free > self._room_for_bytes / 2

    def _look(self, now: float) -> str:
        begun = time.monotonic()
        self._tasks, self._free = _system()
        rows = [row for row in self._living() if not row.zombie]
        outside = held(row.pid for row in rows) if self._memory != _BOUNDLESS else 0
        used = outside + sum(row.memory for row in rows)
        if used > self._memory:
            used = _exactly(rows, outside)
        self._room_for_bytes, self._room_for_processes = self._memory - used, self._processes - len(rows)
        took = time.monotonic() - begun
        self._glance_at = now + max(took * _BUSY, _GLANCE)
        self._look_at = now + min(max(took * _CALM, _LOOKS[0]), _LOOKS[1])
        if self._room_for_processes < 0:
            return f"ran more than {self._processes} processes at once"
        return f"used more than {_size(int(self._memory))} of memory" if self._room_for_bytes < 0 else ""


def _system() -> tuple[int, int]:
    """How many threads the system has, and how many bytes it could still give out; (0, 0) where it does not tell."""
    if not LINUX:
        return 0, 0
    try:
        with open("/proc/loadavg", "rb") as load, open("/proc/meminfo", "rb") as memory:  # noqa: PTH123
            tasks = load.read(128).split()[3].partition(b"/")[2]
            free = memory.read(256).partition(b"MemAvailable:")[2].split()[0]
        return int(tasks), int(free) * 1024
    except (OSError, LookupError, ValueError):
        return 0, 0


def _exactly(rows: list[Entry], outside: int) -> int:
    """The bytes of all of them, what several have in common counted once, as what of `outside` is mapped."""
    shares = [_share(row) for row in rows]
    return sum(share for share, _ in shares) + max(0, outside - sum(mapped for _, mapped in shares))


def _share(row: Entry) -> tuple[int, int]:
    """The bytes of a process, of those it has in common with others its part; and how many of them are of files."""
    try:
        with open(f"/proc/{row.pid}/smaps_rollup", "rb") as file:  # noqa: PTH123
            told = file.read()
        return _kib(told, b"\nPss:"), _kib(told, b"\nPss_Shmem:") if b"\nPss_Shmem:" in told else 0
    except (FileNotFoundError, ProcessLookupError):
        return 0 if os.access("/proc/self/smaps_rollup", os.F_OK) else row.memory, 0
    except (OSError, LookupError, ValueError):
        return row.memory, 0


def _kib(told: bytes, name: bytes) -> int:
    return int(told.partition(name)[2].split(maxsplit=1)[0]) * 1024


def _size(count: int) -> str:
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("GB", 10**9), ("MB", 10**6)):
        if count % factor == 0:
            return f"{count // factor} {unit}"
    return f"{count / 10**6:.1f} MB"
