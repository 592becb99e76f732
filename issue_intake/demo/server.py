"""The sockets of the stand-in: HTTP/1.1 on loopback, one thread a connection, closed without leftovers."""

from __future__ import annotations

import socket
import socketserver
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from issue_intake.demo.exchange import Delivery, Exchange
from issue_intake.demo.wire import Reply, Request

API_BASE = "/api/v3"
_BODILESS = {204, 304}


class LoopbackServer(ThreadingHTTPServer):
    """Listens on a free port of 127.0.0.1. `bugs`: what went wrong in the stand-in itself."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.bugs: list[BaseException] = []
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(("127.0.0.1", 0), _Connection)

    def server_bind(self) -> None:
        """Bind without asking the resolver for a host name, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection and remember it."""
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Close a connection and forget it."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the signature is given
        """A client that went away is no fault; anything else is kept for whoever stops the server."""
        fault = sys.exception()
        if fault and not isinstance(fault, OSError):
            self.bugs.append(fault)

    def close(self) -> None:
        """Stop accepting, end kept-alive connections, wait for their threads."""
        self.exchange.closing.set()
        self.shutdown()
        with self._lock:
            for connection in self._open:
                _hang_up(connection)
        self.server_close()


class _Connection(BaseHTTPRequestHandler):
    server: LoopbackServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version, sys_version = "github.com", ""

    def _serve(self) -> None:
        request = self._request()
        try:
            delivery = self.server.exchange.respond(request)
        except Exception as fault:  # noqa: BLE001 - kept, and raised again when the server is stopped
            self.server.bugs.append(fault)
            delivery = Delivery(reply=Reply(status=500, body=b"a bug of the stand-in"))
        if delivery.reply is None:
            self.close_connection = True
            return
        self._send(delivery, delivery.reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server looks for these names

    def _request(self) -> Request:
        target = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        chunked = "chunked" in headers.get("transfer-encoding", "")
        body = b"".join(self._chunks()) if chunked else self.rfile.read(int(headers.get("content-length", "0")))
        return Request(
            method=self.command,
            path=_within_api(target.path),
            query=dict(parse_qsl(target.query, keep_blank_values=True)),
            headers=headers,
            body=body,
        )

    def _chunks(self) -> Iterator[bytes]:
        """git sends large packs in chunks, which http.server leaves to its user."""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def _send(self, delivery: Delivery, reply: Reply) -> None:
        cut = delivery.keep_bytes is not None
        self.close_connection = self.close_connection or cut
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status not in _BODILESS:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command == "HEAD" or reply.status in _BODILESS:
            return
        self._send_body(reply.body[: delivery.keep_bytes], delivery.drip)

    def _send_body(self, body: bytes, drip: float) -> None:
        if not drip:
            self.wfile.write(body)
            return
        for byte in body:
            self.wfile.write(bytes((byte,)))
            if self.server.exchange.closing.wait(drip):
                return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is given
        """Say nothing; the exchange keeps a log."""


def _within_api(path: str) -> str:
    """A path without what comes before the API's own; as on a server of one's own, GraphQL is beside REST's base."""
    if path == f"{API_BASE}/graphql":
        return path
    return path.removeprefix("/api") if path == "/api/graphql" else path.removeprefix(API_BASE)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was faster
