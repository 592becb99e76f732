"""Whatever lies in an attempt's folder: it is a sight of the worker, and a doubt starts nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.attempt import Outcome
from issue_intake.core.report import Scene, report
from issue_intake.core.work import Absent, Alive, Ended, Order, Ref, Sight, Unknown
from issue_intake.view.json import report_json
from issue_intake.workers.host import boot_id, machine_id
from issue_intake.workers.local import LocalWorker
from issue_intake.workers.outcome.result import read_end
from tests.builders import NOW, issue
from tests.fakes import FakeWorker, FakeWorld, ref_of
from tests.fuzz.damage import cases, files
from tests.tick.homes import Home

_RUN = "acme-webshop/1/1"
_MANY = "\n".join(f"line {number}" for number in range(9))
_STEP: Mapping[str, object] = {
    "name": "agent",
    "exit_code": 0,
    "signal": None,
    "seconds": 1.5,
    "error": "",
    "title": "",
    "required": True,
    "tail": "",
}
_ORDER: Mapping[str, object] = {
    "schema_version": 1,
    "run": _RUN,
    "worktree": "/nowhere",
    "reader": "claude",
    "steps": [],
    "env_names": ["PATH"],
    "timeout": 7200.0,
    "stall": None,
    "grace": 10.0,
    "log_limit": 1 << 20,
    "machine_id": machine_id(),
    "boot_id": boot_id(),
    "made_at": "2026-03-04T12:00:00Z",
    "made_start": 1 << 50,
}
_START: Mapping[str, object] = {
    "schema_version": 1,
    "run": _RUN,
    "pid": 1 << 21,
    "start_ticks": 5,
    "started_at": "2026-03-04T12:00:00Z",
}
_EXIT: Mapping[str, object] = {
    "schema_version": 1,
    "run": _RUN,
    "end": "exited",
    "step": "agent",
    "exit_code": 0,
    "signal": None,
    "error": "",
    "started_at": "2026-03-04T12:00:00Z",
    "ended_at": "2026-03-04T12:05:00Z",
    "agent_started_at": "2026-03-04T12:00:01Z",
    "seconds": 300.0,
    "hook_done": True,
    "agent_log": [0, 4000],
    "steps": [_STEP, {**_STEP, "name": "verify", "title": "unit", "tail": _MANY}],
    "survivors": [],
}
_RESULT: Mapping[str, object] = {
    "schema_version": 1,
    "status": "done",
    "summary": "It is done.",
    "pr_title": "Do it",
    "pr_body": "Because.\n",
    "blockers": ["a", "b"],
}
_LOG: tuple[Mapping[str, object], ...] = (
    {"type": "system", "session_id": "abc"},
    {"type": "assistant", "message": {"content": [{"type": "text", "text": "I did it."}]}},
    {"type": "rate_limit_event", "rate_limit_info": {"status": "rejected", "resetsAt": 1772625600}},
    {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "result": "Done.",
        "usage": {"input_tokens": 5, "output_tokens": 7},
        "total_cost_usd": 0.5,
    },
)
_WHOLE: Mapping[str, Mapping[str, object]] = {
    "order.json": _ORDER,
    "start.json": _START,
    "exit.json": _EXIT,
    "out/result.json": _RESULT,
}


@dataclass(frozen=True)
class _Folder:
    """The files of an attempt's folder."""

    files: Mapping[str, bytes]

    def lay(self, folder: Path) -> None:
        (folder / "out").mkdir(parents=True, exist_ok=True)
        for name, data in self.files.items():
            (folder / name).write_bytes(data)


@st.composite
def folders(draw: st.DrawFn) -> _Folder:
    """A folder as a worker leaves it, in which one to three files are damaged and others may be missing."""
    found = {name: json.dumps(record).encode() for name, record in _WHOLE.items()}
    for name in draw(st.lists(st.sampled_from(sorted(_WHOLE)), max_size=2)):
        found.pop(name, None)
    for name in draw(st.lists(st.sampled_from(["exit.json", *sorted(_WHOLE)]), min_size=1, max_size=2)):
        found[name] = draw(files(_WHOLE[name], at_most=2))
    lines = [draw(files(line, at_most=1)) if draw(st.booleans()) else json.dumps(line).encode() for line in _LOG]
    return _Folder({**found, "worker.log": b"\n".join(lines)})


class _Worker(FakeWorker):
    """Starts in memory; what became of the first attempt is read from its folder on disk."""

    def __init__(self, world: FakeWorld, root: Path) -> None:
        super().__init__(world)
        self.root = root
        self.local = LocalWorker(read_end)
        self.seen: list[Sight] = []

    def start(self, order: Order) -> Mapping[str, str | int]:
        return super().start(order)

    def look(self, ref: Ref) -> Sight:
        if ref.run != _RUN or not self.root.exists():
            return super().look(ref)
        self.seen.append(self.local.look(_ref(self.root)))
        return self.seen[-1]


def _ref(folder: Path) -> Ref:
    # A place of its own: no process of anybody's is taken for what this attempt left.
    return Ref(run=_RUN, folder=folder, worktree=folder / f"worktree-{uuid4().hex}", handle=None)


@cases(100)
@given(folders())
def test_any_folder_is_a_sight_of_its_worker(laid: _Folder) -> None:
    with TemporaryDirectory() as name:
        laid.lay(Path(name))
        seen = LocalWorker(read_end).look(_ref(Path(name)))
        assert not isinstance(seen, Alive | Absent), "its lock is free"
        if isinstance(seen, Ended):
            assert seen.end.ended_at.tzinfo is not None
            for text in (seen.end.summary, seen.end.error, seen.end.last_line, seen.end.pr_title):
                assert "\x1b" not in text
                text.encode()


@cases(60)
@given(folders())
def test_a_doubt_about_a_worker_starts_none(laid: _Folder) -> None:
    world = FakeWorld(issues={1: issue(1)})
    with TemporaryDirectory() as name:
        home = Home(Path(name) / "home", world)
        worker = _Worker(world, Path(name) / "attempt")
        home.setting = replace(home.setting, worker=worker, ref=ref_of)
        home.tick()
        assert list(world.orders) == [_RUN]
        laid.lay(worker.root)
        for _ in range(4):
            home.tick()
            home.later(60)
            attempts = home.session().attempts
            assert [int(run.rpartition("/")[2]) for run in world.orders] == [
                one.number for one in attempts if one.handle
            ]
            assert len([one for one in attempts if one.open]) <= 1
            if isinstance(worker.seen[0], Unknown):
                assert list(world.orders) == [_RUN]
        assert len(world.orders) <= 3, "three bad ends in a row block"
        assert home.session().attempts[0].outcome is not Outcome.QUOTA or len(world.orders) <= 2
        report_json(report(Scene(now=NOW, state=home.memory().state)))
