"""Blocks of GitHub's Markdown that markdown-it does not know, or looks for before others where GitHub does after them.

Taken for words, such a block would hide on the page what it shows here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

NOTE = "note_open"
"""The token before the blocks of a footnote."""

_NOTE = re.compile(r"\[\^[^\]\s]+\]:")
_DEFINITION = re.compile(r"(?:\[[ xX]\]\s+)?\[(?:\\.|[^\[\]\\])+\]:")
# An address without angle brackets takes in what would begin or end code, or escape a sign.
_SWALLOWS = re.compile(r"(?:://|www\.)[^\s<`\\]{0,2000}[`\\]")
_CAN_HIDE = re.compile(r"<|\]\(|\]\[")
_INDENT = 4
_ENDS = ["paragraph", "reference", "blockquote", "list", "table"]


def like_github(markdown: MarkdownIt) -> MarkdownIt:
    """The parser, with footnotes, and with tables where nothing else begins."""
    from markdown_it.rules_block import table  # noqa: PLC0415

    ruler = markdown.block.ruler
    ruler.before("paragraph", "late_table", table, {"alt": ["paragraph", "reference"]})
    ruler.before("reference", "note", _note, {"alt": _ENDS})
    return markdown


def may_be_hidden(words: str) -> bool:
    """Whether GitHub may see another thing in what is a paragraph here: a definition, a table of fewer columns, or
    tags in place of code.
    """
    if _DEFINITION.match(words) or any(map(_is_ruler, words.split("\n")[1:])):
        return True
    return _CAN_HIDE.search(words) is not None and _SWALLOWS.search(words) is not None


def _is_ruler(line: str) -> bool:
    """Whether a line may stand between the head of a table and its rows."""
    return "-" in line and not set(line) - set("|:- \t") and set(line.strip()) != {"-"}


def _note(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as the parser calls it
    begin = state.bMarks[start] + state.tShift[start]
    found = None if state.is_code_block(start) else _NOTE.match(state.src, begin, state.eMarks[start])
    if found is None:
        return False
    if not silent:
        token = state.push(NOTE, "", 1)
        token.map = [start, start + 1]
        _inside(state, start, end, found.end())
        state.push("note_close", "", -1)
    return True


def _inside(state: StateBlock, start: int, end: int, at: int) -> None:
    """The blocks of a note: the rest of its first line, and what is indented below."""
    before = state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType
    stop = state.eMarks[start]
    text = next((place for place in range(at, stop) if state.src[place] not in " \t"), stop)
    state.bMarks[start], state.tShift[start] = at, text - at
    state.blkIndent += _INDENT
    state.sCount[start] = state.blkIndent
    state.parentType = "note"
    state.md.block.tokenize(state, start, end)
    state.blkIndent -= _INDENT
    state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType = before
