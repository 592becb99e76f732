"""The end of a file that others write."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MOST = 64 * 1024


def tail(path: Path, most: int = MOST) -> str:
    """The last `most` bytes as text; "" where there is no such file, or something in its place that is none.

    No link is followed: what it leads to is not what was written here.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            return ""
        return os.pread(file, most, max(0, found.st_size - most)).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)
