"""Bare repositories that borrow another's objects instead of copying them."""

from __future__ import annotations

import os
from pathlib import Path

from issue_intake.errors import UnavailableError
from issue_intake.git.files import remove_directory
from issue_intake.git.program import Git


def make_bare(git: Git, folder: Path, *, lender: Path, sha: str) -> None:
    """Make `folder` a bare repository that borrows the objects of the repository `lender`.

    It appears under its name only when it is whole. `sha`: one of the lender's, which tells its object format. What is
    borrowed must be pinned in the lender. Raises GitError, UnavailableError.
    """
    unfinished = folder.with_name(f".{folder.name}.new")
    remove_directory(unfinished)
    kind = "sha256" if len(sha) == 64 else "sha1"
    git.local(unfinished, "init", "--quiet", "--bare", "--template=", f"--object-format={kind}")
    try:
        info = unfinished / "objects" / "info"
        info.mkdir(exist_ok=True)
        (info / "alternates").write_bytes(os.fsencode(lender / "objects") + b"\n")
        unfinished.rename(folder)
    except OSError as error:
        raise UnavailableError(f"{folder} cannot be made: {error.strerror}") from None


def ignore(folder: Path, patterns: tuple[str, ...]) -> None:
    """Let files that match be ignored by the repository `folder`, in all its worktrees. Raises UnavailableError."""
    try:
        (folder / "info").mkdir(exist_ok=True)
        (folder / "info" / "exclude").write_text("".join(f"{pattern}\n" for pattern in patterns))
    except OSError as error:
        raise UnavailableError(f"{folder} cannot be written to: {error.strerror}") from None
