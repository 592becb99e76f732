"""The process table, read from /proc and from ps."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from issue_intake.workers.supervisor import table


def test_oneself_is_in_the_table() -> None:
    row = table.entries()[os.getpid()]
    assert (row.parent, row.group, row.zombie) == (os.getppid(), os.getpgrp(), False)
    assert row.cpu > 0


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="no ps")
def test_ps_tells_the_same_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    known = table.entries()[os.getpid()]
    monkeypatch.setattr(table, "LINUX", False)
    row = table.entries()[os.getpid()]
    assert (row.parent, row.group, row.zombie) == (known.parent, known.group, known.zombie)
    assert row.cpu <= known.cpu + 1  # ps leaves out the reaped children


@pytest.mark.parametrize(
    ("text", "seconds"), [("0:01.50", 1.5), ("00:01:01", 61), ("2:00:00", 7200), ("1-02:03:04", 93784)]
)
def test_times_of_ps_are_read(text: str, seconds: float) -> None:
    assert table._seconds(text) == seconds


def test_any_program_name_is_read_over(tmp_path: Path) -> None:
    odd = tmp_path / "a) Z 1 (b"
    odd.write_text("#!/bin/sh\nread line\n")
    odd.chmod(0o700)
    with subprocess.Popen((odd,), stdin=subprocess.PIPE) as program:
        row = table.entry(program.pid)
        assert row
        assert (row.parent, row.zombie) == (os.getpid(), False)
        program.communicate(b"\n")


def test_descendants_are_all_generations() -> None:
    with subprocess.Popen(("/bin/sh", "-c", "sleep 600 & echo $!; wait"), stdout=subprocess.PIPE) as program:
        assert program.stdout
        child = int(program.stdout.readline())
        found = {row.pid for row in table.descendants(os.getpid())}
        assert {program.pid, child} <= found
        os.kill(child, signal.SIGKILL)
        program.kill()


def test_a_signal_reaches_only_the_process_that_was_meant() -> None:
    with subprocess.Popen(("sleep", "600")) as program:
        row = table.entry(program.pid)
        assert row
        table.send(row.pid, row.start + 1, signal.SIGKILL)
        assert program.poll() is None
        table.send(row.pid, row.start, signal.SIGKILL)
        assert program.wait(10) == -signal.SIGKILL
    table.send(row.pid, row.start, signal.SIGKILL)  # gone: no fault
