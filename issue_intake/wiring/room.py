"""Whether there is room for anything new."""

from __future__ import annotations

import shutil
from pathlib import Path

from issue_intake.core.eligibility import Reason


def room(places: tuple[Path, ...], least: int) -> Reason | None:
    """Why nothing may start: less than `least` bytes are free where something would be written."""
    for place in places:
        existing = next(path for path in (place, *place.parents) if path.exists())
        free = shutil.disk_usage(existing).free
        if free < least:
            return Reason("disk", f"{free >> 20} MiB are free in {existing}, limits.disk asks for {least >> 20} MiB")
    return None
