"""What a lost worker left running: whatever carries its session's mark or works in its worktree."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import suppress

from issue_intake.core.work import Ref
from issue_intake.workers import process
from issue_intake.workers.folder import Folder

_ROUNDS = 3
_PAUSE = 0.05  # seconds
_SECONDS = 30.0


def find(folder: Folder, ref: Ref) -> frozenset[process.Identity]:
    """Processes of `ref` that still run. Raises OSError.

    By the worktree only those that began after the order was made: a person's shell may be in it since before.
    """
    found = frozenset(process.marked(ref.run, ref.worktree))
    made = (folder.record("order.json") or {}).get("made_start")
    if not isinstance(made, int):
        return found
    return found.union(process.cwd_below(ref.worktree, made))


def end(folder: Folder, ref: Ref, grace: float) -> bool:
    """End them, and what they start meanwhile; True when none is left. `grace`: seconds between TERM and KILL."""
    _end_containers(folder)
    for _ in range(_ROUNDS):
        found = _find_twice(folder, ref)
        if not found:
            return True
        process.end(found, grace)
    return not _find_twice(folder, ref)


def _end_containers(folder: Folder) -> None:
    """What runs in a container that cannot be ended so is still found as a process."""
    steps = (folder.record("order.json") or {}).get("steps")
    if not isinstance(steps, list) or "podman" not in json.dumps(steps):
        return
    from issue_intake.workers.sandbox.podman import removal  # noqa: PLC0415 - most orders have no container

    for argv in dict.fromkeys(filter(None, (removal(step["argv"]) for step in steps))):
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_SECONDS)


def _find_twice(folder: Folder, ref: Ref) -> frozenset[process.Identity]:
    """What was just being started carries no mark yet: nothing counts as nothing when it is seen twice."""
    found = find(folder, ref)
    if not found:
        time.sleep(_PAUSE)
        found = find(folder, ref)
    return found
