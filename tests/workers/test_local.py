"""Workers on this host: started once, never seen dead while they live, told apart when they are gone."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from issue_intake.core.work import Alive, Ended, Lost, Order, Ref, Sight
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.workers.local import LocalWorker
from issue_intake.workers.outcome import result
from tests.workers.bench import DEAF, KINDS, Bench, alive, is_lost, ref_of, until
from tests.workers.contract import WorkerContract


@dataclass
class LocalStand:
    """Orders with real programs."""

    bench: Bench
    worker: LocalWorker

    def quick(self) -> Order:
        return self.bench.order(self.bench.shell("true"))

    def endless(self) -> Order:
        return self.bench.order(self.bench.shell("sleep 600"))

    def settle(self, ref: Ref) -> Sight:
        return self.bench.settle(ref)


class TestContract(WorkerContract):
    @pytest.fixture
    def stand(self, bench: Bench) -> LocalStand:
        return LocalStand(bench, bench.worker)


def test_a_second_start_is_refused_for_good(bench: Bench) -> None:
    order = bench.order(bench.shell("true"))
    bench.worker.start(order)
    with pytest.raises(RefusedError):
        bench.worker.start(order)


def test_a_folder_is_its_owners_alone(bench: Bench) -> None:
    ref = bench.run(bench.shell("true"))
    folders = (bench.root / "sessions", *ref.folder.parents[:2], ref.folder, ref.folder / "out")
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    files = [path for path in ref.folder.iterdir() if path.is_file() and path.name != "supervisor.log"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {path.name for path in files} == {"order.json", "lock", "start.json", "prompt.md", "worker.log", "exit.json"}


def test_a_start_that_cannot_be_is_unavailable_and_tells_that_nothing_ran(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    order = bench.order(bench.shell("true"))
    with pytest.raises(UnavailableError):
        bench.worker.start(order)
    assert bench.worker.look(ref_of(order)) == Lost(ran=False)
    assert bench.worker.end_leftovers(ref_of(order))


def test_a_start_below_a_file_is_unavailable(bench: Bench) -> None:
    (bench.root / "sessions").write_text("in the way")
    with pytest.raises(UnavailableError):
        bench.start(bench.shell("true"))


def test_an_alive_worker_names_its_pid_and_start(bench: Bench) -> None:
    ref = bench.start(bench.shell("sleep 600"))
    supervisor = bench.supervisor(ref)
    seen = bench.worker.look(ref)
    assert isinstance(seen, Alive)
    assert (seen.pid, ref.handle and ref.handle["pid"]) == (supervisor.pid, supervisor.pid)
    assert seen.started_at is not None
    assert abs(seen.started_at.timestamp() - supervisor.create_time()) < 5


def test_the_caller_is_not_waited_for_by_anything_the_worker_holds(bench: Bench) -> None:
    ref = bench.start(bench.shell("sleep 600"))
    supervisor = bench.supervisor(ref)
    held = {os.fspath(Path(f"/proc/{supervisor.pid}/fd/{number}").readlink()) for number in (0, 1, 2)}
    assert held == {os.devnull, os.fspath(ref.folder / "supervisor.log")}
    assert os.getsid(supervisor.pid) == supervisor.pid
    assert supervisor.cwd() == "/"


def test_the_lock_has_no_gap_between_start_and_end(bench: Bench) -> None:
    refs = [ref_of(bench.order(bench.shell("true"))) for _ in range(30)]
    bench.attempts = 0
    gaps: list[Sight] = []
    over = threading.Event()

    def probe() -> None:
        while not over.is_set():
            named = [ref for ref in refs if (ref.folder / "lock").exists()]
            gaps.extend(seen for ref in named if not isinstance(seen := bench.worker.look(ref), Alive | Ended))

    prober = threading.Thread(target=probe)
    prober.start()
    for _ in refs:
        bench.start(bench.shell("true"))
    assert all(isinstance(bench.settle(ref), Ended) for ref in refs)
    over.set()
    prober.join()
    assert gaps == []


def test_a_killed_parent_leaves_the_lock_held(bench: Bench) -> None:
    order = bench.order(bench.shell("sleep 600"))
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.workers.bench import Bench, ref_of\n"
        "bench = Bench(Path(sys.argv[1]), slug=sys.argv[2])\n"
        "bench.start(bench.shell('sleep 600'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run((sys.executable, "-c", code, bench.root, bench.slug), check=False, cwd=Path.cwd())
    assert killed.returncode == -signal.SIGKILL
    for _ in range(20):
        assert isinstance(bench.worker.look(ref_of(order)), Alive)
    bench.worker.stop(ref_of(order))
    assert isinstance(bench.settle(ref_of(order)), Ended)


@pytest.mark.parametrize("shield", ["", DEAF])
def test_what_a_killed_supervisor_leaves_is_found_and_ended(bench: Bench, shield: str) -> None:
    ref = bench.start(bench.family(shield))
    kin = bench.kin()
    assert not bench.worker.end_leftovers(ref), "its worker lives"
    bench.supervisor(ref).kill()
    assert is_lost(bench.settle_lost(ref))
    assert [kind for kind in KINDS if alive(kin[kind])] == list(KINDS)
    assert bench.worker.end_leftovers(ref)
    assert [kind for kind in KINDS if alive(kin[kind])] == []


def test_what_an_agent_told_of_itself_outlives_its_supervisor(bench: Bench) -> None:
    line = '{"type":"step_finish","sessionID":"ses_1","part":{"reason":"tool-calls","tokens":{"total":7},"cost":0.5}}'
    order = replace(bench.order(bench.shell(f"echo '{line}'; sleep 600")), reader="opencode")
    ref, worker = ref_of(order, bench.worker.start(order)), LocalWorker(result.read_end)
    log = ref.folder / "worker.log"
    until(lambda: True if log.exists() and b"cost" in log.read_bytes() else None)
    bench.supervisor(ref).kill()
    lost = until(lambda: seen if isinstance(seen := worker.look(ref), Lost) else None)
    assert lost.told is not None
    assert (lost.told.conversation, lost.told.cost_usd, lost.told.tokens) == ("ses_1", 0.5, 7)


def test_a_worker_that_was_asked_to_end_is_seen_as_stopping_while_it_lives(bench: Bench) -> None:
    ref = bench.start(bench.shell("sleep 600"))
    supervisor = bench.supervisor(ref)
    before = bench.worker.look(ref)
    supervisor.suspend()
    bench.worker.stop(ref)
    during = bench.worker.look(ref)
    supervisor.resume()
    assert isinstance(before, Alive)
    assert during == replace(before, stopping=True)
    assert isinstance(bench.settle(ref), Ended)


def test_a_clean_prompt_is_kept_whatever_the_issue_holds(bench: Bench) -> None:
    order = bench.order(bench.shell("true"))
    odd = Order(**{name: getattr(order, name) for name in order.__dataclass_fields__} | {"prompt": "a\udcff\x1b\r\n😀"})
    ref = ref_of(odd, bench.worker.start(odd))
    assert isinstance(bench.settle(ref), Ended)
    assert (ref.folder / "prompt.md").read_bytes() == "a?\x1b\r\n😀".encode()
