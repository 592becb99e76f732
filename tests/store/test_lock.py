"""One tick at a time."""

from __future__ import annotations

import fcntl
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
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
        assert child.poll() is None
        assert _becomes_free(path)
    finally:
        child.communicate(b"\n")


def _becomes_free(path: Path) -> bool:
    """At once, but for a moment in which another thread of the test's process may be between fork and exec."""
    deadline = time.monotonic() + 5
    with path.open() as file:
        while time.monotonic() < deadline:
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            time.sleep(0.01)
    return False


def test_a_lock_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be opened"), tick_lock(tmp_path / "home" / "lock"):
        pass


def test_a_tick_that_cannot_say_which_it_is_holds_the_lock_all_the_same(tmp_path: Path) -> None:
    _, most = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))  # as on a full disk, no byte can be written
    try:
        with tick_lock(tmp_path / "lock"), pytest.raises(LockedError), tick_lock(tmp_path / "lock"):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_link_in_the_locks_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError), tick_lock(tmp_path / "lock"):
        pass
    assert not (tmp_path / "elsewhere").exists()
