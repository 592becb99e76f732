"""Settings that run code stay what they were, whatever a worktree has, or lacks, in their place."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from issue_intake.core.record import record
from issue_intake.core.settings import runs_code
from issue_intake.git.history import Change, Entry

_LINK = b"120000"


@record
class Kept:
    """What is to be entered by path, None for nothing. `left_out`: paths a worktree has otherwise."""

    entries: Mapping[bytes, Entry | None]
    left_out: tuple[bytes, ...]


def settings_among(rows: Iterable[bytes], obeyed: tuple[str, ...]) -> dict[bytes, Entry]:
    """The settings, those that match `obeyed` too, among the rows of `git ls-tree -r -z`, but for submodules."""
    split = (row.partition(b"\t") for row in rows if row)
    entries = {
        path: Entry(mode=about[:6], sha=about.split(b" ")[2])
        for about, _, path in split
        if runs_code(os.fsdecode(path), link=about.startswith(_LINK), more=obeyed)
    }
    return {path: entry for path, entry in entries.items() if not entry.submodule}


def kept(made: Mapping[bytes, Change], brought: Mapping[bytes, Change], obeyed: tuple[str, ...]) -> Kept:
    """How settings are to be where a worktree made these changes, and what was `brought` is to be in it."""
    changed = {path: change for path, change in made.items() if _concerns(path, change, obeyed)}
    entries = {path: change.before for path, change in changed.items()}
    entries |= {path: change.after for path, change in brought.items() if _concerns(path, change, obeyed)}
    others = (path for path, change in changed.items() if change.after and change.after != entries[path])
    return Kept(entries=entries, left_out=tuple(others))


def index_rows(entries: Mapping[bytes, Entry | None], like: str) -> Iterator[bytes]:
    """Rows for `git update-index --index-info`; what is taken out goes first, to make room. `like`: any sha."""
    yield from (b"0 %s\t%s" % (b"0" * len(like), path) for path in entries)
    yield from (b"%s %s\t%s" % (entry.mode, entry.sha, path) for path, entry in entries.items() if entry)


def _concerns(path: bytes, change: Change, obeyed: tuple[str, ...]) -> bool:
    return any(_is_setting(path, entry, obeyed) for entry in (change.before, change.after))


def _is_setting(path: bytes, entry: Entry | None, obeyed: tuple[str, ...]) -> bool:
    return runs_code(os.fsdecode(path), link=entry is not None and entry.mode == _LINK, more=obeyed)
