"""git over HTTP on loopback, with a token, as an API's host would serve it."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "ghp_" + "s3cret" * 6


@dataclass
class Served:
    """What a running server was asked: the Authorization headers it saw, None where a request had none.

    `redirect`: an origin every request is sent on to instead.
    """

    root: Path
    port: int = 0
    redirect: str | None = None
    redirect_first: bool = False
    seen: list[str | None] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(root: Path) -> Iterator[Served]:
    """Serve the bare repositories below `root`; only TOKEN may read or write."""
    served = Served(root)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, served)

        def do_POST(self) -> None:
            _answer(self, served)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


def _answer(handler: BaseHTTPRequestHandler, served: Served) -> None:
    said = handler.headers.get("Authorization")
    served.seen.append(said)
    right = "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    if served.redirect and (served.redirect_first or said):
        handler.send_response(302)
        handler.send_header("Location", served.redirect + handler.path)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    elif said != right:
        handler.send_response(401)
        handler.send_header("WWW-Authenticate", 'Basic realm="test"')
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    else:
        _serve(handler, served.root)


def _serve(handler: BaseHTTPRequestHandler, root: Path) -> None:
    path, _, query = handler.path.partition("?")
    body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    env = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REMOTE_USER": "me",
        "REQUEST_METHOD": handler.command,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "GIT_CONFIG_NOSYSTEM": "1",
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""),
    }
    done = subprocess.run(("git", "http-backend"), input=body, env=env, capture_output=True, check=True)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    handler.send_response(int(headers.pop("Status", "200").split(" ")[0]))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
