"""The store of validators: private, bounded, and never a reason to fail."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from issue_intake.github.cache import Cache, Stored


def _put(cache: Cache, key: str, size: int = 10) -> None:
    cache.put(key, etag=f'"{key}"', link=None, body=json.dumps("x" * size).encode())


def test_what_was_put_is_got_and_nothing_else(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "deep" / "cache")
    cache.put("a", etag='W/"1"', link='<u>; rel="next"', body=b'[{"a": 1}]')
    assert cache.get("a") == Stored(etag='W/"1"', link='<u>; rel="next"', body=[{"a": 1}])
    assert cache.get("b") is None


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    _put(cache, "a")
    (file,) = (tmp_path / "cache").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["schema_version"] == 1


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"schema_version": 2, "etag": "x", "link": null, "body": []}',
     b'{"schema_version": 1, "etag": "x\\ny", "link": null, "body": []}', b'{"schema_version": 1, "etag": "x"}'],
)  # fmt: skip
def test_a_damaged_entry_is_dropped(tmp_path: Path, damage: bytes) -> None:
    cache = Cache(tmp_path)
    _put(cache, "a")
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert cache.get("a") is None
    assert not file.exists()


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_bytes=4_000)
    for age, key in enumerate("abc"):
        _put(cache, key, 1_000)
        os.utime(max(tmp_path.iterdir(), key=lambda p: p.stat().st_mtime_ns), (age, age))
    stored = cache.get("a")
    assert stored is not None
    cache.confirm("a", stored, None)
    _put(cache, "d", 1_000)
    assert cache.get("b") is None
    assert [key for key in "acd" if cache.get(key)] == ["a", "c", "d"]
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) <= 4_000


def test_an_entry_larger_than_the_whole_is_not_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_bytes=100)
    _put(cache, "a", 1_000)
    assert list(tmp_path.iterdir()) == []


def test_64_mib_are_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    _put(cache, "a", (64 << 20) - 1_000)
    assert cache.get("a") is not None
    _put(cache, "b", (64 << 20) + 1_000)
    assert cache.get("b") is None
    _put(cache, "c", 1_000)
    assert (cache.get("a"), cache.get("c") is not None) == (None, True)


def test_a_rotated_validator_is_kept_with_the_body(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    _put(cache, "a")
    stored = cache.get("a")
    assert stored is not None
    cache.confirm("a", stored, '"new"')
    assert cache.get("a") == Stored(etag='"new"', link=None, body="x" * 10)


def test_a_frozen_cache_serves_and_changes_nothing(tmp_path: Path) -> None:
    _put(Cache(tmp_path), "a")
    (file,) = tmp_path.iterdir()
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    frozen = Cache(tmp_path, frozen=True)
    stored = frozen.get("a")
    assert stored is not None
    frozen.confirm("a", stored, None)
    frozen.confirm("a", stored, '"new"')
    frozen.drop("a")
    _put(frozen, "b")
    assert [file] == list(tmp_path.iterdir())
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    cache = Cache(tmp_path / "cache")
    _put(cache, "a")
    assert cache.get("a") is None
