"""What looks only: --dry-run changes no file, status asks nobody, waits for nothing, starts nothing."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from threading import Event

from issue_intake.demo.faults import Fault
from tests.e2e.place import until
from tests.e2e.scene import FUSE, Scene
from tests.refusals import json_fault


def _listing(folder: Path) -> dict[str, tuple[int, int, int, int]]:
    """(inode, mode, size, change time) of all below `folder`."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        facts = path.lstat()
        changed = 0 if path.name == "worker.log" else facts.st_mtime_ns
        found[os.fspath(path)] = (facts.st_ino, facts.st_mode, facts.st_size, changed)
    return found


def _effects(scene: Scene, *args: str) -> list[str]:
    """The side effects of a command that ends well."""
    log = scene.root / "effects"
    log.unlink(missing_ok=True)
    done = scene.finish(scene.start(*args, program=FUSE, env={"FUSE_LOG": str(log)}))
    assert done.code == 0, done
    return log.read_text().splitlines()


def test_a_dry_run_on_a_fresh_home_changes_nothing_and_names_the_missing_label(scene: Scene) -> None:
    scene.configure(scene.project(intake={"labels": ["agent:ready"]}))
    before = _listing(scene.root)
    done = scene.tick("--dry-run")
    assert _listing(scene.root) == before
    assert scene.standin.writes() == []
    host = scene.standin.url.partition("//")[2]
    assert f"gh label create agent:ready --repo {host}/{scene.repo.full_name}" in done.out


def test_a_dry_run_tells_the_first_step_of_each_session_and_changes_nothing(scene: Scene) -> None:
    done_one = scene.running("hold")
    scene.release()
    waits = scene.add_issue("A second one")
    scene.standin.forget_requests()
    before = _listing(scene.home)
    plan = json.loads(scene.tick("--dry-run", "--json").out)
    assert _listing(scene.home) == before
    assert scene.standin.writes() == []
    said = {(action["action"], action["key"].rpartition("#")[2]) for action in plan["actions"]}
    assert said == {("commit", str(done_one)), ("launch", str(waits))}
    assert len(scene.runs(done_one)) == 1


def test_a_dry_run_neither_takes_nor_needs_the_lock(scene: Scene) -> None:
    scene.add_issue()
    scene.tick()
    scene.wait_for_clone()
    with (scene.home / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        effects = _effects(scene, "run", "--dry-run")
    probes = {"fcntl.flock"}  # of workers' own locks, the first copy's here
    assert {effect.split(" ")[0] for effect in effects} - probes <= {"socket.connect", "ask"}, effects
    assert not [effect for effect in effects if "POST" in effect or "PATCH" in effect]


def test_a_dry_run_asks_nothing_of_a_project_that_rests(scene: Scene) -> None:
    scene.standin.fail("GET", f"/repos/{scene.repo.full_name}/issues", json_fault(404, "Not Found"))
    scene.tick(code=1)
    scene.standin.forget_requests()
    scene.tick("--dry-run")
    assert scene.standin.requests == []


def test_status_asks_nobody_and_touches_nothing(scene: Scene) -> None:
    number = scene.running("hold")
    scene.standin.forget_requests()
    log = scene.attempts(number)[0] / "worker.log"
    until(lambda: log.read_bytes() or None)  # a line that has begun is written once it is known to hold no secret
    before = _listing(scene.home)
    for args in (["status"], ["status", str(number)], ["status", "--all", "--json"]):
        assert [effect for effect in _effects(scene, *args) if not effect.startswith("fcntl.flock")] == []
    assert scene.standin.requests == []
    assert _listing(scene.home) == before


def test_status_works_while_a_tick_holds_the_lock(scene: Scene) -> None:
    scene.add_issue()
    scene.tick()
    asked, go_on = Event(), Event()

    def hold() -> None:
        asked.set()
        go_on.wait(50)

    scene.standin.fail("GET", "*/issues", Fault(before=hold))
    tick = scene.start("run")
    until(lambda: asked.is_set() or None)
    seen = scene.run("status")
    assert (seen.code, "webshop#1" in seen.out) == (0, True)
    assert tick.poll() is None
    go_on.set()
    assert scene.finish(tick).code == 0


def test_status_shows_one_session_whole(scene: Scene) -> None:
    number = scene.running("hold")
    scene.release()
    shown = scene.run("status", f"webshop#{number}").out
    places = (str(scene.worktree(number)), "prompt.md", "worker.log")
    for words in ("the next run goes on", f"working on {number}", *places):
        assert words in shown


def test_status_tells_the_last_run_as_the_run_told_itself(scene: Scene) -> None:
    scene.running("hold")
    assert ": 1 launched; " in scene.run("status").out
    scene.release()
    assert "this run: 1 published" in scene.tick().out
    assert ": 1 published; " in scene.run("status").out
