"""However a step ends, nothing that it started goes on."""

from __future__ import annotations

import platform
import signal
import time

import pytest

from issue_intake.core.work import Alive
from issue_intake.workers.supervisor.records import read_json
from tests.workers.bench import DEAF, KINDS, PYTHON, Bench, alive, until


def test_the_exit_code_is_never_lost_although_daemons_are_reaped(bench: Bench) -> None:
    line = "for i in 1 2 3 4; do (setsid sh -c 'sleep 0.00$0 & ' $i &) ; done; exit {}"
    refs = [bench.start(bench.shell(line.format(code))) for code in range(1, 41)]
    assert [bench.record(ref)["exit_code"] for ref in refs] == list(range(1, 41))


@pytest.mark.parametrize("shield", ["", DEAF])
def test_a_timeout_ends_the_whole_tree(bench: Bench, shield: str) -> None:
    ref = bench.start(bench.family(shield), timeout=3.0)
    kin = bench.kin()
    record = bench.record(ref)
    assert (record["end"], record["survivors"]) == ("timeout", [])
    assert record["error"] == "agent was ended after its time limit of 3 s"
    assert [kind for kind in KINDS if alive(kin[kind])] == []


def test_cancel_ends_the_whole_tree_within_seconds_and_skips_after_run(bench: Bench) -> None:
    ref = bench.start(bench.family(), bench.shell("touch after", "after_run"))
    kin = bench.kin()
    bench.worker.stop(ref)
    bench.worker.stop(ref)
    record = bench.record(ref)
    assert (record["end"], record["signal"], record["survivors"]) == ("cancelled", signal.SIGTERM, [])
    assert [kind for kind in KINDS if alive(kin[kind])] == []
    assert not (bench.worktree / "after").exists()


def test_a_stall_ends_the_whole_tree(bench: Bench) -> None:
    ref = bench.start(bench.family(), stall=1.0)
    kin = bench.kin()
    record = bench.record(ref)
    assert (record["end"], record["survivors"]) == ("stalled", [])
    assert [kind for kind in KINDS if alive(kin[kind])] == []


def test_what_a_step_leaves_is_ended_when_it_ends_well(bench: Bench) -> None:
    ref = bench.start(
        bench.family(then="while not os.path.exists('go'): time.sleep(0.01)"), bench.shell("true", "after_run")
    )
    kin = bench.kin()
    (bench.worktree / "go").touch()
    record = bench.record(ref)
    assert (record["end"], record["exit_code"], record["survivors"]) == ("exited", 0, [])
    assert [kind for kind in KINDS if alive(kin[kind])] == []


@pytest.mark.parametrize(
    ("line", "writes"),
    [
        ("exec python3 -c 'while True: pass'", False),
        ("for i in $(seq 100); do sleep 0.1; echo $i; done", False),
        ("sleep 600", True),
    ],
)
def test_work_output_and_changed_files_are_no_stall(bench: Bench, *, line: str, writes: bool) -> None:
    ref = bench.start(bench.shell(line), stall=1.0)
    bench.supervisor(ref)
    nested = bench.worktree / "deep" / "down"
    nested.mkdir(parents=True)
    for number in range(18):
        if writes:
            (nested / "file").write_text("x" * number)
        assert isinstance(bench.worker.look(ref), Alive)
        time.sleep(0.1)
    bench.worker.stop(ref)
    assert bench.record(ref)["end"] == "cancelled"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="system calls have other numbers")
def test_a_program_whose_first_thread_is_gone_is_ended_too(bench: Bench) -> None:
    code = (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "print('alone', flush=True)\n"
        "ctypes.CDLL(None).syscall(60, 0)\n"  # exit, of this thread only
    )
    ref = bench.run(bench.step(*PYTHON, code), timeout=0.5)
    record = bench.record(ref)
    assert (record["end"], record["survivors"]) == ("timeout", [])
    assert (ref.folder / "worker.log").read_text() == "alone\n"


def test_a_supervisor_told_to_go_ends_the_tree_and_says_so(bench: Bench) -> None:
    ref = bench.start(bench.family())
    kin = bench.kin()
    bench.supervisor(ref).terminate()
    bench.settle(ref)
    record = read_json(str(ref.folder / "exit.json"))
    assert (record["end"], record["survivors"]) == ("terminated", [])
    assert [kind for kind in KINDS if alive(kin[kind])] == []


@pytest.mark.parametrize(("line", "end"), [("kill -15 $$", "terminated"), ("exit 0", "exited")])
def test_a_system_going_down_excuses_an_agent_that_it_killed_first(bench: Bench, line: str, end: str) -> None:
    ref = bench.start(bench.shell(line), bench.shell("touch after; sleep 600", "after_run"))
    until(lambda: (bench.worktree / "after").exists() or None)
    bench.supervisor(ref).terminate()
    bench.settle(ref)
    assert read_json(str(ref.folder / "exit.json"))["end"] == end
