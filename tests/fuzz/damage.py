"""Valid documents, damaged: what purely random bytes never come near to.

A document is plain JSON. `damaged` gives it with values of another kind in it, keys dropped, renamed and moved;
`written` gives the bytes of a file that holds it, or is torn, or in another encoding.
"""

from __future__ import annotations

import codecs
import copy
import json
import os
from collections.abc import Iterator
from functools import reduce
from typing import Any
from unicodedata import category

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

MORE = int(os.environ.get("INTAKE_FUZZ", "1"))
"""How many times as many cases as in the suite."""

Place = tuple[Any, Any]  # an object or a list, and a key or an index of it


def cases(count: int) -> settings:
    """Settings for so many cases in the suite."""
    slow = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=count * MORE, deadline=None, suppress_health_check=slow)


def _deep(value: object) -> object:
    return reduce(lambda inner, _: [inner], range(40), value)


WRONG: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 7.5, 2**63, -(2**63), 10**30, 1e308, float("nan"), float("inf"), float("-inf"),
    "", " ", "x", "0", "-1", "true", "null", "-rf", "../../etc/passwd", "a\x1b[31m\n\u202eb\x00", "\ud800", "x" * 5000,
    [], {}, [None], [[]], {"": None}, {"a": {"b": []}}, _deep(None),
)  # fmt: skip
MOMENTS: tuple[object, ...] = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00",
    "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "1969-12-31T23:59:59Z", "yesterday", "2026-03-04", -62135596800,
    253402300800, 1e18,
)  # fmt: skip


def places(value: Any) -> Iterator[Place]:
    """Every place in the document, the outermost first."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield value, key
        yield from places(inner)


def _replace(draw: st.DrawFn, place: Place) -> None:
    inside, key = place
    inside[key] = copy.deepcopy(draw(st.sampled_from(WRONG + MOMENTS)))


def _drop(draw: st.DrawFn, place: Place) -> None:
    inside, key = place
    del inside[key]


def _rename(draw: st.DrawFn, place: Place) -> None:
    inside, key = place
    if isinstance(inside, dict):
        inside[draw(st.sampled_from(["", f"{key}s", key.upper(), "\ud800", "x" * 300, f"{key}\n"]))] = inside.pop(key)


def _wrap(draw: st.DrawFn, place: Place) -> None:
    inside, key = place
    inside[key] = draw(st.sampled_from([[inside[key]], {"value": inside[key]}, [inside[key]] * 2, str(inside[key])]))


def _add(draw: st.DrawFn, place: Place) -> None:
    inside, key = place
    extra = copy.deepcopy(draw(st.sampled_from(WRONG)))
    if isinstance(inside, list):
        inside.insert(key, extra)
    else:
        inside[draw(st.sampled_from(["more", "id", "__proto__", "schema_version"]))] = extra


def _exchange(draw: st.DrawFn, place: Place) -> None:
    """The value of a neighbour's."""
    inside, key = place
    keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
    inside[key] = copy.deepcopy(inside[draw(st.sampled_from(keys))])


_HARMS = (_replace, _replace, _replace, _drop, _rename, _wrap, _add, _exchange)


@st.composite
def damaged(draw: st.DrawFn, document: object, at_most: int = 3) -> Any:
    """The document with one to `at_most` things in it that are not as they should be."""
    found = {"": copy.deepcopy(document)}
    for _ in range(draw(st.integers(1, at_most))):
        places_left = list(places(found))
        if not places_left:
            break
        draw(st.sampled_from(_HARMS))(draw, draw(st.sampled_from(places_left)))
    return found.get("")


@st.composite
def misfit(draw: st.DrawFn, document: object) -> Any:
    """The document with one value missing, or of a kind that it never is: nothing another document would say."""
    found = copy.deepcopy(document)
    inside, key = draw(st.sampled_from(list(places(found))))
    kind = type(inside[key])
    if isinstance(inside, dict) and draw(st.booleans()):
        del inside[key]
    else:
        # A text may stand for an object, as a label's name does.
        others: tuple[object, ...] = (None, True, 5, [], {}) if kind is dict else (None, True, 5, "x", [], {})
        inside[key] = draw(st.sampled_from([other for other in others if type(other) is not kind]))
    return found


class File(bytes):
    """The bytes of a file, shown by their first and last thousand."""

    __slots__ = ()

    def __repr__(self) -> str:
        shown = super().__repr__()
        return shown if len(shown) < 2100 else f"{shown[:1000]} … {shown[-1000:]}"


@st.composite
def written(draw: st.DrawFn, document: object) -> bytes:
    """The bytes of a file with the document: whole as a rule, else torn, doubled, or in an encoding of its own."""
    text = json.dumps(document)
    data = text.encode()
    at = draw(st.integers(0, len(data)))
    ways = {
        "torn": data[:at],
        "flipped": data[:at] + draw(st.binary(min_size=1, max_size=3)) + data[at + 1 :],
        "doubled": data + data,
        "utf-16": text.encode("utf-16"),
        "latin-1": json.dumps(document, ensure_ascii=False).encode("latin-1", "replace") + b"\xff",
        "bom": codecs.BOM_UTF8 + data,
        "deep": b'{"more": ' + b"[" * 100_000 + data,
        "endless": b'{"more": ' + b"9" * 5000 + b"," + data[1:],
        "keys": text.replace('": ', '": null, "more": ', 1).encode(),
    }
    return File(ways.get(draw(st.sampled_from((*ways, *("whole",) * 9))), data))


def is_plain(text: str) -> bool:
    """Whether it holds nothing that a terminal would take for an order, or hide."""
    return all(character == "\n" or category(character) not in {"Cc", "Cf", "Cs"} for character in text)


def files(document: object, at_most: int = 3) -> st.SearchStrategy[bytes]:
    """The bytes of files that hold the document damaged."""
    return damaged(document, at_most).flatmap(written)
