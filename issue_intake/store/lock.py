"""One tick at a time: the lock file. No child inherits it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from issue_intake.errors import LockedError, UsageError


@contextmanager
def tick_lock(path: Path) -> Iterator[None]:
    """Hold the lock while a tick runs. Raises LockedError at once when another run holds it."""
    descriptor = _open(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError("another run holds the lock", f"it is at work; {path} names its process") from None
        except OSError as error:
            raise UsageError(f"{path} cannot be locked: {error.strerror}", "use a local disk for INTAKE_HOME") from None
        with suppress(OSError):  # a full disk is told by what has to be kept
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be opened: {error.strerror}", "make the folder writable, or set INTAKE_HOME"
        ) from None
