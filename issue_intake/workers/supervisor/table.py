"""The process table, and a signal that cannot hit a stranger."""

from __future__ import annotations

import os
import signal
import sys

LINUX = sys.platform.startswith("linux")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Entry:
    """One process. `cpu` in seconds, with its reaped children's; `memory` in bytes, shared ones too.

    `start` (Linux: clock ticks since boot, elsewhere 0) tells it from others that had its pid.
    """

    __slots__ = ("cpu", "group", "memory", "parent", "pid", "start", "zombie")

    def __init__(  # noqa: PLR0913 - dataclasses take longer to load than all of this room
        self, pid: int, parent: int, group: int, *, zombie: bool, cpu: float, memory: int, start: int = 0
    ) -> None:
        self.pid = pid
        self.parent = parent
        self.group = group
        self.zombie = zombie
        self.cpu = cpu
        self.memory = memory
        self.start = start


def entries() -> dict[int, Entry]:
    """Every process of this host by its pid, as far as it may be seen."""
    if not LINUX:
        return _from_ps()
    found = (_visible(int(name)) for name in os.listdir("/proc") if name.isdecimal())  # noqa: PTH208
    return {row.pid: row for row in found if row is not None}


def entry(pid: int) -> Entry | None:
    """The process `pid`, None where there is none (Linux only). Raises PermissionError where /proc hides it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            line = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = line[line.rindex(b")") + 2 :].split()  # the name before it may hold anything
    return Entry(
        pid,
        int(fields[1]),
        int(fields[2]),
        zombie=fields[0] in {b"Z", b"X"},
        cpu=sum(map(int, fields[11:15])) / _TICKS,
        memory=int(fields[21]) * _PAGE,
        start=int(fields[19]),
    )


def descendants(root: int) -> list[Entry]:
    """All processes below `root`, zombies too."""
    children: dict[int, list[Entry]] = {}
    for row in entries().values():
        children.setdefault(row.parent, []).append(row)
    found = list(children.get(root, ()))
    for row in found:  # grows while it is walked
        found.extend(children.get(row.pid, ()))
    return found


def send(pid: int, start: int, number: int) -> None:
    """Signal the process if it is still the one that began at `start`; nothing where it is gone or not ours."""
    try:
        handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
    except ProcessLookupError:
        return
    except OSError:
        handle = -1  # a kernel without it
    try:
        _send(pid, handle, start, number)
    except (ProcessLookupError, PermissionError):
        return
    finally:
        if handle >= 0:
            os.close(handle)


def _visible(pid: int) -> Entry | None:
    try:
        return entry(pid)
    except PermissionError:
        return None  # somebody else's, hidden by hidepid


def _send(pid: int, handle: int, start: int, number: int) -> None:
    """The descriptor is of one process for ever: looked at after it was opened, its pid cannot change hands."""
    if LINUX and ((now := entry(pid)) is None or now.start != start):
        return
    if handle >= 0:
        signal.pidfd_send_signal(handle, number)
    else:
        os.kill(pid, number)


def _from_ps() -> dict[int, Entry]:
    import subprocess  # noqa: PLC0415 - too heavy to load where /proc is at hand

    command = ("/bin/ps", "-axo", "pid=,ppid=,pgid=,stat=,time=,rss=")
    listing = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10, stdin=subprocess.DEVNULL)
    rows = (line.split() for line in listing.stdout.splitlines())
    return {
        int(pid): Entry(
            int(pid),
            int(parent),
            int(group),
            zombie=state.startswith("Z"),
            cpu=_seconds(time),
            memory=int(kib) * 1024,
        )
        for pid, parent, group, state, time, kib in (row for row in rows if len(row) == 6)
    }


def _seconds(time: str) -> float:
    """Seconds in ps's `[[dd-]hh:]mm:ss.cc`."""
    days, _, clock = time.rpartition("-")
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total + int(days or 0) * 86400
