"""What a server says of its connection is not what holds between a client and the proxy."""

from __future__ import annotations

import itertools
import socket
import threading
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from issue_intake.workers.network.answer_head import Closing
from tests.workers.network.loopback import ask, proxy

_INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
_HEAD = b"HTTP/1.1 200 OK\r\nconnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 12"
_CLOSED = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close"
_BODY = b"\r\n\r\nConnection: "


def _passed(data: bytes, cuts: list[int]) -> bytes:
    closing = Closing()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[begin:end] for begin, end in itertools.pairwise(edges)]
    return b"".join(map(closing, [*pieces, b""]))


@given(st.lists(st.integers(0, 200), max_size=5))
def test_however_an_answer_comes_in_its_head_alone_says_that_the_connection_ends(cuts: list[int]) -> None:
    assert _passed(_INTERIM + _HEAD + _BODY, cuts) == _INTERIM + _CLOSED + _BODY


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=3))
def test_what_has_no_head_is_passed_on_as_it_is(data: bytes, cuts: list[int]) -> None:
    plain = data.replace(b"\n", b"")
    assert _passed(plain, cuts) == plain


def test_a_head_without_end_is_not_held_for_ever() -> None:
    closing = Closing()
    assert len(closing(b"x" * 70_000)) == 70_000


def test_a_server_that_would_keep_the_connection_does_not_get_what_is_meant_for_the_proxy(tmp_path: Path) -> None:
    (place := tmp_path / "private").mkdir(mode=0o700)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            client.recv(65536)
            client.sendall(_HEAD + b"\r\n\r\nfrom keeping")

    threading.Thread(target=serve, daemon=True).start()
    host = f"127.0.0.1:{listener.getsockname()[1]}"
    with listener, proxy(place / "socket", host):
        answer = ask(place / "socket", f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n")
    assert answer == _CLOSED + b"\r\n\r\nfrom keeping"
