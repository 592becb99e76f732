"""An agent that would rather not end, be seen, or be judged. It runs as the user and may write whatever a user may."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from issue_intake.core.work import Alive, Ended, Lost, Ref, Sight, Unknown
from issue_intake.errors import RefusedError
from issue_intake.workers.local import LocalWorker
from issue_intake.workers.outcome.result import read_end
from issue_intake.workers.supervisor.records import read_json
from tests.workers.bench import DEAF, PYTHON, Bench, alive, is_lost, ref_of, until

# Leaves its parent, session, group, folder, environment, name and streams behind, hears no signal, and tells its pid.
NOMAD = f"""
import os, sys, time
kept = os.path.abspath("nomad")
code = '''
import os, sys, time
{DEAF}
with open(sys.argv[1] + ".part", "w") as file: file.write(str(os.getpid()))
os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(600)
'''
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir("/")
        os.closerange(0, 256)
        os.execve(sys.executable, ["kworker/0:1", "-I", "-S", "-c", code, kept], {{}})
    os._exit(0)
os.wait()
while not os.path.exists(kept): time.sleep(0.01)
"""
FORGED: dict[str, Any] = {
    "schema_version": 1,
    "run": None,
    "end": "exited",
    "step": "agent",
    "exit_code": 0,
    "signal": None,
    "error": "",
    "ended_at": "2026-11-21T10:00:00Z",
    "hook_done": True,
    "steps": [{"name": "verify", "title": "tests", "exit_code": 0, "seconds": 1.0, "required": True, "tail": ""}],
    "survivors": [],
}


def _nomad(bench: Bench) -> psutil.Process:
    kept = bench.worktree / "nomad"
    return psutil.Process(int(until(lambda: (kept.exists() and kept.read_text()) or None)))


@pytest.mark.parametrize(
    ("then", "end"), [("time.sleep(600)", "timeout"), ("sys.exit(0)", "exited"), ("os.kill(0, 9)", "exited")]
)
def test_a_daemon_without_any_sign_of_its_origin_does_not_outlive_its_attempt(
    bench: Bench, then: str, end: str
) -> None:
    ref = bench.start(bench.step(*PYTHON, f"{NOMAD}\n{then}"), timeout=2.0)
    nomad = _nomad(bench)
    record = bench.record(ref)
    assert (record["end"], record["survivors"]) == (end, [])
    assert not alive(nomad)


def _forge(ref: Ref, name: str, change: dict[str, Any]) -> None:
    path = ref.folder / name
    known = json.loads(path.read_text()) if path.exists() else {}
    fresh = path.with_name(f"{name}.forged")
    fresh.write_text(json.dumps(known | change))
    fresh.replace(path)


def test_an_agent_that_forges_all_records_while_it_runs_is_alive_and_ends_as_the_supervisor_says(bench: Bench) -> None:
    order = bench.order(bench.shell("sleep 600"), timeout=3.0)
    ref = ref_of(order, bench.worker.start(order))
    bench.supervisor(ref)
    _forge(ref, "exit.json", FORGED | {"run": ref.run})
    _forge(ref, "order.json", {"seal": "", "timeout": None, "made_start": 0, "boot_id": "x", "machine_id": "y"})
    _forge(ref, "start.json", {"pid": 1, "start_ticks": 0})
    assert isinstance(bench.worker.look(ref), Alive)
    with pytest.raises(RefusedError):
        bench.worker.start(order)
    assert bench.record(ref)["end"] == "timeout"


def test_a_lock_replaced_beside_a_forged_end_does_not_end_a_worker_that_lives(bench: Bench) -> None:
    ref = bench.start(bench.shell("sleep 600"))
    supervisor = bench.supervisor(ref)
    _forge(ref, "start.json", {"pid": 1, "start_ticks": 0})
    (ref.folder / "lock").unlink()
    (ref.folder / "lock").touch()
    _forge(ref, "exit.json", FORGED | {"run": ref.run})
    assert isinstance(bench.worker.look(ref), Unknown), "by its seal it is no end, by the handle the worker lives"
    _forge(ref, "exit.json", {"seal": "guessed"})
    assert isinstance(bench.worker.look(ref), Unknown)
    bench.worker.stop(ref)
    until(lambda: None if alive(supervisor) else True)
    assert isinstance(bench.worker.look(ref), Ended)
    assert read_json(str(ref.folder / "exit.json"))["end"] == "cancelled"


def test_an_end_forged_for_another_session_counts_neither_while_it_runs_nor_afterwards(bench: Bench) -> None:
    bench.worker = LocalWorker(read_end, grace=0.3)
    victim = bench.run(bench.shell("exit 3"))
    running = bench.start(bench.shell("sleep 600"))
    bench.supervisor(running)
    for ref in (victim, running):
        _forge(ref, "exit.json", FORGED | {"run": ref.run, "seal": "a" * 32})
    assert is_lost(bench.worker.look(victim)), "tried again, at worst; never published unverified"
    assert isinstance(bench.worker.look(running), Alive)
    forgotten = Ref(run=victim.run, folder=victim.folder, worktree=victim.worktree, handle=None)
    assert is_lost(bench.worker.look(forgotten))


def test_an_agent_that_kills_its_supervisor_and_forges_its_end_is_ended_before_anything_else(bench: Bench) -> None:
    forged = json.dumps(FORGED)
    code = (
        "import json, os, signal, sys, time\n"
        "os.kill(os.getppid(), signal.SIGKILL)\n"
        f"forged = json.loads({forged!r}) | {{'run': os.environ['INTAKE_RUN']}}\n"
        "open(sys.argv[1], 'w').write(json.dumps(forged))\n"
        "open('forged', 'w').write(str(os.getpid()))\n"
        "time.sleep(600)\n"
    )
    order = bench.order()
    order = bench.order(bench.step(*PYTHON, code, str(order.folder.parent / "2" / "exit.json")))
    ref = ref_of(order, bench.worker.start(order))
    kept = bench.worktree / "forged"
    agent = psutil.Process(int(until(lambda: (kept.exists() and kept.read_text()) or None)))
    assert is_lost(bench.settle_lost(ref))
    assert bench.worker.end_leftovers(ref)
    assert not alive(agent)


@pytest.mark.parametrize("place", ["exit.json", "exit.json.part"])
@pytest.mark.parametrize("obstacle", ["folder", "pipe", "link", "hard link", "nothing"])
def test_what_an_agent_puts_in_the_ends_place_neither_keeps_it_out_nor_is_written_through(
    bench: Bench, place: str, obstacle: str
) -> None:
    victim = bench.root / "victim"
    victim.write_text("precious")
    lines = {
        "folder": f"rm -f {place}; mkdir {place}; touch {place}/x",
        "pipe": f"rm -f {place}; mkfifo {place}",
        "link": f"ln -sf {victim} {place}",
        "hard link": f"ln -f {victim} {place}",
        "nothing": f"rm -f {place}",
    }
    ref = bench.run(bench.shell(f"cd {bench.root}/sessions/{bench.slug}/7/1 && {lines[obstacle]} && exit 5"))
    record = bench.record(ref)
    assert (record["end"], record["exit_code"]) == ("exited", 5)
    assert victim.read_text() == "precious"


def test_a_pipe_in_the_logs_place_does_not_keep_the_supervisor_from_its_clock(bench: Bench) -> None:
    bench.worker = LocalWorker(read_end, grace=0.3, log_limit=64 * 1024)
    folder = bench.root / "sessions" / bench.slug / "7" / "1"
    code = f"while :; do mkfifo {folder}/worker.log.part 2>/dev/null; seq 9999; done"
    begun = time.monotonic()
    record = bench.record(bench.start(bench.shell(code), timeout=1.0))
    assert record["end"] == "timeout"
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("name", ["lock", "start.json", "exit.json", "order.json"])
@pytest.mark.parametrize("lost", [True, False])
def test_a_pipe_in_a_records_place_keeps_nobody_waiting(bench: Bench, name: str, *, lost: bool) -> None:
    ref = bench.start(bench.shell("sleep 600"))
    supervisor = bench.supervisor(ref)
    if lost:
        supervisor.kill()
        bench.settle_lost(ref)
    (ref.folder / name).unlink(missing_ok=True)
    os.mkfifo(ref.folder / name)
    seen: list[Sight] = []
    looking = threading.Thread(target=lambda: seen.append(bench.worker.look(ref)), daemon=True)
    looking.start()
    looking.join(60)
    assert len(seen) == 1
    assert isinstance(seen[0], Lost if lost else Alive | Unknown)


def test_what_was_asked_of_an_agent_cannot_be_rewritten_through_its_stdin(bench: Bench) -> None:
    asked = bench.root / "asked"
    asked.write_text("do it")
    record = bench.record(
        bench.start(bench.step("sh", "-c", "echo mine > /dev/stdin; chmod 0 /dev/stdin; cat", stdin=str(asked)))
    )
    assert record["end"] == "exited"
    assert (asked.read_text(), asked.stat().st_mode & 0o777 != 0) == ("do it", True)


def test_a_cancel_of_its_own_ends_an_agent_and_nothing_else(bench: Bench) -> None:
    other = bench.start(bench.shell("sleep 600"))
    ref = bench.start(bench.shell(f"touch {bench.root}/sessions/{bench.slug}/7/2/cancel; sleep 600"))
    assert bench.record(ref)["end"] == "cancelled"
    assert isinstance(bench.worker.look(other), Alive)
    bench.worker.stop(other)
    bench.settle(other)


# Run in a mount namespace of its own, where the bench stands on a disk of two megabytes.
ON_A_SMALL_DISK = """
import json, subprocess, sys
from pathlib import Path
from issue_intake.core.work import Ended
from issue_intake.workers.local import LocalWorker
from issue_intake.workers.outcome.result import read_end
from tests.workers.bench import Bench, is_lost

root = Path(sys.argv[1])
subprocess.run(("mount", "-t", "tmpfs", "-o", "size=2m", "none", root), check=True)
bench = Bench(root, worker=LocalWorker(read_end, grace=0.3, log_limit=1 << 20))
bench.worktree.mkdir()
(root / "state.json").write_text("precious")
log = f"{root}/sessions/{bench.slug}/7/1/worker.log"
seen = f"until grep -q begun {log}; do sleep 0.01; done"
fill = f"echo begun; {seen}; cat /dev/zero > fill; (echo more; seq 200000); echo full; exit 6"
ref = bench.run(bench.shell("true", "before_run"), bench.shell(fill), bench.shell("seq 9999", "verify"))
found = bench.record(ref)
bench.run(bench.shell("touch ran"))
print(json.dumps({
    "end": found["end"], "code": found["exit_code"], "steps": [step["name"] for step in found["steps"]],
    "state": (root / "state.json").read_text(), "start": (ref.folder / "start.json").exists(),
    "log": (ref.folder / "worker.log").read_text()[:5], "seen": type(bench.worker.look(ref)).__name__,
    "ran": (root / "worktree" / "ran").exists(),
}))
"""


def test_an_agent_that_fills_the_disk_costs_its_output_and_neither_its_end_nor_anybody_elses_file(
    tmp_path: Path,
) -> None:
    unshare = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--user", "--map-root-user")))
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    mount = (*unshare, "mount", "-t", "tmpfs", "none", tmp_path)
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    command = (*unshare, sys.executable, "-c", ON_A_SMALL_DISK, str(tmp_path))
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=Path.cwd(), timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "end": "exited",
        "code": 6,
        "steps": ["before_run", "agent"],
        "state": "precious",
        "start": True,
        "log": "begun",
        "seen": "Ended",
        "ran": False,
    }
