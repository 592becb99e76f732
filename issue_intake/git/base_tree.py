"""What a commit of the remote's holds that matters before a worktree is made from it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.core.settings import runs_code
from issue_intake.git.program import Git

_LINK = b"120000"
_LFS = re.compile(rb"^[^#\n]*[ \t]filter=lfs(?:\s|$)", re.MULTILINE)


@record
class BaseTree:
    """`settings` that run code, by path; those that are symbolic links once more in `links`.

    `lfs`: whether some of its files are kept by Git LFS.
    """

    settings: tuple[bytes, ...]
    links: tuple[bytes, ...]
    lfs: bool


def look(git: Git, folder: Path, commit: str, obeyed: tuple[str, ...] = ()) -> BaseTree:
    """Look into a commit of the bare repository `folder`. `obeyed`: patterns of further settings. Raises GitError."""
    rows = git.local(folder, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")
    entries = [(about, path) for about, _, path in (row.partition(b"\t") for row in rows if row)]
    found = [
        (about, path)
        for about, path in entries
        if runs_code(os.fsdecode(path), link=about.startswith(_LINK), more=obeyed)
    ]
    attributes = [about.split(b" ")[2] for about, path in entries if path.rpartition(b"/")[2] == b".gitattributes"]
    return BaseTree(
        settings=tuple(path for _, path in found),
        links=tuple(path for about, path in found if about.startswith(_LINK)),
        lfs=bool(attributes) and _name_lfs(git, folder, attributes),
    )


def _name_lfs(git: Git, folder: Path, blobs: list[bytes]) -> bool:
    """Whether one of these files of attributes gives files to Git LFS."""
    contents = git.local(folder, "cat-file", "--batch", stdin=b"".join(blob + b"\n" for blob in blobs))
    return bool(_LFS.search(contents))
