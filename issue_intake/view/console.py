"""Consoles set up for outside text: no markup, no emoji codes, no guessing of numbers and paths."""

from __future__ import annotations

import io
import os
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

_UNKNOWN_WIDTH = 80
_HEIGHT = 25  # nothing here depends on it, but without it rich would look for a width of its own


def open_console(stream: TextIO) -> Console:
    """A console on `stream`. Not a terminal, or NO_COLOR set: not one escape sequence is written."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")  # a title must not end a run on a Latin-1 terminal
    colours = stream.isatty() and not os.environ.get("NO_COLOR")
    return Console(
        file=stream,
        width=_width(stream),
        height=_HEIGHT,
        force_terminal=stream.isatty(),
        color_system="auto" if colours else None,
        force_jupyter=False,
        soft_wrap=False,
        markup=False,
        emoji=False,
        highlight=False,
    )


def _width(stream: TextIO) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _UNKNOWN_WIDTH
    except (OSError, ValueError):
        return _UNKNOWN_WIDTH


def new_table() -> Table:
    """An empty table without lines, so that it can be read, copied and cut by other programs."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")


def cut_text(text: str) -> Text:
    """`text` on one line whatever the room, the cut shown by an ellipsis."""
    return Text(text, no_wrap=True, overflow="ellipsis")


def print_table(console: Console, table: Table) -> None:
    """Print `table` without the blanks that fill its last column: they would end up in files and mails."""
    for segments in console.render_lines(table, pad=False):
        line = Text.assemble(*((segment.text, segment.style or "") for segment in segments))
        line.rstrip()
        console.print(line, soft_wrap=True)


def say(console: Console, sentence: str, style: str = "") -> None:
    """Print a sentence: broken at words on a terminal, left whole elsewhere so that it can be searched for."""
    console.print(Text(sentence, style=style), soft_wrap=not console.is_terminal)
