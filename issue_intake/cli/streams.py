"""The three standard streams, which are there whatever the caller closed."""

from __future__ import annotations

import os
import sys

_MODES = {"stdin": "r", "stdout": "w", "stderr": "w"}


def open_missing_streams() -> None:
    """Let what was closed lead nowhere. Else a file, a worker's lock even, would take a stream's number."""
    for number, (name, mode) in enumerate(_MODES.items()):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
            os.set_inheritable(number, True)  # noqa: FBT003 - takes no keywords
            setattr(sys, name, os.fdopen(number, mode))
