"""What a commit of the remote's holds that matters before a worktree is made from it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from issue_intake.core.settings import runs_code
from issue_intake.git.program import Git

_LINK = b"120000"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseTree:
    """`settings` that run code, by path; those that are symbolic links once more in `links`."""

    settings: tuple[bytes, ...]
    links: tuple[bytes, ...]


def look(git: Git, folder: Path, commit: str) -> BaseTree:
    """Look into a commit of the bare repository `folder`. Raises GitError."""
    rows = git.local(folder, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")
    entries = [(about[:6], path) for about, _, path in (row.partition(b"\t") for row in rows if row)]
    found = [(mode, path) for mode, path in entries if runs_code(os.fsdecode(path), link=mode == _LINK)]
    return BaseTree(
        settings=tuple(path for _, path in found), links=tuple(path for mode, path in found if mode == _LINK)
    )
