"""Which process is meant, whether it lives, and ending what a lost worker left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from issue_intake.core.record import record
from issue_intake.workers.host import boot_id, machine_id, restarted_since
from issue_intake.workers.supervisor.table import LINUX, entry, send

if TYPE_CHECKING:
    import psutil

MARK = "INTAKE_RUN"
_WORKTREE = "INTAKE_WORKTREE"
_PATIENCE_WITH_KILL = 3.0
_PAUSE = 0.05


@record
class Identity:
    """A process, told from every other one before, after and elsewhere. `start`: see `start_of`."""

    pid: int
    start: int
    boot: str
    machine: str


def identify(pid: int) -> Identity | None:
    """The process that has `pid` now, None where there is none or it is a zombie. Raises PermissionError."""
    start = start_of(pid)
    return None if start is None else Identity(pid=pid, start=start, boot=boot_id(), machine=machine_id())


def is_alive(identity: Identity) -> Literal["alive", "gone", "unknown"]:
    """Whether that very process still runs; unknown on another machine, or where it may not be looked at."""
    if identity.machine != machine_id():
        return "unknown"
    if restarted_since(identity.boot):
        return "gone"
    try:
        return "alive" if start_of(identity.pid) == identity.start else "gone"
    except OSError:
        return "unknown"


def start_of(pid: int) -> int | None:
    """When the process began: clock ticks since boot on Linux, hundredths of a second since 1970 elsewhere.

    None where there is no such process, or only its zombie. Raises PermissionError.
    """
    if LINUX:
        found = entry(pid)
        return None if found is None or found.zombie else found.start
    import psutil  # noqa: PLC0415

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else round(process.create_time() * 100)
    except psutil.AccessDenied as error:
        raise PermissionError(f"process {pid} may not be looked at") from error
    except psutil.Error:
        return None


def start_now() -> int:
    """The present moment as `start_of` would give it for a process begun now."""
    if LINUX:
        return int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK"))
    return int(time.time() * 100)


def marked(run: str, worktree: Path) -> tuple[Identity, ...]:
    """Processes whose environment carries the mark of `run`, or of another attempt of the same session.

    One that also names another worktree than `worktree` belongs to the same issue in another home, and is left out.
    """
    session, _, _ = run.rpartition("/")
    prefix = f"{session}/" if "/" in session else f"{run}\0"

    def wanted(process: psutil.Process) -> bool:
        environment: Mapping[str, str] = process.environ()
        mark = environment.get(MARK, "")
        ours = mark == run or mark.startswith(prefix)
        return ours and _within(environment.get(_WORKTREE, os.fspath(worktree)), worktree)

    return _matching(wanted)


def cwd_below(folder: Path, since: int) -> tuple[Identity, ...]:
    """Processes that work in `folder` and began at `since` (see `start_of`) or later: not a shell opened before."""
    inside = _matching(lambda process: _within(process.cwd(), folder))
    return tuple(found for found in inside if found.start >= since)


def end(processes: Iterable[Identity], grace: float) -> tuple[Identity, ...]:
    """TERM, after `grace` seconds KILL; those that survived both."""
    living = _signal(processes, signal.SIGTERM)
    living = _until_gone(living, grace)
    return _until_gone(_signal(living, signal.SIGKILL), _PATIENCE_WITH_KILL)


def _signal(processes: Iterable[Identity], number: int) -> tuple[Identity, ...]:
    living = tuple(process for process in processes if is_alive(process) != "gone")
    for process in living:
        send(process.pid, process.start, number)
        if number == signal.SIGTERM:
            send(process.pid, process.start, signal.SIGCONT)  # a stopped one could not hear it
    return living


def _until_gone(processes: tuple[Identity, ...], patience: float) -> tuple[Identity, ...]:
    deadline = time.monotonic() + patience
    while processes := tuple(process for process in processes if is_alive(process) != "gone"):
        if time.monotonic() >= deadline:
            break
        time.sleep(_PAUSE)
    return processes


def _matching(wanted: Callable[[psutil.Process], bool]) -> tuple[Identity, ...]:
    return tuple(_identities(wanted))


def _identities(wanted: Callable[[psutil.Process], bool]) -> Iterator[Identity]:
    """Of all processes those `wanted`; never this one or one it was started by."""
    import psutil  # noqa: PLC0415 - 27 ms that most commands do not need

    myself = psutil.Process()
    spared = {myself.pid, *(parent.pid for parent in myself.parents())}
    for process in psutil.process_iter():
        if process.pid in spared:
            continue
        try:
            found = identify(process.pid)  # before the look: another process with this pid is no match later
            if found is not None and wanted(process):
                yield found
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or another user's


def _within(path: str, folder: Path) -> bool:
    """Whether `path` is `folder` or lies below it, links resolved; "" is nowhere."""
    return bool(path) and Path(path).resolve().is_relative_to(folder.resolve())
