"""Where a program really lies: the links that lead there, and what it needs beside itself."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.core.sandbox import Link
from issue_intake.files import is_file, is_folder

_MOST_LINKS = 40
_BINARIES = frozenset({"bin", "sbin", "libexec"})
_PACKAGE = Path(__file__).parents[2]

Refuse = Callable[[Path], bool]  # whether a folder (no links in it) may not be shown whole


@record(kw_only=False)
class Trail:
    """The symbolic links on the way to a path, in their order, and where it ends."""

    links: tuple[Link, ...]
    end: Path


def trail(path: Path) -> Trail:
    """The trail of an absolute path; what cannot be seen is taken for no link. Raises OSError for a loop."""
    links: list[Link] = []
    here, ahead = Path("/"), list(reversed(path.parts[1:]))
    while ahead:
        name = ahead.pop()
        here = here.parent if name == ".." else here / name
        if not os.path.islink(here):  # noqa: PTH114 - pathlib's raises where it may not look
            continue
        if len(links) == _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(path))
        target = here.readlink()
        links.append(Link(path=here, target=os.fspath(target)))
        here = Path("/") if target.is_absolute() else here.parent
        ahead += reversed(target.parts[1:] if target.is_absolute() else target.parts)
    return Trail(tuple(links), here)


def needed(program: str, path: str, refuse: Refuse) -> Iterator[Path]:
    """What must be shown for `program`, found on `path`, to run: itself, its installation, its interpreter.

    Of an installation that may not be shown whole, the program's file alone is named.
    """
    found = shutil.which(program, path=path)
    for _ in range(3):  # a script, the interpreter of a virtual environment, …
        if found is None:
            return
        where = trail(Path(found).absolute())
        for step in (*(link.path for link in where.links), where.end):
            yield _installation(step, refuse)
        yield Path(found).absolute()
        found = _interpreter(where.end)


def folders(path: str, refuse: Refuse) -> Iterator[Path]:
    """The folders of a PATH that may be shown, with the installations they belong to."""
    for name in path.split(os.pathsep):
        folder = Path(name)
        if folder.is_absolute() and is_folder(folder) and not refuse(trail(folder).end):
            yield folder
            installation = _installation(folder / "any", refuse)
            if installation != folder / "any":
                yield installation


def own(refuse: Refuse) -> Iterator[Path]:
    """What this very Python and package need, for the steps that are intake's own."""
    yield from needed(sys.executable, "", refuse)
    yield Path(sys.base_prefix)
    yield _PACKAGE


def _installation(program: Path, refuse: Refuse) -> Path:
    """The folder that `program` was installed as; itself where that cannot be told, or is too wide."""
    parts = program.parts
    if "node_modules" in parts:
        folder = Path(*parts[: parts.index("node_modules") + 1])
    elif program.parent.name in _BINARIES and _is_prefix(program.parent.parent):
        folder = program.parent.parent
    else:
        return program
    return program if refuse(trail(folder).end) else folder


def _is_prefix(folder: Path) -> bool:
    return is_folder(folder / "lib") or is_file(folder / "pyvenv.cfg")


def _interpreter(script: Path) -> str | None:
    """The program that a script names on its first line, None for other programs and for what env looks up."""
    try:
        with script.open("rb") as file:
            first = file.readline(256)
    except OSError:
        return None
    if not first.startswith(b"#!/"):
        return None
    words = os.fsdecode(first[2:]).split()
    return words[0] if words else None
