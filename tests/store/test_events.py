"""events.ndjson: a line for each thing that happened; what is torn costs itself alone, growth has an end."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from issue_intake.errors import UnavailableError
from issue_intake.store.events import FULL, LIMIT, NAME, Event, append, read_events
from tests.builders import NOW

KEY = "github:acme/webshop#12"
LAUNCHED = Event(at=NOW, event="launched", session=KEY, attempt=1, message="attempt 1", data={"agent": "claude"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


def _fields(event: Event) -> Event:
    return replace(event, id=None)


def test_what_was_appended_is_read_again_in_its_order(path: Path) -> None:
    written = [append(path, replace(LAUNCHED, message=f"number {n}")) for n in range(3)]
    assert list(read_events(path)) == written
    assert [event.message for event in read_events(path)] == ["number 0", "number 1", "number 2"]


def test_a_line_has_the_promised_keys(path: Path) -> None:
    append(path, replace(LAUNCHED, attempt=None))
    (line,) = path.read_text().splitlines()
    assert json.loads(line) == {
        "v": 1,
        "id": 0,
        "at": "2026-03-04T12:00:00Z",
        "event": "launched",
        "session": KEY,
        "attempt": None,
        "message": "attempt 1",
        "data": {"agent": "claude"},
    }


def test_the_file_is_the_users_alone(path: Path) -> None:
    append(path, LAUNCHED)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_where_nothing_happened_there_is_no_file_and_no_event(path: Path) -> None:
    assert read_events(path) == ()
    assert not path.exists()


def test_a_line_is_one_write(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []
    write = os.write

    def counted(file: int, data: bytes) -> int:
        writes.append(data)
        return write(file, data)

    monkeypatch.setattr(os, "write", counted)
    append(path, LAUNCHED)
    assert writes == [path.read_bytes()]


def test_ids_are_unique_and_increase(path: Path) -> None:
    for n in range(20):
        append(path, replace(LAUNCHED, message="x" * n))
    ids = [event.id for event in read_events(path)]
    assert all(one is not None and other is not None and one < other for one, other in pairwise(ids))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_torn_line_costs_itself_alone(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("torn") / NAME
    append(path, LAUNCHED)
    whole = path.stat().st_size
    append(path, replace(LAUNCHED, event="torn", message="tørn"))
    os.truncate(path, data.draw(st.integers(whole, path.stat().st_size)))
    before = read_events(path)
    append(path, replace(LAUNCHED, event="ended"))
    after = read_events(path)
    assert after[:-1] == before
    assert [event.event for event in after if event.event != "torn"] == ["launched", "ended"]


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": True},
        {"v": None},
        {"id": "0"},
        {"id": False},
        {"id": 1},
        {"at": "2026-03-04T12:00:00"},
        {"at": 5},
        {"at": "0001-01-01T00:00:00+10:00"},
        {"event": "Two words"},
        {"session": None},
        {"attempt": "1"},
        {"attempt": True},
        {"message": None},
        {"data": []},
    ],
)
def test_a_line_of_another_kind_is_passed_over(path: Path, change: dict[str, object]) -> None:
    append(path, LAUNCHED)
    document = {**json.loads(path.read_text()), **change}
    path.write_text(json.dumps(document) + "\n")
    append(path, replace(LAUNCHED, event="ended"))
    assert [event.event for event in read_events(path)] == ["ended"]


def test_keys_of_later_versions_are_no_hindrance(path: Path) -> None:
    append(path, LAUNCHED)
    path.write_text(json.dumps({**json.loads(path.read_text()), "more": 1}) + "\n")
    assert [_fields(event) for event in read_events(path)] == [LAUNCHED]


def test_a_line_that_was_moved_was_not_written_as_it_stands(path: Path) -> None:
    append(path, LAUNCHED)
    path.write_bytes(path.read_bytes() * 3)
    assert [_fields(event) for event in read_events(path)] == [LAUNCHED]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=80))
@example(b"{" * 40, b'{"v":1}')
@example(b'{"v":1,"id":' + b"9" * 5000 + b"}", b"[" * 9000)
def test_any_bytes_are_passed_over_and_what_is_appended_is_read(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / NAME
    path.write_bytes(before)
    assert read_events(path) == ()
    written = append(path, LAUNCHED)
    with path.open("ab") as file:
        file.write(after)
    assert read_events(path) == (written,) or not after.startswith(b"\n")
    assert append(path, LAUNCHED) in read_events(path)


@settings(max_examples=80, deadline=None)
@given(
    st.text(max_size=30),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=4), one, max_size=3),
        max_leaves=6,
    ),
)
@example("a\nb\x1b[31m\u2028", {"k": "\ud800\n\u2028"})
def test_any_message_and_data_are_one_line_and_read_again(
    tmp_path_factory: pytest.TempPathFactory, message: str, value: object
) -> None:
    path = tmp_path_factory.mktemp("data") / NAME
    written = append(path, replace(LAUNCHED, message=message, data={"value": value}))
    assert path.read_bytes().count(b"\n") == 1
    assert read_events(path) == (written,)
    assert written is not None
    assert written.data == {"value": value}
    assert not set("\n\x1b\u2028") & set(written.message)


def test_what_json_does_not_know_is_written_as_its_text(path: Path) -> None:
    append(path, replace(LAUNCHED, data={"until": NOW, "path": path}))
    assert read_events(path)[0].data == {"until": str(NOW), "path": str(path)}


def test_data_without_end_is_left_out(path: Path) -> None:
    append(path, replace(LAUNCHED, message="m" * 9999, data={"log": "x" * 100_000}))
    (event,) = read_events(path)
    assert event.data.keys() == {"left_out_bytes"}
    assert len(event.message) == 500


def test_a_full_file_says_so_in_its_last_line_and_grows_no_more(path: Path) -> None:
    large = replace(LAUNCHED, data={"log": "x" * 30_000})
    written = 0
    while append(path, large) is not None:
        written += 1
    for _ in range(3):
        assert append(path, LAUNCHED) is None
    events = read_events(path)
    assert path.stat().st_size <= LIMIT
    assert [event.event for event in events] == ["launched"] * written + [FULL]
    assert events[-1].message == "nothing more is written here: 1 MiB is the most"
    assert written > 30


def test_a_full_file_stays_full_when_its_last_line_was_torn(path: Path) -> None:
    path.write_bytes(b"x" * (LIMIT - 2100))
    append(path, LAUNCHED)
    os.truncate(path, path.stat().st_size - 9)
    for _ in range(5):
        append(path, LAUNCHED)
    assert path.stat().st_size <= LIMIT
    assert read_events(path)[-1].event == FULL


def test_a_file_that_somebody_else_let_grow_is_neither_grown_nor_read_whole(path: Path) -> None:
    append(path, LAUNCHED)
    with path.open("ab") as file:
        file.truncate(5 * LIMIT)
    assert append(path, LAUNCHED) is None
    assert path.stat().st_size == 5 * LIMIT
    assert [_fields(event) for event in read_events(path)] == [LAUNCHED]


def test_a_folder_is_never_made_for_an_event(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="no such folder"):
        append(tmp_path / "1" / NAME, LAUNCHED)
    assert not (tmp_path / "1").exists()


def test_no_link_pipe_or_folder_is_written_or_waited_for(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        with pytest.raises(UnavailableError):
            append(tmp_path / name, LAUNCHED)
        with pytest.raises(UnavailableError):
            read_events(tmp_path / name)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("written", [0, 7])
def test_a_full_disk_is_told_and_costs_that_line_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    append(path, LAUNCHED)
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda file, data: write(file, data[:written]))
        with pytest.raises(UnavailableError, match="No space left"):
            append(path, LAUNCHED)
    append(path, replace(LAUNCHED, event="ended"))
    assert [event.event for event in read_events(path)] == ["launched", "ended"]


@pytest.mark.parametrize("word", ["Two words", "", "x" * 41, "a\n"])
def test_what_could_not_be_read_again_is_a_bug_and_writes_nothing(path: Path, word: str) -> None:
    with pytest.raises(ValueError, match="could not be read again"):
        append(path, replace(LAUNCHED, event=word))
    assert read_events(path) == ()
