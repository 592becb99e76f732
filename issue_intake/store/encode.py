"""Records as JSON: keys sorted, without a line break; one that is the very object it was is not encoded again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

SCHEMA_VERSION = 1
_NEXT = b",\n"
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
        self._known: Mapping[str, T] = {}
        self._texts: dict[str, bytes] = {}

    def lines(self, records: Mapping[str, T]) -> list[bytes]:
        """The object in pieces, a line for each record, by key: all pieces of a file are put together at once."""
        known, texts = self._known, self._texts
        changed = [key for key, record in records.items() if known.get(key) is not record]
        texts |= {key: text_of(key) + b": " + text_of(self._plain(records[key])) for key in changed}
        if known.keys() != records.keys():
            self._texts = texts = {key: texts[key] for key in sorted(records)}
        self._known = dict(records)
        return [b"{", *between([*texts.values()]), b"}"]


def between(items: list[bytes]) -> list[bytes]:
    """The items with what parts them on lines of their own."""
    parted = [_NEXT] * (2 * len(items) - 1) if items else []
    parted[::2] = items
    return parted
