"""YAML read so that words stay words and everything knows its line.

Built from the parser's events: YAML 1.1's own types (`off` a boolean, `010` eight), tags and silent duplicates
never come into being, and nesting and aliases are bounded before they cost anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import yaml

from issue_intake.config.credentials import holds_credential
from issue_intake.config.faults import Faults, below, shown
from issue_intake.config.nodes import Node
from issue_intake.config.yamlsyntax import Spot, parse, sentence

MAX_DEPTH = 20
MAX_VALUES = 20_000

_INTEGER = re.compile(r"0|-?[1-9]\d{0,14}", re.ASCII)
_NOTHING = frozenset({"~", "null", "Null", "NULL"})
_BRACES = re.compile(r"\.command\[\d+\]\.(\w+)$")  # where {word} in a command was read as a mapping
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def read(text: str, faults: Faults) -> Node | None:
    """The one document in `text`; None when it is empty. Faulty values are left out and their faults collected.

    Raises ConfigError where reading cannot go on.
    """
    _refuse_unprintable(text, faults)
    events, repaired, error = parse(text, limit=MAX_VALUES)
    builder = _Builder(events, repaired, faults)
    root = builder.document() if error is None else None
    for spot, mark in builder.repaired.items():
        faults.add(spot.line, "", *_unquoted(mark))
    if error is not None:
        faults.add(*sentence(text, error))
        raise faults.error()
    return root


def _refuse_unprintable(text: str, faults: Faults) -> None:
    if found := _UNPRINTABLE.search(text.replace("\r\n", "\n").replace("\x85", " ")):
        line = text.count("\n", 0, found.start()) + 1
        faults.add(line, "", f"holds a control character (U+{ord(found[0]):04X})", "remove it")
        raise faults.error()


def _unquoted(mark: str) -> tuple[str, str]:
    """The problem and cure for a value that starts with a character YAML keeps for itself."""
    reason = "which YAML takes for an alias" if mark == "*" else "which YAML does not allow"
    return f'starts with "{mark}" outside quotes, {reason}', f'put the value in quotes: "{mark}"'


class _Builder:
    """Builds the nodes of one document, event by event. `repaired`: what was repaired and met no value yet."""

    def __init__(self, events: Iterator[yaml.Event], repaired: Mapping[Spot, str], faults: Faults) -> None:
        self._events = events
        self._faults = faults
        self._anchors: dict[str, Node | None] = {}
        self._depth = 0
        self.repaired = dict(repaired)

    def document(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._faults.add(_line(event), "", "starts a second document", "keep one, without ---")
                    break
                content = next(self._events)
                root = self._node(content, "", _line(content))
        return root

    def _node(self, event: yaml.Event, key: str, line: int) -> Node | None:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, key, line)
        tag = getattr(event, "tag", None)
        made = self._value(event, key, line)
        if tag:
            self._faults.add(
                line, key, "has a YAML tag (a word that starts with !)", "remove the tag, or quote the value"
            )
            made = None
        if anchor := getattr(event, "anchor", None):
            self._anchors[anchor] = made
        return made

    def _value(self, event: yaml.Event, key: str, line: int) -> Node | None:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, key, line)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._faults.add(line, key, f"is nested deeper than {MAX_DEPTH} levels", "make it flatter")
            raise self._faults.error()
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        made = self._mapping(event, key, line) if is_mapping else self._sequence(key, line)
        self._depth -= 1
        if made and made.size > MAX_VALUES:
            self._faults.add(line, key, f"holds more than {MAX_VALUES} values", "use fewer aliases")
            raise self._faults.error()
        return made

    def _alias(self, event: yaml.AliasEvent, key: str, line: int) -> Node | None:
        if event.anchor not in self._anchors:
            problem = f"is a YAML alias without an anchor: {shown(f'*{event.anchor}')}"
            self._faults.add(line, key, problem, "put a value that starts with * in quotes")
            return None
        return self._anchors[event.anchor]

    def _sequence(self, key: str, line: int) -> Node:
        items: list[Node] = []
        position = 0
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            item = self._node(event, below(key, position), _line(event))
            position += 1
            if item is not None:
                items.append(item)
        return Node(value=tuple(items), line=line, key=key, size=1 + sum(item.size for item in items))

    def _mapping(self, start: yaml.Event, key: str, line: int) -> Node | None:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._entry(event, key, entries, lines)
        if lines and not entries and getattr(start, "flow_style", False):
            return None  # all of it is faulty already, such as an unquoted {prompt_file}
        return Node(value=entries, line=line, key=key, size=1 + sum(node.size for node in entries.values()))

    def _entry(self, event: yaml.Event, key: str, entries: dict[str, Node], lines: dict[str, int]) -> None:
        line = _line(event)
        name = self._name(event, key, line)
        at = key if name is None else below(key, name)
        value = self._node(next(self._events), at, line)
        if name is None:
            return
        if name in lines:
            self._faults.add(line, at, f"is written twice, first on line {lines[name]}", "keep one of them")
            return
        lines[name] = line
        if value is not None:
            entries[name] = value

    def _name(self, event: yaml.Event, key: str, line: int) -> str | None:
        if not isinstance(event, yaml.ScalarEvent):
            self._node(event, key, line)
            self._faults.add(line, key, "has a key that is not one word", "quote a value that starts with [, { or *")
            return None
        if event.value == "<<" and event.implicit[0]:
            self._faults.add(line, key, "merges with <<, which is not known here", "put shared keys under defaults:")
            return None
        return str(event.value)

    def _scalar(self, event: yaml.ScalarEvent, key: str, line: int) -> Node | None:
        unquoted = event.implicit[0]
        if fault := self._scalar_fault(event, key):
            self._faults.add(line, key, *fault)
            return None
        return Node(value=_word(event.value) if unquoted else event.value, line=line, key=key)

    def _scalar_fault(self, event: yaml.ScalarEvent, key: str) -> tuple[str, str] | None:
        if mark := self.repaired.pop(Spot.of(event.start_mark), None):
            return _unquoted(mark)
        if holds_credential(event.value):
            return "holds what looks like a secret", "put it in the env_file, and only its variable's name here"
        if _UNPRINTABLE.search(event.value):
            return "holds a control character", "remove it"
        return _nothing(event.value, key) if event.implicit[0] else None


def _nothing(text: str, key: str) -> tuple[str, str] | None:
    """The fault of an unquoted `text` that stands for no value."""
    if text in _NOTHING:
        return "has no value", f'give it one or remove the key; as a word it is quoted: "{text}"'
    if text:
        return None
    if braces := _BRACES.search(key):
        return "is a placeholder outside quotes", f'put it in quotes: "{{{braces[1]}}}"'
    return "has no value", "give it one or remove the key"


def _line(event: yaml.Event) -> int:
    return Spot.of(event.start_mark).line


def _word(text: str) -> str | int | bool:
    """Only true and false are booleans, only plain integers numbers."""
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if _INTEGER.fullmatch(text) else text
