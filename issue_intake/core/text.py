"""Outside text made harmless: one cleaned line, a fence that cannot be closed from inside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Cc and Cf hold control, bidirectional and invisible characters; Cs lone surrogates, Co private use.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|.)", re.DOTALL)
# Drawn as nothing, or as a blank, although they count as letters and marks: fillers, joiners and variation selectors,
# a run of which can carry any text unseen. An emoji made of several falls apart into these, or loses its colour.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 8  # on one letter; no script needs more

_BLANK = "\u200b"
# What GitHub reads something into, also where a letter or the sign itself is written as an entity or escaped. An
# underscore before it may be emphasis; an entity of old needs no semicolon, and may be a blank.
_LIVE = re.compile(
    r"(?<![A-Za-z0-9])@(?=[\w&<])|#(?=[\d&<]|x[\da-f])|&(?=(?:commat|num|sol)\b|\w{2,10}(?:@|gh-))"
    r"|(?<![A-Za-z0-9])gh-(?=[\d&<])|/(?:issues|pull|discussions|commit)\\?/(?=\w)|<(?=!--)",
    re.IGNORECASE,
)


def without_controls(text: str) -> str:
    """`text` with terminal sequences and hidden characters removed; newlines and tabs stay, CRLF becomes LF.

    Of a flood of marks on one letter only the first few stay.
    """
    if text.isascii() and text.isprintable():
        return text  # as most titles are: nothing to look for
    plain = _UNSEEN.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))
    return "".join(_seen(plain))


def _seen(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        kind = unicodedata.category(character)
        if kind in _HIDDEN and character not in "\n\t":
            continue
        marks = marks + 1 if kind in _MARKS else 0
        if marks <= _MOST_MARKS:
            yield character


def last_drawn(line: str) -> str:
    """Of a line that was written over and over, as by a progress bar, what was written last."""
    return line.rstrip("\r\n").rpartition("\r")[2]


def as_drawn(line: str) -> str:
    """A line of a program's output as it ends up on a terminal, cleaned: of one written over and over, the last."""
    return without_controls(last_drawn(line))


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
