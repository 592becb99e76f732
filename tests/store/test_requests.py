"""What a person asks is met once by a tick, in order; what nobody asked is never obeyed."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issue_intake.core.requests import Request, document_of
from issue_intake.errors import UnavailableError, UsageError
from issue_intake.store.requests import Pending, ask, done, new_id, pending
from tests.builders import NOW

KEY = "github:acme/webshop#12"


def _request(identity: str = "a", **changes: Any) -> Request:
    return replace(Request(id=identity, at=NOW, verb="retry", key=KEY, by="octo"), **changes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "requests"


def test_where_nothing_was_asked_nothing_is_pending(folder: Path) -> None:
    assert pending(folder) == Pending()
    assert not folder.exists()


def test_what_is_asked_is_pending_until_it_is_done(folder: Path) -> None:
    retry, adopt = _request("b"), _request("c", verb="adopt", pull=7)
    ask(folder, retry)
    ask(folder, adopt)
    assert pending(folder) == Pending(requests=(retry, adopt))
    done(folder, retry)
    done(folder, retry)
    assert pending(folder) == Pending(requests=(adopt,))


def test_requests_come_in_the_order_they_were_asked(folder: Path) -> None:
    asked = [_request(name, at=NOW + timedelta(microseconds=n)) for n, name in enumerate("zbya")]
    for request in reversed(asked):
        ask(folder, request)
    assert list(pending(folder).requests) == asked


def test_ids_differ_and_follow_the_clock() -> None:
    ids = [new_id(NOW + timedelta(microseconds=n // 2)) for n in range(200)]
    assert len(set(ids)) == 200
    assert sorted(ids[::2]) == ids[::2]


def test_orders_are_the_users_alone_to_read_and_to_give(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    ask(folder, _request())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "a.json").stat().st_mode) == 0o600
    assert json.loads((folder / "a.json").read_text()) == document_of(_request())


ASKING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from issue_intake.core.requests import Request
from issue_intake.store.requests import ask, new_id
for number in range(20):
    now = datetime.now(UTC)
    ask(Path(sys.argv[1]), Request(id=new_id(now), at=now, verb="cancel", key=f"github:a/b#{sys.argv[2]}{number + 10}"))
"""


def test_any_number_of_commands_may_ask_at_once_while_a_tick_reads(folder: Path) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    commands = [subprocess.Popen([sys.executable, "-c", ASKING, str(folder), str(n)], env=env) for n in range(1, 4)]
    while any(command.poll() is None for command in commands):
        assert pending(folder).faults == ()
    assert [command.returncode for command in commands] == [0, 0, 0]
    asked = {request.key for request in pending(folder).requests}
    assert asked == {f"github:a/b#{n}{number}" for n in range(1, 4) for number in range(10, 30)}


def test_a_command_that_was_killed_while_writing_asked_nothing(folder: Path) -> None:
    ask(folder, _request())
    (folder / ".b.json.x7").write_text(json.dumps(document_of(_request("b"))))
    assert pending(folder) == Pending(requests=(_request(),))


def test_a_crash_before_the_removal_shows_the_very_same_request_again(folder: Path) -> None:
    ask(folder, _request())
    first = pending(folder)
    assert pending(folder) == first


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("b.json", b"", "Expecting value"),
        ("b.json", b'{"schema_version": 1', "Expecting"),
        ("b.json", b"\xff\xfe", "utf-8"),
        ("b.json", b"[" * 9000, "recursion"),
        ("b.json", json.dumps(document_of(_request("c"))).encode(), "its name is not its id"),
        ("b.txt", json.dumps(document_of(_request("b"))).encode(), "its name is not its id"),
        ("b.json", json.dumps({**document_of(_request("b")), "verb": "pause"}).encode(), "verb is none of"),
        ("b.json", json.dumps({**document_of(_request("b")), "schema_version": 2}).encode(), "schema_version 1 alone"),
        ("b.json", b" " * 70_000 + json.dumps(document_of(_request("b"))).encode(), "larger than 64 KiB"),
    ],
)
def test_what_is_not_understood_whole_is_told_left_and_not_obeyed(
    folder: Path, name: str, text: bytes, why: str
) -> None:
    ask(folder, _request())
    (folder / name).write_bytes(text)
    found = pending(folder)
    assert found.requests == (_request(),)
    (fault,) = found.faults
    assert fault.startswith(f"{folder / name} is no request that can be obeyed: ")
    assert why in fault
    assert (folder / name).read_bytes() == text


def test_no_link_pipe_socket_or_folder_is_obeyed_or_waited_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(tmp_path, _request("b"))
    folder.mkdir(parents=True)
    (folder / "b.json").symlink_to(tmp_path / "b.json")
    os.mkfifo(folder / "c.json")
    (folder / "d.json").mkdir()
    monkeypatch.chdir(folder)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("e.json")
        found = pending(folder)
    assert found.requests == ()
    assert len(found.faults) == 4


def test_a_hostile_file_name_is_told_as_one_plain_line(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "a\n\x1b[31mb.json").touch()
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.json")).touch()
    faults = pending(folder).faults
    assert len(faults) == 2
    assert all(fault.isprintable() for fault in faults)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text("ab.json-", min_size=1, max_size=9), st.binary(max_size=40), max_size=4))
def test_no_bytes_are_an_order_that_nobody_gave(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    ask(folder, _request("zz"))
    for name, data in files.items():
        if name not in {".", "..", "zz.json"}:
            (folder / name).write_bytes(data)
    found = pending(folder)
    assert found.requests == (_request("zz"),)
    assert len(found.faults) == sum(not name.startswith(".") for name in files.keys() - {"zz.json"})


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_request_is_the_one_that_was_asked_or_none(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    ask(folder, _request())
    text = (folder / "a.json").read_bytes()
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    (folder / "a.json").write_bytes(text[:begin] + text[end:])
    found = pending(folder)
    assert len(found.requests) + len(found.faults) == 1
    # What is cut out of a word can leave another one of the same form: of who asked, of a time, of a number.
    assert all((request.id, request.verb) == ("a", "retry") for request in found.requests)


def test_a_request_that_no_tick_would_understand_is_never_written(folder: Path) -> None:
    for wrong in (_request("../a"), _request(key="acme#1"), _request(pull=3), _request(verb="adopt")):
        with pytest.raises(ValueError, match=r"\w"):
            ask(folder, wrong)
    assert not folder.exists()


def test_a_login_of_any_kind_may_ask(folder: Path) -> None:
    ask(folder, _request(by="octo\n\x1b[31m" + "x" * 200))
    (asked,) = pending(folder).requests
    assert asked.by.startswith("octo xxx")


def test_a_disk_that_refuses_is_told_to_who_asks(folder: Path) -> None:
    folder.parent.write_text("in the way")
    with pytest.raises(UsageError, match=r"cannot be written.*nothing was asked"):
        ask(folder, _request())


def test_a_folder_that_cannot_be_read_is_told_and_no_end_of_the_tick(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("in the way")
    found = pending(folder)
    assert (found.requests, len(found.faults)) == ((), 1)
    assert "cannot be read" in found.faults[0]


def test_a_request_that_stays_is_told(folder: Path) -> None:
    (folder / "a.json").mkdir(parents=True)
    with pytest.raises(UnavailableError, match="cannot be removed"):
        done(folder, _request())
