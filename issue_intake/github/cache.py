"""Validators and bodies of answers, so that an unchanged one costs a 304; GitHub is asked every time.

One JSON file per question, readable by its owner alone, without any request header. It may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.files import write_atomically

MAX_BYTES = 64 * 1024 * 1024


@record
class Stored:
    """An answer worth asking about again: its validator, its Link header, its JSON."""

    etag: str
    link: str | None
    body: object


class Cache:
    """A folder of stored answers of at most `max_bytes`; the least recently used go first.

    `frozen`: it is read and never changed, for a look that must leave no trace.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES, frozen: bool = False) -> None:
        self._folder = folder
        self._frozen = frozen
        self._max_bytes = max_bytes
        self._bytes: int | None = None
        self._lock = threading.Lock()

    def get(self, key: str) -> Stored | None:
        """What is stored for `key`; a damaged entry is dropped and reads as none."""
        path = self._path(key)
        try:
            return _stored(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError):
            self.drop(key)
            return None

    def put(self, key: str, *, etag: str, link: str | None, body: bytes) -> None:
        """Store an answer whose `body` is known to be JSON. What cannot be written is not cached, and that is all."""
        head = json.dumps({"schema_version": 1, "etag": etag, "link": link})
        # The body is JSON already: taking it in as it is saves encoding megabytes again.
        data = head.removesuffix("}").encode() + b', "body": ' + body + b"}\n"
        if len(data) <= self._max_bytes and not self._frozen:
            with contextlib.suppress(OSError):
                self._write(self._path(key), data)

    def confirm(self, key: str, stored: Stored, etag: str | None) -> None:
        """GitHub answered 304: the entry is the last to go, and takes on the `etag` it now goes by."""
        if etag and etag != stored.etag:
            self.put(key, etag=etag, link=stored.link, body=json.dumps(stored.body).encode())
        elif not self._frozen:
            with contextlib.suppress(OSError):
                os.utime(self._path(key))

    def drop(self, key: str) -> None:
        """Forget the entry."""
        if self._frozen:
            return
        with contextlib.suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"

    def _write(self, path: Path, data: bytes) -> None:
        write_atomically(path, data, durable=False)
        self._bound(len(data))

    def _bound(self, added: int) -> None:
        """Keep the folder below its limit; it is listed once, then counted along."""
        with self._lock:
            if self._bytes is None:
                self._bytes = sum(size for _, size, _ in self._listed())
            else:
                self._bytes += added  # replaced entries count twice until the next listing: early, never late
            if self._bytes > self._max_bytes:
                self._bytes = self._evict()

    def _evict(self) -> int:
        left = sum(size for _, size, _ in self._listed())
        for _, size, path in sorted(self._listed()):
            if left <= self._max_bytes:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            left -= size
        return left

    def _listed(self) -> list[tuple[int, int, Path]]:
        """(last use in ns, bytes, path) of each file."""
        listed = []
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                status = path.stat()
                listed.append((status.st_mtime_ns, status.st_size, path))
        return listed


def _stored(data: bytes) -> Stored:
    """Raises ValueError on anything that is not an entry."""
    entry = json.loads(data)
    match entry:
        case {"schema_version": 1, "etag": str(etag), "link": None | str() as link, "body": body}:
            if etag and etag.isascii() and etag.isprintable():
                return Stored(etag=etag, link=link, body=body)
    raise ValueError("damaged cache entry")
