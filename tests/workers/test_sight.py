"""An end counts once the lock is free; a doubt is never taken for an end."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from issue_intake.core.work import Absent, Alive, Ended, Lost, Rebooted, Ref, Unknown
from issue_intake.workers import host
from issue_intake.workers.folder import Folder
from issue_intake.workers.leftovers import find
from tests.workers.bench import Bench, is_lost, ref_of, until


def test_a_forged_end_counts_for_nothing_while_the_lock_is_held(bench: Bench) -> None:
    ref = bench.start(bench.shell("sleep 600"))
    bench.supervisor(ref)
    _edit(ref.folder / "exit.json", _an_end(ref))
    assert isinstance(bench.worker.look(ref), Alive)


_NO_ENDS = (
    *(
        "",
        "{",
        "[]",
        '{"schema_version": 9}',
        '{"schema_version": 1, "end": "fine"}',
        '{"schema_version": 1, "end": []}',
    ),
    '{"more": ' + "[" * 100_000,
)


@pytest.mark.parametrize("text", _NO_ENDS, ids=lambda text: text[:40])
def test_a_damaged_end_is_none(bench: Bench, text: str) -> None:
    ref = bench.run(bench.shell("true"))
    (ref.folder / "exit.json").write_text(text)
    assert is_lost(bench.worker.look(ref))


def test_a_start_at_a_time_that_utc_has_no_year_for_has_no_time(bench: Bench) -> None:
    ref = bench.start(bench.shell("sleep 600"))
    bench.supervisor(ref)
    _edit(ref.folder / "start.json", {"started_at": "0001-01-01T00:00:00+14:00"})
    seen = bench.worker.look(ref)
    assert isinstance(seen, Alive)
    assert seen.started_at is None


def test_another_runs_end_is_none(bench: Bench) -> None:
    ref = bench.run(bench.shell("true"))
    _edit(ref.folder / "exit.json", {"run": "acme-other/7/1"})
    assert is_lost(bench.worker.look(ref))


def test_a_worker_of_an_earlier_boot_is_gone_with_all_it_left(bench: Bench) -> None:
    ref = _without_end(bench, boot_id="another-boot")
    assert isinstance(bench.worker.look(ref), Rebooted)
    assert bench.worker.end_leftovers(ref)


def test_where_the_boot_cannot_be_told_what_a_lost_worker_left_is_ended_first(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = _orphaned(bench)
    monkeypatch.setattr(host, "boot_id", lambda: "")
    assert is_lost(bench.settle_lost(ref))
    assert find(Folder(ref.folder), ref)
    assert bench.worker.end_leftovers(ref)
    assert not find(Folder(ref.folder), ref)


def test_the_handle_tells_the_boot_whatever_an_agent_made_of_the_order(bench: Bench) -> None:
    ref = _orphaned(bench)
    _edit(ref.folder / "order.json", {"boot_id": "another-boot"})
    assert is_lost(bench.settle_lost(ref))
    assert bench.worker.end_leftovers(ref)
    assert not find(Folder(ref.folder), ref)


def test_a_worker_of_another_machine_is_unknown(bench: Bench) -> None:
    ref = _without_end(bench, machine_id="another-machine")
    assert isinstance(bench.worker.look(ref), Unknown)
    assert not bench.worker.end_leftovers(ref)


def test_a_worker_of_another_machine_is_over_once_a_person_has_moved_its_folder_away(bench: Bench) -> None:
    ref = _without_end(bench, machine_id="another-machine")
    seen = bench.worker.look(ref)
    assert isinstance(seen, Unknown)
    assert f"move {ref.folder} away" in seen.reason
    moved = Ref(run=ref.run, folder=ref.folder, worktree=ref.worktree, handle={"machine": "another-machine", "pid": 1})
    assert not bench.worker.end_leftovers(moved)
    ref.folder.rename(bench.root / "moved")
    assert bench.worker.look(moved) == Absent()
    assert bench.worker.end_leftovers(moved)


def test_a_handle_tells_the_machine_where_the_order_is_unreadable(bench: Bench) -> None:
    ref = _without_end(bench)
    (ref.folder / "order.json").write_text("")
    elsewhere = Ref(run=ref.run, folder=ref.folder, worktree=ref.worktree, handle={"machine": "another"})
    assert isinstance(bench.worker.look(elsewhere), Unknown)
    assert is_lost(bench.worker.look(ref))


def test_a_replaced_lock_does_not_make_a_living_worker_look_lost(bench: Bench) -> None:
    ref = bench.start(bench.shell("sleep 600"))
    bench.supervisor(ref)
    (ref.folder / "lock").unlink()
    assert isinstance(bench.worker.look(ref), Unknown)
    (ref.folder / "lock").touch()
    assert isinstance(bench.worker.look(ref), Unknown)


def test_a_start_broken_off_before_its_lock_ran_nothing(bench: Bench) -> None:
    ref = ref_of(bench.order(bench.shell("true")))
    ref.folder.mkdir(parents=True)
    assert bench.worker.look(ref) == Lost(ran=False)
    (ref.folder / "lock.new").touch()
    assert bench.worker.look(ref) == Lost(ran=False)


def test_a_worker_told_to_go_costs_no_attempt_unless_something_stayed(bench: Bench) -> None:
    ref = bench.run(bench.shell("true"))
    _edit(ref.folder / "exit.json", {"end": "terminated"})
    assert isinstance(bench.worker.look(ref), Rebooted)
    with subprocess.Popen(("sleep", "600"), env={"INTAKE_RUN": ref.run, "PATH": "/usr/bin:/bin"}) as stayed:
        until(lambda: True if is_lost(bench.worker.look(ref)) else None)
        stayed.kill()


def test_an_end_with_survivors_is_unknown_until_they_are_gone(bench: Bench) -> None:
    ref = bench.run(bench.shell("true"))
    _edit(ref.folder / "exit.json", {"survivors": [1]})
    assert isinstance(bench.worker.look(ref), Ended)
    with subprocess.Popen(("sleep", "600"), env={"INTAKE_RUN": ref.run, "PATH": "/usr/bin:/bin"}) as stayed:
        until(lambda: True if isinstance(bench.worker.look(ref), Unknown) else None)
        stayed.kill()
    assert isinstance(bench.worker.look(ref), Ended)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_unknown(bench: Bench) -> None:
    ref = bench.run(bench.shell("true"))
    ref.folder.chmod(0)
    assert isinstance(bench.worker.look(ref), Unknown)
    ref.folder.chmod(0o700)


def test_a_folder_that_cannot_be_looked_for_is_unknown_and_not_absent(bench: Bench) -> None:
    ref = bench.run(bench.shell("true"))
    ref.folder.parent.rename(bench.root / "elsewhere")
    assert bench.worker.look(ref) == Absent()
    ref.folder.parent.touch()
    assert isinstance(bench.worker.look(ref), Unknown)


def test_a_lock_that_cannot_be_read_is_unknown(bench: Bench) -> None:
    ref = bench.run(bench.shell("true"))
    (ref.folder / "lock").unlink()
    (ref.folder / "lock").symlink_to("lock")
    assert isinstance(bench.worker.look(ref), Unknown)


def _orphaned(bench: Bench) -> Ref:
    """An order whose agent is at work, and whose supervisor was killed."""
    ref = bench.start(bench.shell("touch began; sleep 600"))
    supervisor = bench.supervisor(ref)
    until(lambda: (bench.worktree / "began").exists() or None)
    supervisor.kill()
    return ref


def _an_end(ref: Ref) -> dict[str, Any]:
    return {"schema_version": 1, "run": ref.run, "end": "exited", "exit_code": 0, "ended_at": "2026-11-21T10:00:00Z"}


def _edit(path: Path, change: dict[str, Any]) -> None:
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | change))


def _without_end(bench: Bench, **order: str) -> Ref:
    """An order whose worker is gone without a word, with these fields of order.json changed; its handle is lost."""
    ref = bench.run(bench.shell("true"))
    (ref.folder / "exit.json").unlink()
    _edit(ref.folder / "order.json", order)
    return Ref(run=ref.run, folder=ref.folder, worktree=ref.worktree, handle=None)
