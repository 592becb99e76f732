"""git over HTTP on loopback, with a token, as an API's host would serve it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "ghp_" + "s3cret" * 6


@dataclass
class Served:
    """What a running server was asked: the Authorization headers it saw, None where a request had none.

    `redirect`: an origin every request is sent on to instead. `objects`: what is kept by Git LFS, by its sha256.
    """

    root: Path
    port: int = 0
    redirect: str | None = None
    redirect_first: bool = False
    seen: list[str | None] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)

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

        def do_PUT(self) -> None:
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
    elif "/info/lfs/" in handler.path:
        _keep(handler, served)
    else:
        _serve(handler, served.root)


def _keep(handler: BaseHTTPRequestHandler, served: Served) -> None:
    """Git LFS: batches of what is to be transferred, and the transfers."""
    body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    oid = handler.path.rpartition("/")[2]
    answer = b""
    if handler.path.endswith("/objects/batch"):
        answer = json.dumps(_batch(json.loads(body), served, handler.path.removesuffix("batch"))).encode()
    elif handler.command == "PUT" and hashlib.sha256(body).hexdigest() == oid:
        served.objects[oid] = body
    elif handler.command == "GET":
        answer = served.objects[oid]
    handler.send_response(200)
    handler.send_header("Content-Type", "application/vnd.git-lfs+json")
    handler.send_header("Content-Length", str(len(answer)))
    handler.end_headers()
    handler.wfile.write(answer)


def _batch(asked: dict[str, Any], served: Served, path: str) -> dict[str, Any]:
    rows = []
    for row in asked["objects"]:
        known = row["oid"] in served.objects
        action = {asked["operation"]: {"href": f"{served.origin}{path}{row['oid']}"}}
        missing = {"error": {"code": 404, "message": "there is no such object"}}
        wanted = asked["operation"] == "download"
        rows.append({**row, **({"actions": action} if known == wanted else missing if wanted else {})})
    return {"transfer": "basic", "objects": rows}


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
