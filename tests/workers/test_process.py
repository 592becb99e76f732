"""A process is told from all others; only what is ours is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.workers import host, process
from issue_intake.workers.host import boot_id, machine_id
from tests.workers.bench import until

RUN = f"acme-{os.getpid()}-{time.time_ns()}/7/2"
SESSION = RUN.rpartition("/")[0]


class Sleepers:
    """Starts programs that sleep, and remembers them."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def __call__(self, *, cwd: Path | None = None, **environment: str) -> process.Identity:
        program = subprocess.Popen(("/bin/sleep", "600"), cwd=cwd or "/", env=environment)
        self.started.append(program)
        until(lambda: Path(f"/proc/{program.pid}/comm").read_text().startswith("sleep") or None)
        found = process.identify(program.pid)
        assert found is not None
        return found


@pytest.fixture
def sleeper() -> Iterator[Sleepers]:
    sleepers = Sleepers()
    yield sleepers
    for program in sleepers.started:
        program.kill()
        program.wait()


def test_a_process_is_alive_until_it_is_gone(sleeper: Sleepers) -> None:
    one = sleeper()
    assert process.is_alive(one) == "alive"
    sleeper.started[0].kill()
    until(lambda: process.is_alive(one) == "gone" or None)  # a zombie, not waited for yet
    assert process.identify(one.pid) is None
    sleeper.started[0].wait()
    assert process.is_alive(one) == "gone"


def test_the_same_pid_is_another_process_when_it_began_at_another_time(sleeper: Sleepers) -> None:
    one = sleeper()
    assert process.is_alive(replace(one, start=one.start - 1)) == "gone"


def test_a_process_of_an_earlier_boot_is_gone_and_one_of_another_machine_unknown(sleeper: Sleepers) -> None:
    one = sleeper()
    assert (one.boot, one.machine) == (boot_id(), machine_id())
    assert process.is_alive(replace(one, boot="another")) == "gone"
    assert process.is_alive(replace(one, machine="another")) == "unknown"


def test_that_the_boot_cannot_be_told_makes_no_process_a_gone_one(
    sleeper: Sleepers, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = sleeper()
    assert process.is_alive(replace(one, boot="")) == "alive"
    monkeypatch.setattr(host, "boot_id", lambda: "")
    assert process.is_alive(one) == "alive"


def test_marks_are_found_exactly(sleeper: Sleepers, tmp_path: Path) -> None:
    ours = {sleeper(INTAKE_RUN=RUN), sleeper(INTAKE_RUN=f"{SESSION}/1"), sleeper(INTAKE_RUN=RUN, OTHER="1")}
    for mark in (f"{SESSION}7/2", f"x{RUN}", SESSION, "", f"{SESSION.rpartition('/')[0]}/8/2"):
        sleeper(INTAKE_RUN=mark)
    sleeper(NOT_INTAKE_RUN=RUN)
    assert set(process.marked(RUN, tmp_path)) == ours


def test_the_same_mark_from_another_home_is_not_ours(sleeper: Sleepers, tmp_path: Path) -> None:
    ours = sleeper(INTAKE_RUN=RUN, INTAKE_WORKTREE=str(tmp_path / "here"))
    sleeper(INTAKE_RUN=RUN, INTAKE_WORKTREE=str(tmp_path / "there"))
    assert process.marked(RUN, tmp_path / "here") == (ours,)


def test_what_works_in_a_folder_is_found_if_it_began_since(sleeper: Sleepers, tmp_path: Path) -> None:
    inside = tmp_path / "worktree" / "deep"
    inside.mkdir(parents=True)
    (tmp_path / "worktree-2").mkdir()
    sleeper(cwd=inside)
    time.sleep(0.03)  # three ticks of the clock that processes are told by
    since = process.start_now()
    late = sleeper(cwd=inside)
    sleeper(cwd=tmp_path / "worktree-2")
    sleeper(cwd=tmp_path)
    assert process.cwd_below(tmp_path / "worktree", since) == (late,)


def test_a_process_begun_now_is_not_before_now(sleeper: Sleepers) -> None:
    for _ in range(20):
        since = process.start_now()
        assert since <= sleeper().start <= process.start_now()


def test_oneself_and_ones_ancestors_are_never_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert process.cwd_below(tmp_path, 0) == ()
    assert all(found.pid not in {os.getpid(), os.getppid()} for found in process.cwd_below(Path("/"), 0))


def test_the_stopped_and_the_deaf_are_ended_too(sleeper: Sleepers) -> None:
    stopped = sleeper()
    os.kill(stopped.pid, signal.SIGSTOP)
    deaf = subprocess.Popen(("/bin/sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done"), stdout=-1)
    sleeper.started.append(deaf)
    assert deaf.stdout
    with deaf.stdout as told:
        assert told.readline() == b"deaf\n"
        both = (stopped, process.identify(deaf.pid))
        assert process.end([one for one in both if one], grace=0.2) == ()
    assert all(process.is_alive(one) == "gone" for one in both if one)


def test_another_process_with_the_pid_of_one_that_is_gone_is_spared(sleeper: Sleepers) -> None:
    one = sleeper()
    assert process.end([replace(one, start=one.start - 1)], grace=0.1) == ()
    assert process.is_alive(one) == "alive"
