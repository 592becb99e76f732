"""YAML's events, and plain sentences for what cannot be parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAKS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_REPAIRS = 50
_QUOTE = "quote the value, or line the key up with its neighbours"
_KNOWN = (
    ("mapping values are not allowed", 'has a ": " where no key may stand', _QUOTE),
    ("unknown escape", "has a backslash that double quotes do not know", "use single quotes"),
    ("a tag", 'has a word that starts with "!" outside quotes, which YAML takes for a tag', "put the word in quotes"),
    ("quoted scalar", "opens a quote that is never closed", "close it on the same line"),
    ("flow ", "opens a [ or { that is never closed, or lacks a comma", "close it; quote a value with brackets in it"),
)
_OTHERWISE = ("is not valid YAML", "look at the indentation and quotes of this line and the one before")


class Mark(Protocol):
    """A place as both of PyYAML's parsers give it, lines from 0."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place in the text: `line` from 1, `column` from 0."""

    line: int
    column: int

    @classmethod
    def of(cls, mark: Mark | None) -> Spot:
        """The spot of a parser's mark."""
        return cls(mark.line + 1, mark.column) if mark else cls(1, 0)


class TooLongError(yaml.YAMLError):
    """More values than any configuration needs."""


Parsed = tuple[Iterator[yaml.Event], dict[Spot, str], yaml.YAMLError | None]


def parse(text: str, *, limit: int) -> Parsed:
    """The events in `text`, at most `limit`, or the error that ends them.

    A value that starts with a reserved character (`*`, `@`…) is read as a word in its place, so that the faults after
    it are found as well; such places are returned with their character.
    """
    repaired: dict[Spot, str] = {}
    for _ in range(_REPAIRS):
        events, error = _events(text, limit)
        spot = Spot.of(_mark(error))
        offset = _offset(text, spot)
        if error is None or text[offset : offset + 1] not in {"*", "@", "`", "%"}:
            return iter(events), repaired, error
        repaired[spot] = text[offset]
        text = f"{text[:offset]}x{text[offset + 1 :]}"
    return iter(()), repaired, yaml.YAMLError()


def sentence(text: str, error: yaml.YAMLError) -> tuple[int, str, str, str]:
    """Line, key, problem and cure for a text that is no YAML. Nothing of the text is repeated."""
    at = getattr(error, "problem_mark", None)
    lines = _BREAKS.split(text)
    line = min(Spot.of(at).line, len(lines))
    said = f"{getattr(error, 'context', '')} {getattr(error, 'problem', '')}"
    if isinstance(error, TooLongError):
        return line, "", "holds too many values", "split it into several configurations"
    if re.match(r" *\t", lines[line - 1]):
        return line, "", "is indented with a tab", "indent with spaces"
    for words, problem, cure in _KNOWN:
        if words in said:
            return Spot.of(_mark(error)).line, "", problem, cure
    return line, "", *_OTHERWISE


def _events(text: str, limit: int) -> tuple[list[yaml.Event], yaml.YAMLError | None]:
    events: list[yaml.Event] = []
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            events.append(event)
            if len(events) > limit:
                return events, TooLongError()
    except yaml.YAMLError as error:
        return events, error
    except (ValueError, OverflowError):  # PyYAML's own parser on an escape beyond Unicode
        return events, yaml.YAMLError()
    return events, None


def _mark(error: yaml.YAMLError | None) -> Mark | None:
    """Where the trouble began: where the construct starts, not where the parser gave up."""
    started: Mark | None = getattr(error, "context_mark", None)
    return started or getattr(error, "problem_mark", None)


def _offset(text: str, spot: Spot) -> int:
    starts = [0, *(found.end() for found in _BREAKS.finditer(text))]
    return starts[min(spot.line, len(starts)) - 1] + spot.column
