"""The files of an attempt's folder: how each is written so that a power cut leaves the old one or the new one.

The supervisor loads this module and its neighbours at every start: the standard library's small change only. No
pathlib (hence the PTH exemptions), dataclasses, typing or subprocess, each of which costs as much as bare Python.
"""

from __future__ import annotations

import json
import os
import stat
import time

TYPE_CHECKING = False  # type checkers take this name for true; importing it from typing costs 10 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, TypedDict

    End = Literal[
        "exited", "timeout", "stalled", "over_limit", "cancelled", "setup_failed", "not_started", "terminated", "broken"
    ]  # fmt: skip
    StepName = Literal["prepare", "take_in", "after_create", "before_run", "agent", "verify", "after_run"]

    class StepRecord(TypedDict):
        """One step of order.json; `timeout` in seconds, `stdin` a path; `title` and `required`: see core.work.Step."""

        name: StepName
        argv: list[str]
        cwd: str
        timeout: float | None
        stdin: str | None
        title: str
        required: bool
        env: dict[str, str]

    class OrderRecord(TypedDict):
        """order.json. Of the environment only the names: the values may be secrets and travel in memory.

        `timeout`, `stall`, `grace` in seconds, `log_limit` and `memory` in bytes. `made_start` is the moment on the
        scale of process start times (see process.start_now). `seal` is the hash of the word that seals the end.
        `conversation`, `login`, `currency`: see core.work.Order; the order of an earlier version may lack them.
        """

        schema_version: int
        run: str
        worktree: str
        reader: str
        conversation: str | None
        login: str
        currency: str | None
        steps: list[StepRecord]
        env_names: list[str]
        timeout: float | None
        stall: float | None
        grace: float
        log_limit: int
        memory: int | None
        processes: int | None
        machine_id: str
        boot_id: str
        made_at: str
        made_start: int
        seal: str

    class StepEnd(TypedDict):
        """How one step ended: by a code, by a signal, or not started at all (`error` says why).

        `tail`: the last of what a verify step wrote, as it wrote it; "" of others, and where the disk was full.
        """

        name: StepName
        exit_code: int | None
        signal: int | None
        seconds: float
        error: str
        title: str
        required: bool
        tail: str

    class ExitRecord(TypedDict):
        """exit.json. `step`, `exit_code`, `signal` and `error` are those of the step that decided the end.

        `agent_log`: from where to where worker.log holds the agent's own output, in bytes; None where not known.
        """

        schema_version: int
        run: str | None
        seal: str
        end: End
        step: StepName | None
        exit_code: int | None
        signal: int | None
        error: str
        started_at: str
        ended_at: str
        agent_started_at: str | None
        seconds: float
        hook_done: bool
        agent_log: list[int] | None
        steps: list[StepEnd]
        survivors: list[int]


SCHEMA_VERSION = 1
ENDS = frozenset(
    {
        *("exited", "timeout", "stalled", "over_limit", "cancelled"),
        *("setup_failed", "not_started", "terminated", "broken"),
    }
)
_ROOM_FOR_AN_END = 8192  # bytes; an exit.json without tails is 1-2 KiB
_ROOM_FOR_A_STEP = 2560  # bytes; a sentence of 300 characters, each of them escaped


def write_json(path: str, value: Mapping[str, object]) -> None:
    """Replace `path` by `value` in one step, on the disk when this returns; mode 0600. Raises OSError."""
    write_file(path, json.dumps(value, indent=1, sort_keys=True).encode() + b"\n")


def write_file(path: str, data: bytes) -> None:
    """Replace `path` by `data` in one step, on the disk when this returns; mode 0600. Raises OSError."""
    part = f"{path}.part"
    # Not truncated first: what `reserve` allocated is written over, and a full disk does no harm.
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        write_all(descriptor, data)
        os.ftruncate(descriptor, len(data))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(part, path)  # noqa: PTH105
    sync_folder(os.path.dirname(path))  # noqa: PTH120


def room_for_end(steps: list[StepRecord]) -> int:
    """The bytes that an exit.json of these steps may need, the tails left out."""
    return _ROOM_FOR_AN_END + sum(_ROOM_FOR_A_STEP + 6 * len(step["title"]) for step in steps)


def reserve(path: str, room: int) -> None:
    """Make room on the disk for a later `write_json(path, …)` of at most `room` bytes. Raises OSError."""
    descriptor = os.open(f"{path}.part", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        write_all(descriptor, b" " * room)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_way(path: str) -> None:
    """Rename what a record cannot replace, or would be written through: a folder, a pipe, a file of two names."""
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            os.rename(path, f"{path}.odd-{time.time_ns()}")  # noqa: PTH104
    except OSError:
        return


def read_json(path: str) -> dict[str, object]:
    """The object in `path`. Raises OSError when it cannot be read, ValueError when it is no file of a JSON object."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValueError(f"{path}: no regular file")
            value = json.load(file)
    except RecursionError:
        raise ValueError(f"{path}: nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError(f"{path}: no JSON object")
    return value


def _at_once(path: str, flags: int) -> int:
    """Opened without waiting for the other end of a pipe that somebody put in its place."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def sync_folder(path: str) -> None:
    """Bring a folder's entries to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def timestamp() -> str:
    """Now, RFC 3339 in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def write_all(descriptor: int, data: bytes) -> None:
    """Write `data` to the last byte. Raises OSError."""
    while data:
        data = data[os.write(descriptor, data) :]
