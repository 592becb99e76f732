"""Tests that need a real sandbox: skipped with a reason where it cannot be made, but in CI they fail."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

_TRIAL = ("bwrap", "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true")


def _why_not() -> str | None:
    if os.environ.get("CI") == "true":
        return None
    if shutil.which("bwrap") is None:
        return "bwrap is not installed (Debian: bubblewrap)"
    ran = subprocess.run(_TRIAL, capture_output=True, text=True, check=False)
    return None if ran.returncode == 0 else f"bwrap cannot make a sandbox here: {ran.stderr.strip()}"


_WHY_NOT = _why_not()
needs_bwrap = pytest.mark.skipif(_WHY_NOT is not None, reason=_WHY_NOT or "")
