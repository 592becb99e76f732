"""The memory on disk: read whole or refused, never read as empty."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.core.model import AgentRest, Backoff, Delay, LastRun, ProjectState, Stage, State, Waiting
from issue_intake.errors import UsageError
from issue_intake.store.state import StateFile, load
from tests.builders import NOW, reviewed, running, session

STATE = State(
    projects={
        "webshop": ProjectState(
            repository="acme/webshop",
            repo_id=7,
            last_poll_at=NOW,
            backoff=Backoff(until=NOW, reason="HTTP 500"),
            waiting=(
                Waiting(
                    key="github:acme/webshop#9", number=9, title="ünï", url="u", created_at=NOW, code="c", reason="r"
                ),
            ),
        )
    },
    sessions={s.key: s for s in (session(1, trouble=Delay(until=NOW, reason="x")), running(2), reviewed(3))},
    agents={"claude": AgentRest(quick=3, until=NOW, reason="exit code 1")},
    last_run=LastRun(at=NOW, exit_code=1, summary="HTTP 500"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "state.json"


def test_what_was_saved_is_read_again(path: Path) -> None:
    StateFile(path).save(STATE)
    assert load(path) == STATE


def test_no_file_is_no_memory_and_not_an_empty_one(path: Path) -> None:
    assert load(path) is None


def test_the_file_is_the_users_alone_and_carries_its_version_with_sorted_keys(path: Path) -> None:
    StateFile(path).save(STATE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    document = json.loads(path.read_text())
    assert document["schema_version"] == 1
    assert list(document) == sorted(document)


BROKEN = {
    "empty": b"",
    "torn": b'{"schema_version": 1, "sess',
    "a list": b"[]",
    "null": b"null",
    "bytes": b"\xff\xfe\x00",
    "no version": b"{}",
    "a text as version": b'{"schema_version": "1"}',
    "sessions of another kind": b'{"schema_version": 1, "sessions": []}',
    "a session without its fields": b'{"schema_version": 1, "sessions": {"github:a/b#1": {}}}',
    "half a character in a name": b'{"schema_version": 1, "configured": {"attempts": {"x\\ud800": 3}}}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_damaged_memory_is_refused_left_as_it_is_and_the_cure_named(path: Path, text: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(text)
    with pytest.raises(UsageError, match=r"nothing was started; move it away"):
        load(path)
    assert path.read_bytes() == text


def _changed(path: Path, old: str, new: str) -> None:
    StateFile(path).save(STATE)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"stage": "review"', '"stage": "somewhere"'),
        ('"key": "github:acme/webshop#1"', '"key": "github:acme/webshop#5"'),
        ('"github:acme/webshop#1": {', '"no key": {'),
        ("2026-03-04T12:00:00Z", "2026-03-04T12:00:00"),
        ('"number": 1, "project"', '"number": 2, "project"'),
    ],
)
def test_a_memory_that_contradicts_itself_is_refused(path: Path, old: str, new: str) -> None:
    _changed(path, old, new)
    with pytest.raises(UsageError, match="is damaged"):
        load(path)


def test_a_newer_memory_is_refused_as_newer(path: Path) -> None:
    _changed(path, '"schema_version": 1', '"schema_version": 2')
    with pytest.raises(UsageError, match="newer intake"):
        load(path)


@pytest.mark.parametrize("known", [{"repository": ""}, {"repository": "acme"}, {"former": ["acme/shop", "a b/c"]}])
def test_a_project_of_no_repository_is_refused(path: Path, known: dict[str, object]) -> None:
    StateFile(path).save(STATE)
    document = json.loads(path.read_text())
    document["projects"]["webshop"] |= known
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="damaged: not an issue key"):
        load(path)


@pytest.mark.parametrize("moment", ["2026-03-04", "2026-03-04t12:00", "2026-03-04_12:00:00", "2026-03-04T12:00:00"])
def test_a_time_without_a_zone_in_any_form_is_refused(path: Path, moment: str) -> None:
    _refuses_the_time(path, moment)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-1400"])
def test_a_time_that_utc_has_no_year_for_is_refused(path: Path, moment: str) -> None:
    _refuses_the_time(path, moment)


def _refuses_the_time(path: Path, moment: str) -> None:
    StateFile(path).save(STATE)
    document = json.loads(path.read_text())
    document["sessions"][session(1).key]["since"] = moment
    path.write_text(json.dumps(document, indent=1).replace('": ', '" :\n'))
    with pytest.raises(UsageError, match="damaged: a time"):
        load(path)


def test_a_title_that_looks_like_a_time_without_a_zone_is_only_a_title(path: Path) -> None:
    odd = session(1, title='"at": "2026-03-04T12:00:00"', note='x","since": "2026-03-04T12:00:00')
    StateFile(path).save(State(sessions={odd.key: odd}))
    assert load(path) == State(sessions={odd.key: odd})


def test_a_folder_in_the_memorys_place_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be read"):
        load(path)
    with pytest.raises(UsageError, match=r"cannot be written: .*make it writable"):
        StateFile(path).save(STATE)


def test_a_failed_write_leaves_the_old_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    StateFile(path).save(STATE)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match=r"No space left.*free some disk"):
        StateFile(path).save(State())
    assert load(path) == STATE
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_survives_the_disk(path: Path, stage: Stage) -> None:
    one = session(1, stage)
    StateFile(path).save(State(sessions={one.key: one}))
    assert load(path) == State(sessions={one.key: one})


def test_what_is_written_again_is_the_same_whatever_changed_in_between(path: Path) -> None:
    file = StateFile(path)
    file.save(STATE)
    first = path.read_bytes()
    changed = replace(STATE, sessions={**STATE.sessions, session(9).key: session(9)}, projects={})
    file.save(changed)
    assert load(path) == changed
    file.save(STATE)
    assert path.read_bytes() == first
