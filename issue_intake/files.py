"""Files that are whole or not there: written beside, synced, renamed. And what is there, as far as one may look."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from threading import get_native_id

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


def write_atomically(path: Path, data: bytes, *, durable: bool) -> None:
    """Replace `path` by `data`, mode 0600. `durable`: it survives a power cut once this returns. Raises OSError."""
    # A name of this thread's own: what a killed process of the same number left under it is written over.
    beside = path.with_name(f".{path.name}.{os.getpid()}-{get_native_id()}")
    try:
        _write(beside, data, durable=durable)
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    if durable:
        sync_folder(path.parent)


def is_there(path: Path) -> bool:
    """Whether there is anything that can be seen."""
    return os.path.exists(path)  # noqa: PTH110 - pathlib's raises where it may not look, as the next two


def is_folder(path: Path) -> bool:
    """Whether it can be seen that it is a folder, links followed."""
    return os.path.isdir(path)  # noqa: PTH112


def is_file(path: Path) -> bool:
    """Whether it can be seen that it is a file, links followed."""
    return os.path.isfile(path)  # noqa: PTH113


def _write(path: Path, data: bytes, *, durable: bool) -> None:
    descriptor = _opened(path)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """A descriptor of a new file, its folder made where there is none yet."""
    try:
        return os.open(path, _NEW, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(path, _NEW, 0o600)


def sync_folder(folder: Path) -> None:
    """Make the folder's entries survive a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
