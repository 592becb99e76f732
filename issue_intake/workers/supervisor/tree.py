"""All processes a step brought about, daemons included: seen, counted, ended."""

from __future__ import annotations

import os
import signal
import time

from issue_intake.workers.supervisor.table import LINUX, Entry, descendants, entries, send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <linux/prctl.h>
_PATIENCE_WITH_KILL = 5.0
_PAUSE = 0.05


class Tree:
    """The processes below this one. On Linux every orphan comes here, so that none can slip away.

    Elsewhere a daemon that left both its parent and its process group is missed here; its mark finds it later.
    """

    def __init__(self) -> None:
        self._adopts = _adopt_orphans()
        self._leader = 0
        self._childless = True
        self.status: int | None = None

    def follow(self, leader: int) -> None:
        """A step began: `leader` is the process whose end is the step's; `status` will be its wait status."""
        self._leader = leader
        self._childless = False
        self.status = None

    def reap(self) -> None:
        """Collect the dead. The only place that waits: another one would take the leader's status away."""
        while not self._childless:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self._childless = True
                return
            if pid == 0:
                return
            if pid == self._leader:
                self.status = status

    def cpu(self) -> float:
        """CPU seconds used so far by the living, and by the dead whose time came to them or to us."""
        spent = os.times()
        return spent.children_user + spent.children_system + sum(row.cpu for row in self.all())

    def end(self, grace: float, rest: Callable[[float], None]) -> list[int]:
        """TERM, after `grace` seconds KILL, to everything, newcomers too; the pids that survived both.

        `rest(seconds)` is called in between; it must call `reap`.
        """
        begun = time.monotonic()
        asked: set[tuple[int, int]] = set()
        while not self._gone():
            living = self.all()
            passed = time.monotonic() - begun
            if passed > grace + _PATIENCE_WITH_KILL:
                return [row.pid for row in living]
            for row in living:
                if passed >= grace:
                    send(row.pid, row.start, signal.SIGKILL)
                elif (row.pid, row.start) not in asked:
                    asked.add((row.pid, row.start))
                    send(row.pid, row.start, signal.SIGTERM)
                    send(row.pid, row.start, signal.SIGCONT)  # a stopped one could not hear it
            rest(_PAUSE)
        return []

    def _gone(self) -> bool:
        """Having no child is certain; a listing may miss a process that forks behind its back.

        A zombie counts while it cannot be reaped: the threads of a program outlive its first one.
        """
        self.reap()
        if self._adopts or not self._childless:
            return self._childless
        return all(row.zombie for row in self.all())

    def all(self) -> list[Entry]:
        """All of them, zombies too."""
        below = descendants(os.getpid())
        if self._adopts:
            return below
        known = {row.pid for row in below}
        stray = (row for row in entries().values() if row.group == self._leader and row.pid not in known)
        return [*below, *stray]


def _adopt_orphans() -> bool:
    if not LINUX:
        return False
    try:
        import ctypes  # noqa: PLC0415 - a Python built without it can do the rest

        return bool(ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False
