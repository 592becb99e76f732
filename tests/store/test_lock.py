"""One tick at a time."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from issue_intake.errors import ExitCode, LockedError, UsageError
from issue_intake.store.lock import tick_lock


def test_a_second_tick_is_turned_away_at_once(tmp_path: Path) -> None:
    path = tmp_path / "home" / "lock"
    with tick_lock(path):
        assert path.read_text() == f"{os.getpid()}\n"
        with pytest.raises(LockedError) as turned_away, tick_lock(path):
            pass
    assert turned_away.value.exit_code == ExitCode.LOCKED
    with tick_lock(path):
        pass


def test_no_child_inherits_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with tick_lock(path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        child.communicate(b"\n")


def test_a_lock_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be opened"), tick_lock(tmp_path / "home" / "lock"):
        pass


def test_a_link_in_the_locks_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError), tick_lock(tmp_path / "lock"):
        pass
    assert not (tmp_path / "elsewhere").exists()
