"""Records as JSON: keys sorted, without a line break; one that is the very object it was is not encoded again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

SCHEMA_VERSION = 1
T = TypeVar("T")


def text_of(value: object) -> bytes:
    """JSON on one line; lone surrogates, which it can carry and no file can, are written out."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "backslashreplace")


def document(record: Any) -> bytes:
    """A plain record with its schema version, for a file of its own."""
    return text_of({"schema_version": SCHEMA_VERSION, **record}) + b"\n"


class Encoder(Generic[T]):
    """Turns mappings of records into JSON objects. Cost grows with what is another object than at the last time.

    `plain` makes plain JSON of a record.
    """

    def __init__(self, plain: Callable[[T], object]) -> None:
        self._plain = plain
        self._known: dict[str, tuple[T, bytes]] = {}

    def lines(self, records: Mapping[str, T]) -> Iterator[bytes]:
        """The object in pieces, a line for each record, by key: they are put together once, with all the others."""
        self._known = {key: self._line(key, record) for key, record in sorted(records.items())}
        yield b"{"
        separator = b""
        for _, line in self._known.values():
            yield separator
            yield line
            separator = b",\n"
        yield b"}"

    def _line(self, key: str, record: T) -> tuple[T, bytes]:
        known = self._known.get(key)
        if known is not None and known[0] is record:
            return known
        return record, text_of(key) + b": " + text_of(self._plain(record))
