"""The text of a GraphQL operation, read as loosely as clients need: fields, aliases, arguments, fragments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from issue_intake.core.record import record

_TOKEN = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\])*"|\.\.\.|-?\d+(?:\.\d+)?|[_A-Za-z]\w*|[{}()\[\]:!$=@|&]|(\S)')
_SKIPPED = re.compile(r'("(?:\\.|[^"\\\n])*")|#[^\n]*|,')
_WORDS: Mapping[str, object] = {"true": True, "false": False, "null": None}


class SyntaxFaultError(Exception):
    """The text is no operation that can be read."""


@record
class Field:
    """One field asked for: the name it is to have in the answer, its arguments, what is asked of its value."""

    alias: str
    name: str
    arguments: Mapping[str, object]
    fields: tuple[Field, ...]


@record
class Operation:
    """A query or a mutation; fragments are spread out, whatever type they are about."""

    kind: Literal["query", "mutation"]
    fields: tuple[Field, ...]


def read_operation(text: str, variables: Mapping[str, object]) -> Operation:
    """The only operation of a text. Raises SyntaxFaultError."""
    reader = _Reader(_tokens(text), dict(variables), _fragments(text))
    while reader.ahead:
        word = reader.take() if reader.peek() != "{" else "query"
        if word in {"query", "mutation"}:
            reader.skip_heading()
            kind: Literal["query", "mutation"] = "mutation" if word == "mutation" else "query"
            return Operation(kind=kind, fields=tuple(reader.selection()))
        reader.skip_fragment()
    raise SyntaxFaultError("A query attribute must be specified and must be a string.")


@dataclass(slots=True)
class _Reader:
    ahead: list[str]
    variables: dict[str, object]
    fragments: Mapping[str, list[str]]
    spreading: frozenset[str] = field(default_factory=frozenset)

    def peek(self) -> str:
        return self.ahead[-1] if self.ahead else ""

    def take(self, wanted: str | None = None) -> str:
        if not self.ahead or wanted not in {None, self.peek()}:
            raise SyntaxFaultError(f"Parse error on {self.peek()!r}, expected {wanted or 'more'}")
        return self.ahead.pop()

    def skip_heading(self) -> None:
        """The operation's name and its variables; what they are by default counts where they are not given."""
        if self.peek() not in {"{", "("}:
            self.take()
        if self.peek() == "(":
            self._definitions()

    def skip_fragment(self) -> None:
        while self.peek() != "{":
            self.take()
        self.selection()

    def selection(self) -> list[Field]:
        found: list[Field] = []
        self.take("{")
        while self.peek() != "}":
            found.extend(self._spread() if self.peek() == "..." else [self._field()])
        self.take("}")
        if not found:
            raise SyntaxFaultError("Parse error on '}', expected a field")
        return found

    def _field(self) -> Field:
        alias = name = self.take()
        if self.peek() == ":":
            self.take(":")
            name = self.take()
        arguments = self._named(")") if self.peek() == "(" else {}
        fields = tuple(self.selection()) if self.peek() == "{" else ()
        return Field(alias=alias, name=name, arguments=arguments, fields=fields)

    def _spread(self) -> list[Field]:
        self.take("...")
        if self.peek() == "on":
            self.take("on")
            self.take()
        if self.peek() == "{":
            return self.selection()
        name = self.take()
        if name not in self.fragments or name in self.spreading:
            raise SyntaxFaultError(f"Fragment {name} was used, but not defined")
        inner = _Reader([*self.fragments[name]], self.variables, self.fragments, self.spreading | {name})
        return inner.selection()

    def _named(self, end: str) -> dict[str, object]:
        """`name: value` pairs up to a closing bracket, the opening one taken first."""
        self.take()
        found: dict[str, object] = {}
        while self.peek() != end:
            name = self.take()
            self.take(":")
            found[name] = self._value()
        self.take(end)
        return found

    def _definitions(self) -> None:
        self.take("(")
        while self.peek() != ")":
            self.take("$")
            name = self.take()
            while self.peek() not in {"$", "=", ")"}:
                self.take()
            if self.peek() == "=":
                self.take("=")
                self.variables.setdefault(name, self._value())
        self.take(")")

    def _value(self) -> object:
        word = self.peek()
        if word == "{":
            return self._named("}")
        if word == "[":
            return self._list()
        self.take()
        if word == "$":
            return self.variables.get(self.take())
        return _WORDS[word] if word in _WORDS else _scalar(word)

    def _list(self) -> list[object]:
        self.take("[")
        found: list[object] = []
        while self.peek() != "]":
            found.append(self._value())
        self.take("]")
        return found


def _tokens(text: str) -> list[str]:
    """The last one first."""
    plain = _SKIPPED.sub(lambda found: found[1] or " ", text)
    found = list(_TOKEN.finditer(plain))
    for one in found:
        if one[1]:
            raise SyntaxFaultError(f"Parse error on {one[1]!r}")
    return [one[0] for one in reversed(found)]


def _fragments(text: str) -> dict[str, list[str]]:
    """What follows the heading of each named fragment, the last token first."""
    tokens = _tokens(text)[::-1]
    starts = [at for at, word in enumerate(tokens[:-3]) if word == "fragment" and tokens[at + 2] == "on"]
    return {tokens[at + 1]: tokens[at + 4 :][::-1] for at in starts}


def _scalar(word: str) -> object:
    if word.startswith('"""'):
        return word[3:-3]
    if word.startswith('"'):
        return str(json.loads(word))
    return int(word) if word.lstrip("-").isdigit() else word
