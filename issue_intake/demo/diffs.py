"""What git says about the difference between two commits: its files, its hunks, and where a line has gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from issue_intake.core.record import record
from issue_intake.demo.bare import Bare

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_STATUSES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


@record
class FileChange:
    """One file of a difference. `sha`: its blob, the former one if it was removed; `patch` "" for a binary one."""

    path: str
    former: str | None
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str


@lru_cache(maxsize=256)
def changed_files(bare: Bare, base: str, head: str) -> tuple[FileChange, ...]:
    """What `head` changes since it left `base`, renames found, by path."""
    return tuple(_files(bare, f"{base}...{head}"))


@lru_cache(maxsize=1024)
def line_later(bare: Bare, old: str, new: str, path: str, line: int) -> int | None:
    """The number in commit `new` of a line of `old`, None where the line was changed or removed."""
    shift = 0
    for start, length, _, added in _hunks(_diff(bare, "-U0", "--no-renames", old, new, "--", path)):
        first = start if length else start + 1  # git names the line before an insertion
        if line < first:
            break
        if line < first + length:
            return None
        shift += added - length
    return line + shift


def hunk_at(bare: Bare, base: str, head: str, path: str, line: int | None) -> str | None:
    """The hunk of a difference up to a line (None: the file's first), None where that is no part of it."""
    text = _diff(bare, f"{base}...{head}", "--", path)
    for found in _HUNK.finditer(text):
        _, _, start, length = _figures(found)
        if line is None:
            return found[0]
        if start <= line < start + length:
            return "\n".join(_until(text[found.start() :].splitlines(), line - start + 1))
    return None


def _diff(bare: Bare, *arguments: str) -> str:
    return bare.start("diff", *arguments, check=True).stdout.decode(errors="replace")


def _until(lines: list[str], wanted: int) -> Iterator[str]:
    """The hunk's heading and its lines, as far as the new side's line of that number within it."""
    yield lines[0]
    for text in lines[1:]:
        yield text
        wanted -= text[:1] in {" ", "+"}
        if wanted == 0:
            return


def _hunks(text: str) -> Iterator[tuple[int, int, int, int]]:
    return map(_figures, _HUNK.finditer(text))


def _figures(hunk: re.Match[str]) -> tuple[int, int, int, int]:
    """Start and length of the old side and of the new one."""
    start, length, new_start, new_length = hunk.groups()
    return int(start), int(length or "1"), int(new_start), int(new_length or "1")


def _files(bare: Bare, span: str) -> Iterator[FileChange]:
    fields = iter(_diff(bare, "--raw", "-z", "-M", "--no-abbrev", span).split("\0"))
    for heading in filter(None, fields):
        _, _, old, new, letter = heading.split(" ")
        former = next(fields)
        path = next(fields) if letter[0] in "RC" else former
        added, removed, patch = _patch(bare, span, {former, path})
        yield FileChange(
            path=path,
            former=former if former != path else None,
            status=_STATUSES.get(letter[0], "changed"),
            sha=old if letter == "D" else new,
            additions=added,
            deletions=removed,
            patch=patch,
        )


def _patch(bare: Bare, span: str, paths: set[str]) -> tuple[int, int, str]:
    """Lines added and removed, and the hunks."""
    text = _diff(bare, "-M", span, "--", *sorted(paths))
    first = _HUNK.search(text)
    patch = text[first.start() :] if first else ""
    signs = [line[:1] for line in patch.splitlines() if not _HUNK.match(line)]
    return signs.count("+"), signs.count("-"), patch
