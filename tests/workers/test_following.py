"""A log is followed to its end whatever its writer does to its middle."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issue_intake.workers import following
from issue_intake.workers.following import follow, tail
from issue_intake.workers.supervisor.worklog import WorkLog
from tests.workers.bench import Bench, until

LIMIT = 40_000


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_PAUSE", 0.001)


def test_the_last_lines_are_cleaned(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    path.write_bytes(b"one\n\x1b[31mtwo\x1b[0m\r\n10%\r20%\n\xff\x07four")
    assert tail(path, 3) == ("two", "20%", "\ufffdfour")
    assert tail(path, 99) == ("one", "two", "20%", "\ufffdfour")
    assert tail(path, 0) == ()


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert tail(tmp_path / "worker.log", 5) == ()
    assert list(follow(tmp_path / "worker.log", lambda: True)) == []
    (tmp_path / "worker.log").touch()
    assert tail(tmp_path / "worker.log", 5) == ()


def test_a_log_that_ended_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    path.write_text("a\nb\nc")
    assert list(follow(path, lambda: True)) == ["a", "b", "c"]
    assert list(follow(path, lambda: True, last=1)) == ["b", "c"]


@pytest.mark.parametrize("planted", ["link", "pipe"])
def test_what_is_no_log_is_not_read(tmp_path: Path, planted: str) -> None:
    path = tmp_path / "worker.log"
    (tmp_path / "secret").write_text("s")
    path.symlink_to(tmp_path / "secret") if planted == "link" else os.mkfifo(path)
    assert tail(path, 5) == ()
    with pytest.raises(OSError, match=r"worker\.log"):
        list(follow(path, lambda: True))


def test_a_real_worker_is_followed_from_before_its_log_is_there(bench: Bench) -> None:
    order = bench.order(bench.shell("for i in 1 2 3; do echo $i; sleep 0.3; done; printf end"))
    seen: list[tuple[str, float]] = []
    found = threading.Event()

    def read() -> None:
        seen.extend((line, time.monotonic()) for line in follow(order.folder / "worker.log", found.is_set))

    reader = threading.Thread(target=read)
    reader.start()
    bench.worker.start(order)
    until(lambda: (order.folder / "exit.json").exists() or None)
    found.set()
    reader.join()
    assert [line for line, _ in seen] == ["1", "2", "3", "end"]
    assert seen[2][1] - seen[0][1] > 0.3


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("agent", [False, True])
def test_nothing_is_missed_or_said_twice_while_the_middle_is_dropped(tmp_path: Path, *, agent: bool) -> None:
    log = WorkLog(str(tmp_path / "worker.log"), LIMIT)
    wrote = [f"line {number} {'x' * (number % 50)}" for number in range(6000)]
    over = threading.Event()

    def write() -> Iterator[None]:
        for number, line in enumerate(wrote):
            if agent and number == 1000:
                log.start_agent()
            if agent and number == 4000:
                log.end_agent()
            log.write(f"{line}\n".encode())
            yield
        log.close()
        over.set()

    pen = write()
    assert list(follow(tmp_path / "worker.log", lambda: _advance(pen, over))) == wrote
    assert (tmp_path / "worker.log").stat().st_size <= LIMIT


def _advance(pen: Iterator[None], over: threading.Event) -> bool:
    for _ in range(100):
        next(pen, None)
    return over.is_set()


@pytest.mark.usefixtures("quick")
def test_a_reader_that_fell_behind_is_told_what_was_left_out(tmp_path: Path) -> None:
    log = WorkLog(str(tmp_path / "worker.log"), LIMIT)
    turns = iter(range(3))

    def ended() -> bool:
        turn = next(turns)
        for number in range(5000):
            log.write(f"turn {turn} line {number}\n".encode())
        return turn == 2

    seen = list(follow(tmp_path / "worker.log", ended))
    numbered = [line for line in seen if line.startswith("turn")]
    assert numbered[-1] == "turn 2 line 4999"
    assert any("bytes left out here" in line for line in seen)
    assert len(numbered) == len(set(numbered))
    log.close()


@pytest.mark.usefixtures("quick")
def test_a_log_begun_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    path.write_text("a long first line\n")
    turns = iter((lambda: path.write_text("new\n"), lambda: 0))
    assert list(follow(path, lambda: next(turns)() == 0)) == ["a long first line", "new"]


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_shown_without_controls(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "worker.log")
        path.write_bytes(data)
        lines = list(follow(path, lambda: True))
        assert tuple(lines) == tail(path, 999)
    assert all(line.replace("\t", "").isprintable() or not line.isascii() for line in lines)
