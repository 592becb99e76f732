"""Markdown as its readers see it on GitHub's page: what the page does not show reaches no agent unseen.

markdown-it tells code, which is shown as it stands, from the rest: a scanner of our own could be led to take the one
for the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from issue_intake.config.prompts.blocks import NOTE, like_github, may_be_hidden
from issue_intake.config.prompts.html import LEFT_OUT, UnclosedError, shown_html
from issue_intake.config.prompts.inline import shown_words
from issue_intake.core.text import without_controls

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# GitHub takes no longer ones.
LONGEST = 65_536
_ENDS_UNSEEN = "[left out: the page shows nothing of what follows, or not as it stands]"
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}")
_MAYBE_UNSEEN = "[the page may not show it, or not all of it:]"
_BLANK_LINES = re.compile(r"\A(?:[ \t]*\n)+")
_MARKS = re.compile(rf"(?:{re.escape(LEFT_OUT)}\s+){{2,}}")
_LABEL = 60


def page_text(text: str, most: int = LONGEST) -> str:
    """The first `most` characters of `text`, cleaned, without what its page hides, or with a remark beside it.

    Comments, titles, the words of images and all other attributes of tags are left out; what is collapsed is marked.
    """
    cleaned = _BLANK_LINES.sub("", without_controls(text[: 4 * most]).rstrip())
    if len(cleaned) > most or len(text) > 4 * most:
        cleaned = _torn_off(cleaned[:most])
    if not set(cleaned) & set("<[`~|"):
        return cleaned  # plain words, as most are
    return _MARKS.sub(f"{LEFT_OUT}\n", _Page(cleaned).shown()).rstrip()


def _torn_off(text: str) -> str:
    """`text`, cut somewhere, without what might be the beginning of something hidden whose end was cut off."""
    whole, _, _ = text.rpartition("\n\n")
    return whole or re.split(r"[<\[]", text, maxsplit=1)[0]


class _Page:
    """The lines of a text as they are rewritten, None for one that is gone."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: list[str | None] = [*text.split("\n")]
        self._seen: set[int] = set()
        self._markdown = _markdown()
        self._environment: dict[str, object] = {}

    def shown(self) -> str:
        """The text as it is shown. What belongs to no block, as below too many levels of quotes, is read as HTML."""
        tokens: list[Token] = []
        self._markdown.block.parse(self._text, self._markdown, self._environment, tokens)
        for lines, definition in self._definitions():
            self._put(lines, definition)
        for row in _rows(tokens):
            self._row(row)
        for token in tokens:
            if token.map is not None and token.map[0] not in self._seen:
                self._rewrite(token, range(*token.map))
        for number, line in enumerate(self._lines):
            if line and number not in self._seen:
                self._html(range(number, number + 1))
        self._remark(token.map for token in tokens if token.type == NOTE)
        return "\n".join(line for line in self._lines if line is not None)

    def _remark(self, notes: Iterable[list[int] | None]) -> None:
        """The page shows a note at its end, where something refers to it, and no other."""
        for first in {lines[0] for lines in notes if lines is not None}:
            self._lines[first] = f"{_MAYBE_UNSEEN}\n{self._lines[first] or ''}"

    def _rewrite(self, token: Token, lines: range) -> None:
        match token.type:
            case "code_block":
                self._seen.update(lines)
            case "fence":
                self._lines[lines.start] = _opening(self._lines[lines.start] or "", token)
                self._seen.update(lines)
            case "inline":
                self._words(token.content, lines)
            case "html_block":
                self._html(lines)

    def _html(self, lines: range) -> None:
        text = "\n".join(self._lines[number] or "" for number in lines)
        try:
            self._put(lines, shown_html(text))
        except UnclosedError:
            self._put(range(lines.start, len(self._lines)), _ENDS_UNSEEN)

    def _words(self, words: str, lines: range) -> None:
        """What stands before the first line, the marks of quotes and lists, stays."""
        shown = shown_words(words, self._markdown, self._environment)
        if may_be_hidden(words):
            shown = f"{_MAYBE_UNSEEN} {shown}"
        if shown == words:
            self._seen.update(lines)
            return
        first, begin = self._lines[lines.start] or "", words.partition("\n")[0]
        end = first.find(begin)
        self._put(lines, first[: max(end, 0)] + shown)

    def _row(self, cells: list[Token]) -> None:
        """A row of a table. The page shows no more cells than the table has columns."""
        shown = (shown_words(cell.content, self._markdown, self._environment) for cell in cells)
        line = cells[0].map or [0, 0]
        self._put(range(*line), f"| {' | '.join(text.replace('|', chr(92) + '|') for text in shown)} |")

    def _definitions(self) -> Iterator[tuple[range, str]]:
        """Where links are defined, which no page shows: what is of use to those who read the source."""
        references = self._environment.get("references")
        named = references.items() if isinstance(references, dict) else ()
        double = self._environment.get("duplicate_refs")
        found = [*named, *((str(one["label"]), one) for one in (double if isinstance(double, list) else ()))]
        for label, definition in found:
            yield range(*definition["map"]), self._defined(str(label), str(definition["href"]))

    def _defined(self, label: str, address: str) -> str:
        used = self._text.upper().count(f"[{label.upper()}]") > 1
        return f"[{label.lower()}]: {address}" if used and len(label) <= _LABEL else LEFT_OUT

    def _put(self, lines: range, text: str) -> None:
        self._lines[lines.start] = text
        for number in lines[1:]:
            self._lines[number] = None
        self._seen.update(lines)


def _opening(line: str, token: Token) -> str:
    """The first line of a fence; of the words after it the page shows none, and the first names the language."""
    before = line[: len(line) - len(token.info)]
    language = next(iter(token.info.split()), "")
    return before + (language if _LANGUAGE.fullmatch(language) else "")


def _rows(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    """The cells of each row of each table."""
    cells: list[Token] | None = None
    for token in tokens:
        if token.type == "tr_open":
            cells = []
        elif token.type == "tr_close" and cells:
            yield cells
            cells = None
        elif token.type == "inline" and cells is not None:
            cells.append(token)


def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 40 ms, and only a start needs it

    from issue_intake.config.prompts.inline import watched  # noqa: PLC0415

    return watched(like_github(MarkdownIt("commonmark").enable(["strikethrough"])))
