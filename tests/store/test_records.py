"""Events lie beside the records that they are about; the end of a log is read without following links."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from issue_intake.core.model import Session
from issue_intake.store.events import NAME, Event, read_events
from issue_intake.store.records import Records
from issue_intake.store.tail import tail
from tests.builders import NOW, running, session

FOLDER = Path("acme-webshop") / "1"


def _record(sessions: Path, about: Session, word: str = "stage") -> None:
    Records(sessions)(about, Event(at=NOW, event=word, session=about.key, attempt=None))


def test_an_event_lies_in_the_folder_of_the_latest_attempt(tmp_path: Path) -> None:
    (tmp_path / FOLDER / "1").mkdir(parents=True)
    _record(tmp_path, running())
    assert [event.event for event in read_events(tmp_path / FOLDER / "1" / NAME)] == ["stage"]


@pytest.mark.parametrize("about", [session(), running()])
def test_without_one_it_lies_in_the_sessions_and_no_attempt_is_forged(tmp_path: Path, about: Session) -> None:
    _record(tmp_path, about)
    assert [event.session for event in read_events(tmp_path / FOLDER / NAME)] == [about.key]
    assert os.listdir(tmp_path / FOLDER) == [NAME]  # noqa: PTH208 - names alone


def test_what_cannot_be_written_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "acme-webshop").write_text("in the way")
    _record(tmp_path, session())
    _record(tmp_path / "other", session(), "no word at all")


def test_the_end_of_a_file_is_its_last_bytes(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"early\nlate \xff\n")
    assert tail(tmp_path / "log", 8) == "\nlate \ufffd\n"
    assert tail(tmp_path / "log") == "early\nlate \ufffd\n"


def test_what_is_no_file_of_ours_has_no_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")
    assert [tail(tmp_path / name) for name in ("link", "pipe", "none", ".")] == ["", "", "", ""]
