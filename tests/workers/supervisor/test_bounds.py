"""A tree that takes more than it may is ended at once, whoever in it took what, and the end says so."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.work import Ref, Step
from issue_intake.workers.local import LocalWorker
from issue_intake.workers.outcome.result import read_end
from issue_intake.workers.supervisor import bounds
from issue_intake.workers.supervisor.bounds import Bounds
from issue_intake.workers.supervisor.records import read_json
from issue_intake.workers.supervisor.table import LINUX, Entry
from tests.workers.bench import DEAF, KINDS, PYTHON, Bench, ref_of, until

MIB = 1 << 20
# Starts argv[1] sleepers that are deaf, orphaned and in sessions of their own, as fast as it can.
BOMB = f"""
import os, sys, time
for _ in range(int(sys.argv[1])):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            {DEAF}
            time.sleep(600)
        os._exit(0)
    os.wait()
open("full", "w").close()
time.sleep(600)
"""
HOG = "import sys, time; held = bytearray(b'x') * (int(sys.argv[1]) << 20); open('full', 'w').close(); time.sleep(600)"


def _run(
    bench: Bench, *steps: Step, memory: int | None = None, processes: int | None = None
) -> tuple[Ref, dict[str, Any]]:
    order = replace(bench.order(*steps), memory=memory, processes=processes)
    ref = ref_of(order, bench.worker.start(order))
    return ref, bench.record(ref)


def test_more_processes_than_allowed_are_ended_within_seconds(bench: Bench) -> None:
    bench.worker = LocalWorker(read_end, grace=60.0)
    begun = time.monotonic()
    ref, record = _run(bench, bench.step(*PYTHON, BOMB, "200"), bench.shell("touch after", "after_run"), processes=50)
    assert time.monotonic() - begun < 30, "who takes too much is not asked first"
    assert (record["end"], record["survivors"]) == ("over_limit", [])
    assert record["error"] == "agent ran more than 50 processes at once"
    assert (bench.worktree / "after").exists()
    end = read_end(ref.folder, record)
    assert (end.outcome, end.error) == (Outcome.FAILED, record["error"])


def test_more_memory_than_allowed_is_ended_also_in_a_daemon_without_an_environment(bench: Bench) -> None:
    grown = "held = bytearray(b'x') * ((300 << 20) * (name == 'bare'))"
    _, record = _run(bench, bench.family(grown), memory=256 * MIB)
    assert (record["end"], record["error"]) == ("over_limit", "agent used more than 256 MiB of memory")
    assert record["survivors"] == []
    kin = {kind: int((bench.worktree / f"{kind}.pid").read_text()) for kind in KINDS if _there(bench, kind)}
    assert [pid for pid in kin.values() if Path(f"/proc/{pid}").exists()] == []


def test_what_stays_below_its_limits_is_left_alone(bench: Bench) -> None:
    line = "import os, time; held = bytearray(b'x') * (80 << 20); [os.fork() for _ in range(3)]; time.sleep(1.2)"
    _, record = _run(bench, bench.step(*PYTHON, line), memory=300 * MIB, processes=12)
    assert (record["end"], record["exit_code"]) == ("exited", 0), "eight processes with one memory in common"


def test_a_single_process_cannot_run_far_beyond_before_it_is_seen(bench: Bench) -> None:
    _, record = _run(bench, bench.step(*PYTHON, HOG, "4000"), memory=64 * MIB)
    assert not (bench.worktree / "full").exists()
    assert record["end"] in {"over_limit", "exited"}
    assert record["end"] == "over_limit" or record["exit_code"] == 1


@pytest.mark.parametrize(
    ("name", "end"), [("before_run", "setup_failed"), ("verify", "exited"), ("after_run", "exited")]
)
def test_a_step_beside_the_agent_is_held_to_the_same(bench: Bench, name: Any, end: str) -> None:
    steps = [bench.shell("true"), bench.step(*PYTHON, BOMB, "60", name=name)]
    ref, record = _run(bench, *(reversed(steps) if name == "before_run" else steps), processes=20)
    assert record["end"] == end
    (ended,) = (step for step in record["steps"] if step["name"] == name)
    assert ended["error"] == f"{name} ran more than 20 processes at once"
    if name == "verify":
        (verdict,) = read_end(ref.folder, record).verified
        assert (verdict.passed, verdict.tail) == (False, ended["error"])


def test_no_core_file_is_left_among_the_work(bench: Bench) -> None:
    bench.run(bench.shell("ulimit -c > core-limit; ulimit -c unlimited 2>/dev/null; kill -6 $$"))
    assert (bench.worktree / "core-limit").read_text() == "0\n"
    assert [path.name for path in bench.worktree.iterdir()] == ["core-limit"]


def test_a_program_that_reserves_more_than_it_uses_can_take_its_limit_back(bench: Bench) -> None:
    _run(bench, bench.shell("ulimit -d > held; ulimit -d unlimited && ulimit -d > free"), memory=512 * MIB)
    assert (bench.worktree / "held").read_text() == f"{(512 + 1024) * 1024}\n"
    assert (bench.worktree / "free").read_text() == "unlimited\n"


def test_an_order_without_limits_sets_none(bench: Bench) -> None:
    bench.run(bench.shell("ulimit -d > held"))
    soft, _ = resource.getrlimit(resource.RLIMIT_DATA)
    assert (bench.worktree / "held").read_text() == ("unlimited\n" if soft < 0 else f"{soft // 1024}\n")
    order = read_json(str(bench.root / "sessions" / bench.slug / "7" / "1" / "order.json"))
    assert (order["memory"], order["processes"]) == (None, None)


def test_a_supervisor_that_watches_is_small_and_rests(bench: Bench) -> None:
    order = replace(bench.order(bench.shell("sleep 600"), stall=1200.0), memory=512 * MIB, processes=50)
    supervisor = bench.supervisor(ref_of(order, bench.worker.start(order)))
    until(lambda: supervisor.children() or None)
    assert supervisor.memory_info().rss <= 15 * MIB
    before = sum(supervisor.cpu_times()[:2])
    time.sleep(1.5)
    assert sum(supervisor.cpu_times()[:2]) - before <= 0.03


class System:
    """A system whose two numbers and whose tree change only when told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.tasks, self.free, self.looks = 1000.0, 100, 1000 * MIB, 0
        self.tree: list[int] = [MIB]  # the bytes of each process
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(bounds, "_system", lambda: (self.tasks, self.free))
        monkeypatch.setattr(bounds, "_share", lambda row: (row.memory, 0))

    def living(self) -> list[Entry]:
        self.looks += 1
        return [Entry(pid, 1, 1, zombie=False, cpu=0.0, memory=size) for pid, size in enumerate(self.tree)]

    def watch(self, limits: Bounds, seconds: float, event: Callable[[], None] = lambda: None) -> str:
        """What is found within `seconds`, `event` being called before each glance."""
        ends = self.now + seconds
        while self.now < ends:
            self.now += limits.pause
            event()
            if found := limits.excess(self.now):
                return found
        return ""


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    return System(monkeypatch)


def test_a_tree_that_does_not_grow_is_read_now_and_then(system: System) -> None:
    assert system.watch(Bounds(100 * MIB, 50, system.living), 60) == ""
    assert 2 <= system.looks <= 31


def test_what_grows_is_seen_at_the_next_glance(system: System) -> None:
    limits = Bounds(100 * MIB, 50, system.living)
    assert system.watch(limits, 3) == ""
    system.tree, system.tasks = [MIB] * 51, system.tasks + 50
    assert system.watch(limits, limits.pause) == "ran more than 50 processes at once"
    system.tree, system.free = [101 * MIB], system.free - 100 * MIB
    assert system.watch(limits, limits.pause * 2) == "used more than 100 MiB of memory"


def test_what_others_free_meanwhile_hides_a_growth_for_seconds_at_most(system: System) -> None:
    limits = Bounds(100 * MIB, 50, system.living)
    assert system.watch(limits, 3) == ""
    system.tree = [3 * MIB] * 51
    assert system.watch(limits, 2.5) == "ran more than 50 processes at once"


@pytest.mark.skipif(not LINUX, reason="the numbers are Linux's")
def test_the_system_tells_its_numbers() -> None:
    tasks, free = bounds._system()
    assert tasks > 1
    assert free > MIB


@pytest.mark.parametrize(
    ("count", "text"), [(512 * MIB, "512 MiB"), (2 << 30, "2 GiB"), (500 * 10**6, "500 MB"), (1536 * 50_000, "76.8 MB")]
)
def test_a_size_is_told_in_the_unit_it_was_given_in(count: int, text: str) -> None:
    assert bounds._size(count) == text


def _there(bench: Bench, kind: str) -> bool:
    return (bench.worktree / f"{kind}.pid").exists()
