"""Loopback servers and clients for the two programs between a worker and the network."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from issue_intake.workers import network
from tests.workers.bench import until

_PROGRAMS = Path(next(iter(network.__path__)))
PYTHON = (sys.executable, "-I", "-S")
PROXY = (*PYTHON, str(_PROGRAMS / "proxy.py"))
FORWARD = (*PYTHON, str(_PROGRAMS / "forward.py"))


class Server:
    """Answers each connection with "from <name>" and what it was sent first, then sends back whatever comes."""

    def __init__(self, name: str = "server") -> None:
        self.name = name
        self.heard: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):  # closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            first = client.recv(65536)
            self.heard.append(first)
            if b" HTTP/1." in first:
                body = f"from {self.name}".encode()
                client.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                return
            while first:
                client.sendall(first)
                first = client.recv(65536)


@contextmanager
def server(name: str = "server") -> Iterator[Server]:
    made = Server(name)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def proxy(place: Path, *allow: str, argv: tuple[str, ...] = ("sleep", "600")) -> Iterator[subprocess.Popen[bytes]]:
    """A proxy at `place`, listening."""
    options = [word for host in allow for word in ("--allow", host)]
    command = (*PROXY, "--socket", str(place), *options, "--", *argv)
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as running:
        try:
            until(lambda: running.poll() is not None or _listens(place) or None)
            yield running
        finally:
            running.terminate()
            running.wait(10)


def _listens(place: Path) -> bool:
    with suppress(OSError):
        connect(place).close()
        return True
    return False


def connect(place: Path) -> socket.socket:
    """A connection to a proxy's socket."""
    folder = os.open(place.parent, os.O_PATH)
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    try:
        client.connect(f"/proc/self/fd/{folder}/{place.name}")  # an address holds 108 bytes
    except OSError:
        client.close()
        raise
    finally:
        os.close(folder)
    return client


def ask(place: Path, text: str) -> bytes:
    """What a proxy at `place` answers to `text`, up to the end of the connection."""
    with connect(place) as client:
        client.sendall(text.encode("latin-1"))
        answer = b""
        while chunk := client.recv(65536):
            answer += chunk
        return answer


def tunnel(place: Path, target: str) -> tuple[bytes, socket.socket]:
    """The first line of the answer to CONNECT, and the connection."""
    client = connect(place)
    client.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        chunk = client.recv(1)
        assert chunk, answer
        answer += chunk
    return answer.partition(b"\r\n")[0], client
