"""Tells a worker that hangs from one that works in silence."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TIMERS = 0.001  # of one core: an idle program's timers tick, which is no work
_SLICE = 0.05  # seconds of walking before the supervisor attends to the rest again


class Stillness:
    """Reached after `limit` seconds without output, CPU time or a changed file; a fifth later at most.

    Cheap: CPU is looked at when there was no output, files are looked at when there was neither. The clock is
    monotonic, so a laptop's sleep counts for nothing.
    """

    def __init__(self, limit: float, folder: str, cpu: Callable[[], float]) -> None:
        self._limit = limit
        self._folder = folder
        self._cpu = cpu
        self.pause = min(limit / 20, 60.0)
        now = time.monotonic()
        self._look_at = now + self.pause
        self._cpu_at, self._cpu_used = now, cpu()
        self._walk: Iterator[int | None] | None = None
        self._break()

    def heard(self) -> None:
        """There was output."""
        self._quiet_output = False

    def reached(self, now: float) -> bool:
        """Whether nothing happened for the limit. To be asked every `pause` seconds or more often."""
        if self._walk is not None:
            return self._compare(now)
        if now < self._look_at:
            return False
        self._look_at = now + self.pause
        if not self._quiet_output or self._worked(now):
            self._break()
        elif now >= self._walk_at:
            self._walk = fingerprint(self._folder)
            self._walk_begun = now
        return False

    def _break(self) -> None:
        self._quiet_output = True
        self._files: int | None = None
        self._still_since = 0.0
        self._walk_at = 0.0
        self._walk_begun = 0.0

    def _worked(self, now: float) -> bool:
        used, allowed = self._cpu(), (now - self._cpu_at) * _TIMERS
        spent = used - self._cpu_used
        self._cpu_at, self._cpu_used = now, used
        return spent > allowed

    def _compare(self, now: float) -> bool:
        assert self._walk is not None
        pause_at = time.monotonic() + _SLICE
        files = next(self._walk)
        while files is None and time.monotonic() < pause_at:
            files = next(self._walk)
        if files is None:
            return False
        self._walk = None
        if files != self._files:
            self._files, self._still_since = files, self._walk_begun
        still = now - self._still_since
        self._walk_at = now + min(self._limit / 5, max(self._limit - still, 0.0))
        return still >= self._limit and self._quiet_output


def fingerprint(folder: str) -> Iterator[int | None]:
    """None after each folder, at last a number that differs when a file below was changed. Links are not followed."""
    found, folders = 0, [folder]
    while folders:
        for line in _lines(folders.pop()):
            found = hash((found, *line[1:]))
            if line[0]:
                folders.append(line[1])
        yield None
    yield found


def _lines(folder: str) -> Iterator[tuple[bool, str, int, int, int]]:
    """(is a folder, path, change times in ns, size) of each entry; what vanishes or is forbidden is left out."""
    try:
        with os.scandir(folder) as listing:
            for item in listing:
                facts = item.stat(follow_symlinks=False)
                inside = item.is_dir(follow_symlinks=False)
                yield inside, item.path, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size
    except OSError:
        return
