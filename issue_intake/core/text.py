"""Outside text made harmless: one cleaned line, a fence that cannot be closed from inside."""

from __future__ import annotations

import re
import unicodedata

# Cc and Cf hold control, bidirectional and invisible characters; Cs lone surrogates, Co private use.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|.)", re.DOTALL)

_BLANK = "\u200b"
_LIVE = re.compile(r"@(?=\w)|#(?=\d)|\bgh-(?=\d)|/(?:issues|pull|discussions|commit)/(?=\w)|<(?=!--)", re.IGNORECASE)


def without_controls(text: str) -> str:
    """`text` with terminal sequences and hidden characters removed; newlines and tabs stay, CRLF becomes LF."""
    if text.isascii() and text.isprintable():
        return text  # as most titles are: nothing to look for
    plain = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    return "".join(c for c in plain if c in "\n\t" or unicodedata.category(c) not in _HIDDEN)


def last_drawn(line: str) -> str:
    """Of a line that was written over and over, as by a progress bar, what was written last."""
    return line.rstrip("\r\n").rpartition("\r")[2]


def one_line(text: str, limit: int = 200) -> str:
    """`text` as one cleaned line of at most `limit` characters, the cut shown by an ellipsis."""
    line = " ".join(without_controls(text[: limit * 8].replace("\r", " ")).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def fenced(text: str, language: str = "") -> str:
    """`text` in a code fence longer than any run of backticks or tildes in it."""
    longest = max((len(run) for run in re.findall(r"`+|~+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def code_span(text: str) -> str:
    """`text`, one line, as a code span of Markdown that cannot be ended from inside; "" for blank text."""
    if not text.strip():
        return ""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def inert(text: str) -> str:
    """`text` in which GitHub finds nobody to tell, nothing to close or link to, and no hidden mark.

    An invisible blank is put into each mention, reference and beginning of an HTML comment.
    """
    return _LIVE.sub(lambda found: found[0] + _BLANK, text)


def cut(text: str, limit: int) -> tuple[str, bool]:
    """`text` cut to `limit` bytes of UTF-8 at a character's edge, and whether anything was cut."""
    data = text.encode("utf-8", "replace")
    return (text, False) if len(data) <= limit else (data[:limit].decode("utf-8", "ignore"), True)
