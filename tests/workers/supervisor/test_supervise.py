"""The supervisor runs an order's steps, and records their end whatever happens."""

from __future__ import annotations

import time

import pytest

from issue_intake.core.work import Ended, Order, Ref, Step
from issue_intake.workers.folder import Folder
from issue_intake.workers.local import LocalWorker
from issue_intake.workers.supervisor.records import read_json
from issue_intake.workers.supervisor.worklog import HEAD
from tests.workers.bench import Bench, StepName, read_end, until


def test_an_agent_that_ends_well(bench: Bench) -> None:
    record = bench.record(bench.run(bench.shell("echo hello; echo world >&2")))
    assert (record["end"], record["step"], record["exit_code"], record["signal"]) == ("exited", "agent", 0, None)
    assert record["error"] == ""
    assert record["agent_started_at"]
    log = bench.root / "sessions" / bench.slug / "7" / "1" / "worker.log"
    assert log.read_text() == "hello\nworld\n"


@pytest.mark.parametrize(
    ("line", "code", "number", "error"),
    [
        ("exit 3", 3, None, "agent ended with exit code 3"),
        ("kill -9 $$", None, 9, "agent was killed by signal 9"),
        ("kill -15 $$", None, 15, "agent was killed by signal 15"),
    ],
)
def test_an_agent_that_ends_badly(bench: Bench, line: str, code: int | None, number: int | None, error: str) -> None:
    record = bench.record(bench.run(bench.shell(line)))
    assert (record["end"], record["exit_code"], record["signal"]) == ("exited", code, number)
    assert record["error"] == error


def test_steps_run_in_their_order_and_after_run_follows_a_failed_agent(bench: Bench) -> None:
    names: tuple[StepName, ...] = ("after_create", "before_run", "agent", "after_run")
    steps = [bench.shell(f"echo {name}; exit {int(name == 'agent')}", name) for name in names]
    ref = bench.run(*steps)
    record = bench.record(ref)
    assert (ref.folder / "worker.log").read_text().split() == list(names)
    assert [step["name"] for step in record["steps"]] == list(names)
    assert (record["end"], record["exit_code"], record["hook_done"]) == ("exited", 1, True)


@pytest.mark.parametrize("name", ["prepare", "after_create", "before_run"])
@pytest.mark.parametrize("line", ["exit 4", "exec /nowhere/at/all", "sleep 600"])
def test_a_setup_step_that_fails_ends_the_order(bench: Bench, name: StepName, line: str) -> None:
    later = (bench.shell("touch ran"), bench.shell("touch ran", "after_run"))
    ref = bench.run(bench.shell(line, name, timeout=0.3), *later)
    record = bench.record(ref)
    assert (record["end"], record["step"], record["hook_done"]) == ("setup_failed", name, False)
    assert str(record["error"]).startswith(name)
    assert not (bench.worktree / "ran").exists()


def test_hook_done_is_remembered_when_a_later_step_fails(bench: Bench) -> None:
    record = bench.record(bench.run(bench.shell("true", "after_create"), bench.shell("false", "before_run")))
    assert (record["end"], record["hook_done"]) == ("setup_failed", True)


def test_a_failing_after_run_decides_nothing(bench: Bench) -> None:
    record = bench.record(bench.run(bench.shell("true"), bench.shell("exit 5", "after_run")))
    assert (record["end"], record["exit_code"], record["error"]) == ("exited", 0, "")
    assert record["steps"][1]["exit_code"] == 5


def test_an_order_of_prepare_steps_alone_ends_well(bench: Bench) -> None:
    record = bench.record(bench.run(bench.shell("true", "prepare"), bench.shell("touch made", "prepare")))
    assert (record["end"], record["step"], record["exit_code"]) == ("exited", "prepare", 0)
    assert record["agent_started_at"] is None


def test_a_missing_program_is_recorded_by_its_name(bench: Bench) -> None:
    record = bench.record(bench.run(bench.step("no-such-agent", "-x"), bench.shell("touch after", "after_run")))
    assert (record["end"], record["exit_code"], record["agent_started_at"]) == ("not_started", None, None)
    assert record["error"] == "agent could not be started: no-such-agent: No such file or directory"
    assert (bench.worktree / "after").exists()


def test_a_missing_folder_is_recorded_by_its_name(bench: Bench) -> None:
    step = Step(name="agent", argv=("true",), cwd="/nowhere", env={})
    record = bench.record(bench.run(step))
    assert (record["end"], record["error"]) == (
        "not_started",
        "agent could not be started: /nowhere: No such file or directory",
    )


def test_a_missing_prompt_file_is_recorded_by_its_name(bench: Bench) -> None:
    record = bench.record(bench.run(bench.step("cat", stdin="/nowhere/prompt.md")))
    assert record["end"] == "not_started"
    assert "/nowhere/prompt.md" in str(record["error"])


def test_an_unreadable_order_is_recorded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = _start_with(bench, monkeypatch, "{")
    seen = bench.settle(ref)
    assert isinstance(seen, Ended)
    assert seen.end.error.startswith("broken: the supervisor failed: JSONDecodeError")
    assert not (ref.folder / "start.json").exists()


def test_a_fault_of_the_supervisor_is_recorded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = _start_with(bench, monkeypatch, '{"schema_version": 1, "run": "x/7/1", "boot_id": "", "machine_id": ""}')
    until(lambda: (ref.folder / "exit.json").exists() or None)
    record = read_json(str(ref.folder / "exit.json"))
    assert (record["end"], record["error"]) == ("broken", "the supervisor failed: KeyError: 'steps'")


def test_the_log_is_bounded_and_keeps_its_beginning_and_its_end(bench: Bench) -> None:
    limit = 400_000
    bench.worker = LocalWorker(read_end, grace=0.3, log_limit=limit)
    setup = bench.shell("seq -f 'setup %012.0f' 30000", "before_run")
    ref = bench.run(setup, bench.shell("echo conversation 42; seq -f 'line %012.0f' 300000; echo the end"))
    log = (ref.folder / "worker.log").read_text()
    assert len(log) <= limit
    assert log.endswith("line 000000300000\nthe end\n")
    assert "conversation 42\nline 000000000001\n" in log
    assert "bytes left out here" in log
    assert len(log) > HEAD


def test_the_supervisor_is_small_and_rests(bench: Bench) -> None:
    ref = bench.start(bench.shell("sleep 600"), stall=1200.0)
    supervisor = bench.supervisor(ref)
    until(lambda: supervisor.children() or None)
    assert supervisor.memory_info().rss <= 15 * 1024 * 1024
    before = sum(supervisor.cpu_times()[:2])
    time.sleep(1.5)
    assert sum(supervisor.cpu_times()[:2]) - before <= 0.02


def _start_with(bench: Bench, monkeypatch: pytest.MonkeyPatch, order_json: str) -> Ref:
    """Start an order whose order.json reads so."""

    def write(folder: Folder, order: Order, *, grace: float, log_limit: int, seal: str) -> None:
        (folder.path / "order.json").write_text(order_json)

    monkeypatch.setattr(Folder, "write_order", write)
    return bench.start(bench.shell("touch ran"))
