"""A canned GitHub for benchmarks: HTTP/1.1 with kept connections, conditional answers, cursor pages, a set delay.

Runs in a process of its own (`python -m tests.benchmarks.server ISSUES SECONDS`) until its stdin closes, so that its
work does not count as the client's. Every repository has the same open issues.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from tests.benchmarks.payload import PER_PAGE, issue_row, issue_rows, repository_row

_ISSUES = re.compile(r"/(?:repos/acme|repositories)/([\w.-]+)/issues")
_ISSUE = re.compile(r"/repos/acme/[\w.-]+/issues/(\d+)")
_PULLS = re.compile(r"/repos/acme/[\w.-]+/pulls")
_PERMISSION = re.compile(r"/repos/acme/[\w.-]+/collaborators/[\w.-]+/permission")
_REPOSITORY = re.compile(r"/repos/acme/([\w.-]+)")
_REASONS = {200: "OK", 304: "Not Modified", 404: "Not Found"}


@contextmanager
def serving(issues: int = 0, seconds: float = 0.0) -> Iterator[str]:
    """The address of a server whose repositories have `issues` open issues; each answer takes `seconds` longer."""
    argv = [sys.executable, "-m", "tests.benchmarks.server", str(issues), str(seconds)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate(timeout=10)


class Site:
    """What is answered. Bodies are made once; the Link header names the list that was asked for."""

    def __init__(self, issues: int) -> None:
        self.address = ""
        rows = issue_rows(issues)
        starts = range(0, max(len(rows), 1), PER_PAGE)
        self._pages = [json.dumps(rows[start : start + PER_PAGE]).encode() for start in starts]

    def answer(self, target: str, known: str) -> bytes:
        """The bytes of the answer to a GET of `target` by somebody who has the validator `known`."""
        parts = urlsplit(target)
        if found := _ISSUES.fullmatch(parts.path):
            query = parse_qs(parts.query)
            return self._page(found[1], int(query.get("after", ["0"])[0]), known)
        if found := _ISSUE.fullmatch(parts.path):
            return _answer(200, json.dumps(issue_row(int(found[1]))).encode())
        if _PULLS.fullmatch(parts.path):
            return _answer(200, b"[]")
        if _PERMISSION.fullmatch(parts.path):
            return _answer(200, b'{"permission": "write"}')
        if found := _REPOSITORY.fullmatch(parts.path):
            return _answer(200, json.dumps(repository_row(found[1])).encode(), f'"{found[1]}"')
        return _answer(404, b'{"message": "Not Found"}')

    def _page(self, repository: str, number: int, known: str) -> bytes:
        validator, link = f'"page-{number}"', ""
        if number + 1 < len(self._pages):
            following = f"{self.address}/repositories/{repository}/issues?per_page={PER_PAGE}&after={number + 1}"
            link = f'<{following}>; rel="next"'
        if known == validator:
            return _answer(304, b"", validator, link)
        return _answer(200, self._pages[number], validator, link)


class Connection(asyncio.Protocol):
    """One kept connection; requests have no body."""

    def __init__(self, site: Site, seconds: float) -> None:
        self._site = site
        self._seconds = seconds
        self._waiting = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request, later if so wished."""
        *heads, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for head in heads:
            answer = self._answer(head.decode("latin-1"))
            if self._seconds:
                asyncio.get_running_loop().call_later(self._seconds, self._write, answer)
            else:
                self._write(answer)

    def _answer(self, head: str) -> bytes:
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return self._site.answer(first.split(" ")[1], headers.get("if-none-match", ""))

    def _write(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


def _answer(status: int, body: bytes, validator: str = "", link: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS[status]}", "Content-Type: application/json; charset=utf-8"]
    lines += [f"ETag: {validator}"] if validator else []
    lines += [f"Link: {link}"] if link else []
    lines += [f"Content-Length: {len(body)}"] if status != 304 else []
    lines += ["X-RateLimit-Limit: 5000", "X-RateLimit-Remaining: 4999"]
    return "\r\n".join([*lines, "\r\n"]).encode() + body


async def _serve(issues: int, seconds: float) -> None:
    site = Site(issues)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(site, seconds), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    site.address = f"http://{host}:{port}"
    sys.stdout.write(f"{site.address}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
