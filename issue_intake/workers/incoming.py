"""The step by which a worker takes in a commit of intake's own: the worktree's repository is never opened from here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from issue_intake.core.work import Step
from issue_intake.workers.environment import identity_of

_SCRIPT = Path(__file__).with_name("take_in.py")
_SECONDS = 600.0


def take_in_step(bundle: Path, sha: str, *, worktree: Path, identity: str) -> Step:
    """Brings `sha` from `bundle` into the worktree. `identity`: "Name <mail>" for the commits that it makes.

    Raises UsageError where that is no identity.
    """
    name, mail = identity_of(identity)
    return Step(
        name="take_in",
        argv=(sys.executable, "-I", "-S", os.fspath(_SCRIPT), os.fspath(bundle), sha, name, mail),
        cwd=os.fspath(worktree),
        timeout=_SECONDS,
        env={},
    )
