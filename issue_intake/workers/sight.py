"""What became of an order, told from its folder, its lock and the process table."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from issue_intake.core.attempt import End
from issue_intake.core.work import Absent, Alive, Ended, Lost, Rebooted, Ref, Sight, Unknown
from issue_intake.workers import leftovers
from issue_intake.workers.folder import Folder
from issue_intake.workers.host import machine_id, restarted_since
from issue_intake.workers.process import Identity, is_alive

_ROUNDS, _PAUSE = 50, 0.01  # seconds

Reader = Callable[[Path, Mapping[str, object]], End]


def sight(ref: Ref, read_end: Reader) -> Sight:
    """Look at `ref`. Raises OSError when its files cannot be read."""
    folder = Folder(ref.folder)
    try:
        ref.folder.stat()  # pathlib's exists() takes what cannot be looked at for absent
    except FileNotFoundError:
        return Absent()
    if folder.held():  # before exit.json is looked at: an end counts once the lock is free
        return _alive(folder, ref)
    ended = folder.exit_record(ref)
    if ended is None:
        return _without_end(folder, ref, read_end)
    if (supervisor := _supervisor(folder, ref)) is not None and _stays(supervisor):
        return _without_lock(ref, supervisor)
    return _ended(folder, ref, ended, read_end)


def home(folder: Folder, ref: Ref) -> tuple[str, str]:
    """(machine id, boot id) that the order was started under; "" where not known."""
    handle = ref.handle or {}
    order = folder.record("order.json") or {}  # the last to be asked: an agent may have written to it
    machine = handle.get("machine") or order.get("machine_id") or ""
    boot = handle.get("boot") or order.get("boot_id") or ""
    return str(machine), str(boot)


def _alive(folder: Folder, ref: Ref) -> Alive:
    start = folder.record("start.json") or {}
    pid = start.get("pid", (ref.handle or {}).get("pid"))
    stopping = (ref.folder / "cancel").exists()
    return Alive(pid if isinstance(pid, int) else None, _time(start.get("started_at")), stopping=stopping)


def _without_end(folder: Folder, ref: Ref, read_end: Reader) -> Sight:
    machine, boot = home(folder, ref)
    if machine and machine != machine_id():
        return _elsewhere(ref)
    if restarted_since(boot):
        return Rebooted(read_end(ref.folder, {}))
    return _lost(folder, ref, read_end)


def _elsewhere(ref: Ref) -> Unknown:
    cure = f"where that is no more, move {ref.folder} away and ask again"
    return Unknown(f"{ref.run} was started on another machine; {cure}")


def _lost(folder: Folder, ref: Ref, read_end: Reader) -> Lost | Unknown:
    ran = (ref.folder / "start.json").exists()
    supervisor = _supervisor(folder, ref)
    if supervisor is None or is_alive(supervisor) == "gone":
        return Lost(ran=ran, told=read_end(ref.folder, {}) if ran else None)
    return _without_lock(ref, supervisor)


def _without_lock(ref: Ref, supervisor: Identity) -> Unknown:
    return Unknown(
        f"process {supervisor.pid} of {ref.run} runs, but its lock is free: was {ref.folder / 'lock'} replaced?"
    )


def _supervisor(folder: Folder, ref: Ref) -> Identity | None:
    """As the handle tells, which no agent can write to; else as start.json does. None where neither does."""
    handle, start = ref.handle or {}, folder.record("start.json") or {}
    told = (
        (handle.get("pid"), handle.get("start"), handle.get("boot"), handle.get("machine")),
        (start.get("pid"), start.get("start_ticks"), start.get("boot_id"), start.get("machine_id")),
    )
    for pid, ticks, boot, machine in told:
        if isinstance(pid, int) and isinstance(ticks, int):
            return Identity(pid=pid, start=ticks, boot=str(boot), machine=str(machine))
    return None


def _stays(supervisor: Identity) -> bool:
    """Whether it still runs, that is, for longer than it takes to go once its lock is free."""
    for _ in range(_ROUNDS):
        if is_alive(supervisor) != "alive":
            return False
        time.sleep(_PAUSE)
    return True


def _ended(folder: Folder, ref: Ref, ended: Mapping[str, object], read_end: Reader) -> Sight:
    if ended["end"] == "terminated":
        return _terminated(folder, ref, read_end(ref.folder, ended))
    if ended.get("survivors") and leftovers.find(folder, ref):
        return Unknown(f"processes of {ref.run} could not be ended")
    return Ended(read_end(ref.folder, ended))


def _terminated(folder: Folder, ref: Ref, told: End) -> Sight:
    """The system told the supervisor to go: as after a restart, unless something stayed behind."""
    machine, boot = home(folder, ref)
    if machine != machine_id():
        return _elsewhere(ref)
    if not restarted_since(boot) and leftovers.find(folder, ref):
        return Lost(ran=True, told=told)
    return Rebooted(told)


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None
