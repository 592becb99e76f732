"""The log of any output stays within its bound and keeps both ends."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issue_intake.workers.supervisor.worklog import WorkLog

LIMIT = 8192


@given(st.lists(st.integers(min_value=0, max_value=3000), max_size=40), st.integers(min_value=0, max_value=40))
def test_any_output_is_kept_within_the_limit_with_both_ends(sizes: list[int], setup: int) -> None:
    chunks = [bytes([33 + index % 90]) * size for index, size in enumerate(sizes)]
    with TemporaryDirectory() as folder:
        log = WorkLog(f"{folder}/worker.log", LIMIT)
        for chunk in chunks[:setup]:
            log.write(chunk)
        log.start_agent()
        for chunk in chunks[setup:]:
            log.write(chunk)
            assert Path(folder, "worker.log").stat().st_size <= LIMIT
        log.close()
        kept = Path(folder, "worker.log").read_bytes()
        whole, agent = b"".join(chunks), b"".join(chunks[setup:])
    assert kept.endswith(whole[-1024:])
    assert agent[: LIMIT // 4] in kept
    assert kept == whole or b"bytes left out here" in kept


_sizes = st.lists(st.integers(min_value=0, max_value=3000), max_size=20)


@settings(deadline=None)
@given(_sizes, _sizes, _sizes)
def test_the_agents_own_output_is_found_whatever_came_before_and_after(
    before: list[int], agent: list[int], after: list[int]
) -> None:
    with TemporaryDirectory() as folder:
        log = WorkLog(f"{folder}/worker.log", LIMIT)
        for size in before:
            log.write(b"b" * size)
        log.start_agent()
        for size in agent:
            log.write(b"a" * size)
        log.end_agent()
        for size in after:
            log.write(b"c" * size)
            assert Path(folder, "worker.log").stat().st_size <= LIMIT
        assert log.agent is not None
        begin, end = log.agent
        kept = Path(folder, "worker.log").read_bytes()[begin:end]
        log.close()
    head, note, last = kept.partition(b"\n[intake: ")
    wrote = sum(agent)
    assert set(head) <= {ord("a")}
    assert (len(head) == wrote) if not note else (len(head) >= LIMIT // 4 and last.rpartition(b"\n")[2])
    assert begin <= LIMIT // 4, "it begins where the head of the log is looked for"


def test_output_that_fits_is_kept_as_it_is(tmp_path: Path) -> None:
    log = WorkLog(str(tmp_path / "worker.log"), LIMIT)
    log.start_agent()
    log.write(b"a\xff\0\n" * 1000)
    log.close()
    assert (tmp_path / "worker.log").read_bytes() == b"a\xff\0\n" * 1000


def test_a_full_disk_costs_output_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = WorkLog(str(tmp_path / "worker.log"), LIMIT)
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", full)
    for _ in range(20):
        log.write(b"x" * 1000)
    monkeypatch.setattr(os, "write", real)
    log.write(b"again")
    log.close()
    assert (tmp_path / "worker.log").read_bytes() == b"again"


def test_no_room_for_a_second_copy_keeps_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = WorkLog(str(tmp_path / "worker.log"), LIMIT)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "replace", full)
    for number in range(LIMIT // 10 + 5):
        log.write(b"line%5d\n" % number)
    log.close()
    lines = (tmp_path / "worker.log").read_text().splitlines()
    assert lines[-1] == f"line{LIMIT // 10 + 4:5d}"
    assert log.agent is None
    assert [path.name for path in tmp_path.iterdir()] == ["worker.log"]


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "worker.log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        WorkLog(str(tmp_path / "worker.log"))
