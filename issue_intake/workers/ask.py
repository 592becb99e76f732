"""A program asked something small: what it says within a few seconds. It may be anything, and may never end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.core.text import without_controls

_KIB = 1024
_LONGEST = 64 * _KIB
_LOOK = 0.05  # seconds between looks at whether it has ended


@record
class Answer:
    """What it said, without what a terminal would obey. `code` None: it was ended, by us or by a signal."""

    code: int | None
    text: str


def ask(argv: tuple[str, ...], environment: Mapping[str, str], folder: Path, seconds: float) -> Answer | None:
    """What the program says to `argv`, started in `folder` with nothing on stdin; None where it cannot be started.

    After `seconds` it is ended, with all that it started in its group.
    """
    try:
        process = subprocess.Popen(
            argv,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError):
        return None
    with process:
        said = _heard(process, time.monotonic() + seconds)
        done = _has_ended(process)
        if process.returncode is None:  # not waited for yet: its number is nobody else's
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
    return Answer(code=code if done and code >= 0 else None, text=without_controls(said.decode("utf-8", "replace")))


def _heard(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """What it writes until it has ended, or too much or too long."""
    assert process.stdout is not None
    said, descriptor, closed = b"", process.stdout.fileno(), False
    while len(said) < _LONGEST and time.monotonic() < deadline:
        if closed:
            time.sleep(_LOOK / 5)
        elif select.select([descriptor], [], [], _LOOK)[0]:
            part = os.read(descriptor, _LONGEST)
            said, closed = said + part, not part
            continue
        if _has_ended(process):  # what it left behind may keep its output open
            break
    return said[:_LONGEST]


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    if not hasattr(os, "waitid"):  # macOS, where what it left in its group is let be
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
