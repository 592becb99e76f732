"""Against a real server on loopback: what only a socket can show."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from issue_intake.core.ports import Rule
from issue_intake.errors import UnavailableError
from issue_intake.github.limits import Limits
from tests.github.builders import CANARY, client, issue, tracker

Reply = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(reply: Reply) -> Iterator[str]:
    """A server that answers every GET by `reply`; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                reply(self)
            except OSError:
                self.close_connection = True  # the client went away, as it should

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _say(handler: BaseHTTPRequestHandler, body: bytes, *, length: int | None = None, **headers: str) -> None:
    handler.send_response(200)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


def test_an_enterprise_path_is_kept_and_a_304_costs_no_body(tmp_path: Path) -> None:
    asked: list[tuple[str, str | None]] = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        asked.append((handler.path.partition("?")[0], handler.headers["If-None-Match"]))
        if handler.headers["If-None-Match"] == '"v1"':
            handler.send_response(304)
            handler.end_headers()
        else:
            _say(handler, json.dumps([issue(7)]).encode(), ETag='"v1"')

    with serving(reply) as url:
        polls = [tracker(tmp_path, f"{url}/api/v3/").poll(Rule(labels=("x",))) for _ in range(2)]
    assert asked == [("/api/v3/repos/acme/webshop/issues", None), ("/api/v3/repos/acme/webshop/issues", '"v1"')]
    assert polls[0].issues == polls[1].issues
    assert [poll.unchanged for poll in polls] == [0, 1]


def _drip(handler: BaseHTTPRequestHandler, head: bytes) -> None:
    handler.wfile.write(head)
    for _ in range(2000):
        handler.wfile.write(b"x")
        time.sleep(0.02)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_server_that_drips_is_left_at_the_deadline(tmp_path: Path, head: bytes) -> None:
    started = time.monotonic()
    with serving(lambda handler: _drip(handler, head)) as url:
        with pytest.raises(UnavailableError, match=r"too slow: no whole answer within 0\.2 s"):
            client(tmp_path, url, limits=Limits(whole=0.2)).read("/x")
        assert time.monotonic() - started < 20


def test_a_body_cut_in_the_middle_is_asked_for_again(tmp_path: Path) -> None:
    tries: list[int] = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        tries.append(1)
        _say(handler, b'{"a": 1}', length=8 if len(tries) == 3 else 20)

    with serving(reply) as url:
        assert client(tmp_path, url).read("/x").data == {"a": 1}
    assert len(tries) == 3


def test_a_body_is_read_up_to_its_limit_also_when_it_is_compressed(tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * 5_000_000)
    with (
        serving(lambda handler: _say(handler, bomb, Content_Encoding="gzip")) as url,
        pytest.raises(UnavailableError, match="larger than 1 MiB"),
    ):
        client(tmp_path, url, limits=Limits(body=1 << 20)).read("/x")


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_an_answer_may_have_32_mib(tmp_path: Path, more: int, *, fits: bool) -> None:
    answer = gzip.compress(b'"' + b" " * ((32 << 20) - 2 + more) + b'"', compresslevel=1)
    with serving(lambda handler: _say(handler, answer, Content_Encoding="gzip")) as url:
        if fits:
            assert client(tmp_path, url).read("/x").data
            return
        with pytest.raises(UnavailableError, match="larger than 32 MiB"):
            client(tmp_path, url).read("/x")


def test_a_look_with_all_its_pages_may_take_a_minute(tmp_path: Path) -> None:
    assert 30 < client(tmp_path).look().left <= 60
    assert client(tmp_path).look().limits.whole == 60


def test_a_redirect_to_another_port_carries_no_credential(tmp_path: Path) -> None:
    seen: list[str | None] = []

    def listen(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        _say(handler, b"{}")

    with serving(listen) as other:

        def redirect(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(302)
            handler.send_header("Location", f"{other}/x")
            handler.end_headers()

        with serving(redirect) as url, pytest.raises(UnavailableError, match="another server"):
            client(tmp_path, url).read("/x")
    assert seen == []


def _unknown(*asked: object, **options: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_nobody_listening_tls_trouble_and_unknown_names_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        serving(lambda handler: _say(handler, b"{}")) as url,
        pytest.raises(UnavailableError, match="no trusted TLS connection"),
    ):
        client(tmp_path, url.replace("http:", "https:")).read("/x")
    with pytest.raises(UnavailableError, match="Connection refused"):
        client(tmp_path, url).read("/x")
    monkeypatch.setattr("socket.getaddrinfo", _unknown)
    with pytest.raises(UnavailableError, match="DNS"):
        client(tmp_path, "http://ghe.example.org").read("/x")


def test_a_proxy_that_is_not_there_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:hunter2@127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://me:hunter2@127.0.0.1:9")
    with pytest.raises(UnavailableError, match="proxy") as caught:
        client(tmp_path, "http://ghe.example.org").read("/x")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_certificates_that_the_environment_names_are_those_that_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for each in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, str(tmp_path / "missing.pem"))
    with pytest.raises(UnavailableError, match=r"the certificates for .* cannot be read"):
        client(tmp_path, "https://127.0.0.1:9").read("/x")


def test_cookies_are_not_kept_and_the_client_shows_no_token(tmp_path: Path) -> None:
    cookies: list[str | None] = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        cookies.append(handler.headers["Cookie"])
        _say(handler, b"{}", Set_Cookie="a=b")

    with serving(reply) as url:
        github = client(tmp_path, url)
        github.read("/x")
        github.read("/x")
    assert cookies == [None, None]
    assert CANARY not in repr(github) + repr(vars(github))


def test_a_look_that_is_over_asks_nothing_more(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="too slow"):
        client(tmp_path, "http://127.0.0.1:9", limits=Limits(whole=0)).read("/x")
