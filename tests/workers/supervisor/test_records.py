"""Records are replaced whole, also where the disk is full."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from issue_intake.workers.supervisor import records


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = str(tmp_path / "a.json")
    records.write_json(path, {"b": [1, None, "ü\udcff"], "long": "x" * 9999})
    records.write_json(path, {"b": [1, None, "ü\udcff"]})
    assert records.read_json(path) == {"b": [1, None, "ü\udcff"]}
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_a_failed_write_leaves_the_old_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "a.json")
    records.write_json(path, {"old": 1})

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="full"):
            records.write_json(path, {"new": 1})
    assert records.read_json(path) == {"old": 1}


def test_a_record_takes_the_room_that_was_reserved_for_it(tmp_path: Path) -> None:
    path = str(tmp_path / "exit.json")
    records.reserve(path, 8192)
    reserved = Path(f"{path}.part").stat()
    assert reserved.st_blocks * 512 >= 8192
    records.write_json(path, {"end": "exited"})
    assert Path(path).stat().st_ino == reserved.st_ino
    assert records.read_json(path) == {"end": "exited"}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\xff"])
def test_what_is_no_object_is_a_value_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"JSON|Expecting|decode"):
        records.read_json(str(tmp_path / "a.json"))
