"""What processes hold in memory that is in none of them: files without a name, or in file systems of their own."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAMELESS = "/memfd:"
_ESCAPED = re.compile(rb"\\([0-7]{3})")
_BLOCK = 512  # bytes of one of stat's


def held(pids: Iterable[int]) -> int:
    """Bytes; those that a process has mapped are among them. 0 where the system does not tell (Linux does)."""
    pids = tuple(pids)
    return sum(_mounted(pids).values()) + sum(_nameless(pids).values())


def _mounted(pids: tuple[int, ...]) -> dict[int, int]:
    """The bytes in each temporary file system (by its device) that is mounted for them and not for this process."""
    here = _namespace("self")
    known = {device for device, _ in _temporary("self")}
    first = {space: pid for pid in reversed(pids) if (space := _namespace(pid))}  # one process of each namespace
    found: dict[int, int] = {}
    for space, pid in first.items():
        for device, place in _temporary(pid) if space != here else ():
            if device not in known and device not in found:
                found.update(_used(device, f"/proc/{pid}/root".encode() + place))
    return found


def _namespace(pid: int | str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/mnt")  # noqa: PTH115
    except OSError:
        return ""


def _temporary(pid: int | str) -> Iterator[tuple[int, bytes]]:
    """Device and place of each temporary file system that the process sees."""
    try:
        with open(f"/proc/{pid}/mountinfo", "rb") as file:  # noqa: PTH123
            lines = file.readlines()
    except OSError:
        return
    for line in lines:
        before, _, after = line.partition(b" - ")
        if after.startswith(b"tmpfs "):
            words = before.split(b" ")
            major, _, minor = words[2].partition(b":")
            yield os.makedev(int(major), int(minor)), _ESCAPED.sub(lambda found: bytes([int(found[1], 8)]), words[4])


def _used(device: int, place: bytes) -> dict[int, int]:
    try:
        if os.stat(place).st_dev != device:  # noqa: PTH116
            return {}  # covered by another one
        told = os.statvfs(place)
    except OSError:
        return {}
    return {device: (told.f_blocks - told.f_bfree) * told.f_frsize}


def _nameless(pids: tuple[int, ...]) -> dict[tuple[int, int], int]:
    """The bytes of each file in memory that they have open."""
    found: dict[tuple[int, int], int] = {}
    for pid in pids:
        for path in _open_files(pid):
            try:
                if os.readlink(path).startswith(_NAMELESS):  # noqa: PTH115
                    file = os.stat(path)  # noqa: PTH116
                    found[file.st_dev, file.st_ino] = file.st_blocks * _BLOCK
            except OSError:
                continue  # closed meanwhile
    return found


def _open_files(pid: int) -> list[str]:
    try:
        return [f"/proc/{pid}/fd/{name}" for name in os.listdir(f"/proc/{pid}/fd")]  # noqa: PTH208
    except OSError:
        return []
