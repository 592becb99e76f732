"""Files that may only be touched when they are ours: where they lie, whose they are, how they go."""

from __future__ import annotations

import os
import shutil
import stat
import time
from pathlib import Path

from issue_intake.errors import RefusedError, UnavailableError

_STALE_SECONDS = 3600.0


def check_below(root: Path, path: Path) -> None:
    """Raises RefusedError unless `path` lies under `root` with nothing but real directories, if any, in between."""
    try:
        inner = path.relative_to(root).parts
    except ValueError:
        inner = ()
    if not inner or ".." in inner:
        raise RefusedError(f"{path} does not lie below {root}")
    for depth in range(1, len(inner)):
        parent = root.joinpath(*inner[:depth])
        if present(parent) and not is_directory(parent):
            raise RefusedError(f"{parent} is no directory of intake's", "move it away")


def present(path: Path) -> bool:
    """Whether anything, a dangling link included, is at `path`."""
    return os.path.lexists(path)


def is_directory(path: Path) -> bool:
    """Whether a directory itself, no link to one, is at `path`."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def make_directory(path: Path) -> None:
    """Make `path` and what is missing above it, for the user alone. Raises UnavailableError."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be made: {error.strerror}") from None


def remove_directory(path: Path) -> None:
    """Remove a directory and all in it without following any link; gone already is fine. Raises UnavailableError."""
    if not present(path):
        return
    try:
        try:
            shutil.rmtree(path)
        except PermissionError:
            open_up(path)
            shutil.rmtree(path)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be removed: {error.strerror}", "remove it by hand") from None


def remove_file(path: Path) -> None:
    """Remove a file; gone already is fine. Raises UnavailableError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be removed: {error.strerror}", "remove it by hand") from None


def open_up(path: Path) -> None:
    """Give the user all rights on the directories at and below `path` (module caches are written read-only)."""
    path.chmod(0o700)
    for _, names, _, folder in os.fwalk(path):
        for name in names:
            if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                os.chmod(name, 0o700, dir_fd=folder)


def set_aside(path: Path) -> Path:
    """Where `remove_at_once` moves `path` before it deletes it."""
    return path.with_name(f".{path.name}.removing")


def remove_at_once(path: Path) -> None:
    """Remove a directory so that it is there whole or not at all, wherever this is interrupted; repeat to finish.

    Raises UnavailableError.
    """
    aside = set_aside(path)
    remove_directory(aside)
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UnavailableError(f"{path} cannot be moved: {error.strerror}", "remove it by hand") from None
    remove_directory(aside)


def remove_stale_locks(repository: Path) -> None:
    """Take away what a git that was killed, or a power cut, left behind, and every later git would stop at.

    No call of ours lasts so long.
    """
    oldest = time.time() - _STALE_SECONDS
    for lock in (*repository.glob("*.lock"), *(repository / "refs").rglob("*.lock")):
        try:
            if lock.lstat().st_mtime < oldest:
                lock.unlink()
        except OSError:
            continue
