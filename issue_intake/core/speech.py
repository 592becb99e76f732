"""An agent's words as Markdown of its own: readable, and inert wherever GitHub would read something into them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from issue_intake.core.text import inert

_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})")
_FENCE_LIKE = re.compile(r"`{3}|~{3}")
_TICKS = re.compile(r"(`+)")
# Where one of these stands, what looks like code need not be code: an address takes the ticks after it in.
_DOUBT = re.compile(r"[<|\\]|://|www\.")
_HTML = re.compile(r"<[A-Za-z/!?]")


def inert_markdown(text: str) -> str:
    """`text` in which nobody is told, and nothing closed or linked to; plain code in it stays as it is.

    What cannot be told from code without doubt is taken for words.
    """
    return inert(text) if _HTML.search(text) else "\n".join(_lines(text.split("\n")))


def _lines(lines: list[str]) -> Iterator[str]:
    fence = ""
    balanced = True  # whether every run of ticks of this paragraph has found its other end so far
    sure = True  # whether it is known where code begins: a fence in a list or quote may end with that
    for line in lines:
        if not sure:
            yield inert(line)
        elif fence:
            closed = re.fullmatch(rf" {{0,3}}{fence[0]}{{{len(fence)},}}[ \t]*", line)
            fence = "" if closed else fence
            yield line
        elif opening := _FENCE.match(line):
            fence, balanced = opening[1], True
            yield line[: opening.end()] + inert(line[opening.end() :])
        elif _FENCE_LIKE.search(line):
            sure = False
            yield inert(line)
        else:
            balanced = not line.strip() or (balanced and not _DOUBT.search(line) and _paired(line))
            yield _with_code(line) if balanced else inert(line)


def _with_code(line: str) -> str:
    """`line`, in which every run of ticks has its other end, inert but for what stands between them."""
    shown, at = [], 0
    while opening := _TICKS.search(line, at):
        end = _other_end(line, opening)
        assert end is not None
        shown += [inert(line[at : opening.start()]), line[opening.start() : end]]
        at = end
    return "".join([*shown, inert(line[at:])])


def _paired(line: str) -> bool:
    at = 0
    while opening := _TICKS.search(line, at):
        end = _other_end(line, opening)
        if end is None:
            return False
        at = end
    return True


def _other_end(line: str, opening: re.Match[str]) -> int | None:
    """Where the next run of as many ticks ends."""
    runs = (run.end() for run in _TICKS.finditer(line, opening.end()) if len(run[1]) == len(opening[1]))
    return next(runs, None)
