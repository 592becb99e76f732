"""The head of a request to a proxy: what is asked for, and what of it goes on to the server."""

from __future__ import annotations

import time

from issue_intake.workers.network.hosts import authority

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

_LONGEST = 32 * 1024
_END = b"\r\n\r\n"
# Between a client and its proxy; the server gets `Connection: close`, as its next request may be for another host.
_NOT_PASSED_ON = (b"host", b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization")


class Asked:
    """`head`: the bytes that go to the server first, b"" for a tunnel, which CONNECT asks for."""

    __slots__ = ("head", "host", "port", "tunnel")

    def __init__(self, host: str, port: int, head: bytes, *, tunnel: bool) -> None:
        self.host = host
        self.port = port
        self.head = head
        self.tunnel = tunnel


def read_head(connection: socket, seconds: float) -> tuple[bytes, bytes]:
    """The head, and what came after it; (b"", …) where the client ended before. Raises ValueError, OSError."""
    deadline = time.monotonic() + seconds
    data = b""
    while _END not in data:
        if len(data) > _LONGEST:
            raise ValueError("its head is too long")
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        if not (chunk := connection.recv(4096)):
            return b"", data
        data += chunk
    head, _, rest = data.partition(_END)
    return head, rest


def parse(head: bytes) -> Asked:
    """What is asked for. Raises ValueError with the reason where it is nothing that a proxy does."""
    line, *fields = head.split(b"\r\n")
    words = line.split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1.") or not head.isascii() or _broken(head):
        raise ValueError("it is no HTTP request")
    method, target, _ = words
    if method == b"CONNECT":
        host, port = authority(target.decode("ascii"))
        if port is None:
            raise ValueError("it names no port")
        return Asked(host, port, b"", tunnel=True)
    if target[:7].lower() != b"http://":
        raise ValueError("it is for no http:// address")
    return _plain(method, target[7:], fields)


def _plain(method: bytes, rest: bytes, fields: list[bytes]) -> Asked:
    cut = min((at for mark in b"/?#" if (at := rest.find(mark)) >= 0), default=len(rest))
    named, path = rest[:cut], rest[cut:].partition(b"#")[0]
    host, port = authority(named.decode("ascii"))
    kept = [field for field in fields if field.partition(b":")[0].strip().lower() not in _NOT_PASSED_ON]
    start = b" ".join((method, path if path.startswith(b"/") else b"/" + path, b"HTTP/1.1"))
    lines = [start, b"Host: " + named, *kept, b"Connection: close"]
    return Asked(host, port or 80, b"\r\n".join(lines) + _END, tunnel=False)


def _broken(head: bytes) -> bool:
    """Whether a line ends in another way than all others: readers would not agree on where it ends."""
    bare = head.replace(b"\r\n", b"")
    return b"\r" in bare or b"\n" in bare or b"\0" in bare
