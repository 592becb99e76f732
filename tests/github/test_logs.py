"""The end of a job's log comes from a store elsewhere, which is shown no credential; without it there is just none."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import responses

from issue_intake.core.review import Check, CheckState
from issue_intake.github.limits import Limits
from tests.github.builders import API, CANARY, client, repository, reviews
from tests.github.test_wire import serving

LOGS = f"{API}/repos/acme/webshop/actions/jobs/11/logs"
STORE = "https://store.example.net/logs/11?sig=secret"
FAILED = Check(name="test", state=CheckState.FAILED, job=11)
TIME = "2026-01-01T00:00:00.0000000Z "


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        mock.get(f"{API}/repos/acme/webshop", json=repository())
        yield mock


def _tail(folder: Path, limits: Limits | None = None) -> str:
    return reviews(folder, limits=limits).log_tail(FAILED)


def _stored(github: responses.RequestsMock, body: bytes, status: int = 200) -> None:
    github.get(LOGS, status=302, headers={"Location": STORE})
    github.get(STORE, status=status, body=body)


def test_the_store_is_shown_no_credential(github: responses.RequestsMock, tmp_path: Path, home: Path) -> None:
    (home / ".netrc").write_text("machine store.example.net login me password hunter2\n")
    _stored(github, b"all of it\n")
    assert _tail(tmp_path) == "all of it"
    assert github.calls[1].request.headers["Authorization"] == f"Bearer {CANARY}"
    assert str(github.calls[2].request.url) == STORE
    assert "Authorization" not in github.calls[2].request.headers


def test_nor_is_one_on_another_port_or_one_that_this_leads_to(tmp_path: Path) -> None:
    seen: list[tuple[str, str | None]] = []

    def reply(handler: BaseHTTPRequestHandler, moved: str = "", body: bytes = b"") -> None:
        seen.append((handler.path, handler.headers["Authorization"]))
        handler.send_response(302 if moved else 200)
        handler.send_header("Location", moved)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def store(handler: BaseHTTPRequestHandler) -> None:
        second = handler.path == "/second"
        reply(handler, "" if second else "/second", b"the end" if second else b"")

    with serving(store) as other:

        def api(handler: BaseHTTPRequestHandler) -> None:
            if handler.path.endswith("/logs"):
                reply(handler, f"{other}/first")
            else:
                reply(handler, body=b'{"id": 4711, "full_name": "acme/webshop", "default_branch": "main"}')

        with serving(api) as url:
            assert reviews(tmp_path, url).log_tail(FAILED) == "the end"
    assert [path for path, _ in seen][2:] == ["/first", "/second"]
    assert [shown for _, shown in seen[2:]] == [None, None]


def test_a_store_on_the_servers_own_address_is_shown_none_either(
    github: responses.RequestsMock, tmp_path: Path
) -> None:
    github.get(LOGS, status=302, headers={"Location": "/_store/11"})
    github.get(f"{API}/_store/11", body=b"here")
    assert _tail(tmp_path) == "here"
    assert "Authorization" not in github.calls[2].request.headers


def test_a_renamed_repository_is_followed_with_it(github: responses.RequestsMock, tmp_path: Path) -> None:
    moved = f"{API}/repositories/4711/actions/jobs/11/logs"
    github.get(LOGS, status=301, headers={"Location": moved})
    github.get(moved, status=302, headers={"Location": STORE})
    github.get(STORE, body=b"there")
    assert _tail(tmp_path) == "there"
    assert ["Authorization" in call.request.headers for call in github.calls] == [True, True, True, False]


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_server_that_moved_elsewhere_is_not_followed(
    github: responses.RequestsMock, tmp_path: Path, status: int
) -> None:
    github.get(LOGS, status=status, headers={"Location": STORE})
    assert _tail(tmp_path) == ""
    assert len(github.calls) == 2


@pytest.mark.parametrize("location", ["http://store.example.net/x", "ftp://x/y", "file:///etc/passwd", "https://[x"])
def test_an_address_that_is_not_https_is_not_used(
    github: responses.RequestsMock, tmp_path: Path, location: str
) -> None:
    github.get(LOGS, status=302, headers={"Location": location})
    assert _tail(tmp_path) == ""
    assert len(github.calls) == 2


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500])
def test_without_a_log_there_is_none(github: responses.RequestsMock, tmp_path: Path, status: int) -> None:
    github.get(LOGS, status=status, json={"message": "no"})
    assert _tail(tmp_path) == ""


@pytest.mark.parametrize("status", [403, 404, 429, 500])
def test_what_a_store_says_of_limits_rests_nobody(github: responses.RequestsMock, tmp_path: Path, status: int) -> None:
    _stored(github, b"<Error/>", status)
    room = reviews(tmp_path)
    assert room.log_tail(FAILED) == ""
    assert room.log_tail(FAILED) == ""
    assert len([call for call in github.calls if call.request.url == LOGS]) == 2


def test_a_store_that_leads_in_circles_is_left(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(LOGS, status=302, headers={"Location": STORE})
    github.get(STORE, status=307, headers={"Location": STORE})
    assert _tail(tmp_path) == ""


def test_a_check_that_is_no_job_has_no_log(tmp_path: Path) -> None:
    assert reviews(tmp_path).log_tail(Check(name="ci", state=CheckState.FAILED)) == ""


def test_the_last_fifty_lines_are_cleaned(github: responses.RequestsMock, tmp_path: Path) -> None:
    lines = [f"{TIME}line {n}" for n in range(100)]
    lines += [
        f"{TIME}\x1b[31m##[error]it\x07 broke\x1b[0m",
        f"{TIME}10%\r50%\r100%",
        f"said at {TIME}",
        "\x1b]0;x\x07naïve ☃",
    ]
    _stored(github, b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n\r\n")
    tail = _tail(tmp_path).split("\n")
    assert len(tail) == 50
    assert tail[0] == "line 54"
    assert tail[-4:] == ["##[error]it broke", "100%", f"said at {TIME}", "naïve ☃"]


def test_a_short_log_comes_whole_and_a_long_line_is_cut(github: responses.RequestsMock, tmp_path: Path) -> None:
    _stored(github, b"\xef\xbb\xbf" + f"{TIME}first\n{TIME}\n{TIME}{'x' * 9000}\xff".encode("latin-1"))
    assert _tail(tmp_path) == f"first\n\n{'x' * 2000}"


def test_of_a_long_log_only_the_end_is_kept_and_of_a_too_long_one_nothing(
    github: responses.RequestsMock, tmp_path: Path
) -> None:
    log = b"".join(b"%07d\n" % n for n in range(120_000))
    _stored(github, gzip.compress(log))
    github.replace("GET", STORE, body=gzip.compress(log), headers={"Content-Encoding": "gzip"})
    assert _tail(tmp_path).split("\n") == [f"{n:07}" for n in range(119_950, 120_000)]
    assert _tail(tmp_path, Limits(body=900_000)) == ""


def test_no_more_than_the_end_is_held(tmp_path: Path) -> None:
    with responses.RequestsMock() as github:
        github.get(f"{API}/log", body=b"x" * 1_000_000 + b"the end")
        assert client(tmp_path).tail("/log", 7) == b"the end"
