"""Remembering: what changed is written, sessions first; what was lost is rebuilt from their folders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.core.model import AgentRest, LastRun, ProjectState, Session, Stage
from issue_intake.errors import UsageError
from issue_intake.store.memory import Memory
from tests.builders import NOW, reviewed, running, session


def _memory(home: Path) -> Memory:
    return Memory(home / "state.json", home / "sessions")


def _saved(home: Path, *sessions: Session) -> None:
    memory = _memory(home)
    for one in sessions:
        memory.keep(one)
    memory.save()


def test_everything_kept_is_there_again(tmp_path: Path) -> None:
    memory = _memory(tmp_path)
    memory.keep(running())
    memory.keep_project("webshop", ProjectState(repo_id=7))
    memory.keep_agent("claude", AgentRest(quick=2))
    memory.keep_run(LastRun(at=NOW, exit_code=0, summary="ok"))
    memory.save()
    again = _memory(tmp_path)
    assert again.state == memory.state
    assert not again.rebuilt


def test_an_agent_that_is_well_again_is_forgotten(tmp_path: Path) -> None:
    memory = _memory(tmp_path)
    memory.keep_agent("claude", AgentRest(quick=2))
    memory.keep_agent("claude", AgentRest())
    assert memory.state.agents == {}


def test_what_did_not_change_is_not_written(tmp_path: Path) -> None:
    _saved(tmp_path, session(1), session(2))
    records = tmp_path / "sessions" / "acme-webshop"
    before = (records / "1" / "session.json").stat().st_ino
    memory = _memory(tmp_path)
    memory.save()
    memory.keep(session(2, Stage.DONE))
    memory.save()
    assert (records / "1" / "session.json").stat().st_ino == before


def test_a_lost_memory_is_rebuilt_from_the_session_folders(tmp_path: Path) -> None:
    _saved(tmp_path, running(1), reviewed(2))
    (tmp_path / "state.json").unlink()
    again = _memory(tmp_path)
    assert again.rebuilt
    assert again.state.sessions == {s.key: s for s in (running(1), reviewed(2))}


def test_an_attempt_that_the_record_does_not_know_is_taken_as_under_way(tmp_path: Path) -> None:
    _saved(tmp_path, session(1))
    (tmp_path / "sessions" / "acme-webshop" / "1" / "1").mkdir()
    (tmp_path / "state.json").unlink()
    (one,) = _memory(tmp_path).state.sessions.values()
    assert one.working
    assert one.attempts[-1].handle is not None


def test_a_record_is_never_older_than_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _saved(tmp_path, session(1))
    memory = _memory(tmp_path)
    memory.keep(replace(session(1), note="claimed"))

    def crash(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("issue_intake.store.state.StateFile.save", crash)
    with pytest.raises(KeyboardInterrupt):
        memory.save()
    (tmp_path / "state.json").unlink()
    assert [s.note for s in _memory(tmp_path).state.sessions.values()] == ["claimed"]


def test_folders_that_are_no_sessions_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "sessions" / "acme-webshop" / "7").mkdir(parents=True)
    (tmp_path / "sessions" / "acme-webshop" / "notes").mkdir()
    (tmp_path / "sessions" / "README").write_text("mine")
    assert _memory(tmp_path).state.sessions == {}


@pytest.mark.parametrize("record", [None, b"{", b"{}"])
def test_attempts_without_a_readable_record_are_never_started_as_new(tmp_path: Path, record: bytes | None) -> None:
    folder = tmp_path / "sessions" / "acme-webshop" / "7"
    (folder / "1").mkdir(parents=True)
    if record is not None:
        (folder / "session.json").write_bytes(record)
    with pytest.raises(UsageError, match=r"nothing was started"):
        _memory(tmp_path)


def test_a_record_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    memory = _memory(tmp_path)
    memory.keep(session(1))
    (tmp_path / "sessions").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        memory.save()
    assert not (tmp_path / "state.json").exists()


def test_what_left_the_memory_is_found_in_its_own_record(tmp_path: Path) -> None:
    _saved(tmp_path, session(1, Stage.DONE), running(2))
    memory = _memory(tmp_path)
    memory.archive(memory.state.sessions[session(1).key])
    memory.save()
    again = _memory(tmp_path)
    assert list(again.state.sessions) == [running(2).key]
    assert set(again.everything().sessions) == {session(1).key, running(2).key}
    assert again.recall(session(1).key) == session(1, Stage.DONE)
    assert again.recall(session(9).key) is None


def test_what_is_known_hot_is_not_asked_of_its_record(tmp_path: Path) -> None:
    _saved(tmp_path, session(1))
    assert _memory(tmp_path).recall(session(1).key) is None


def test_a_session_leaves_only_once_its_record_is_written(tmp_path: Path) -> None:
    memory = _memory(tmp_path)
    memory.keep(session(1, Stage.DONE))
    (tmp_path / "sessions").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        memory.archive(session(1, Stage.DONE))
    assert session(1).key in memory.state.sessions


def test_a_record_that_a_power_cut_tore_is_not_asked_while_the_memory_knows_better(tmp_path: Path) -> None:
    _saved(tmp_path, running(1), session(2, Stage.DONE))
    (tmp_path / "sessions" / "acme-webshop" / "1" / "session.json").write_text("")
    memory = _memory(tmp_path)
    memory.archive(memory.state.sessions[session(2).key])
    assert memory.everything().sessions == {running(1).key: running(1), session(2).key: session(2, Stage.DONE)}
