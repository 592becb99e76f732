"""A repository of many files, and git as a person runs it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

_IDENTITY = "[user]\n\tname = Bench\n\temail = bench@example.org\n"
_PER_FOLDER = 100


def make_repository(path: Path, files: int) -> str:
    """A bare repository with one commit of so many files of a kilobyte each; the commit."""
    git("init", "--quiet", "--bare", "--initial-branch=main", os.fspath(path))
    git("fast-import", "--quiet", folder=path, stdin=b"".join(_stream(files)))
    return git("rev-parse", "main", folder=path)


def give_identity(home: Path, rewritten: Mapping[str, Path]) -> None:
    """A .gitconfig in `home`: an identity, and folders that stand for hosts."""
    rules = [f'[url "{folder}/"]\n\tinsteadOf = {host}\n' for host, folder in rewritten.items()]
    (home / ".gitconfig").write_text("".join([_IDENTITY, *rules]))


def git(*arguments: str, folder: Path | None = None, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
    """Run git, which must succeed; its stdout."""
    place = ("-C", os.fspath(folder)) if folder else ()
    done = subprocess.run(
        ("git", *place, *arguments), input=stdin, stdout=subprocess.PIPE, check=True, env={**os.environ, **(env or {})}
    )
    return done.stdout.decode().strip()


def _stream(files: int) -> Iterator[bytes]:
    yield b"commit refs/heads/main\ncommitter Bench <bench@example.org> 1767225600 +0000\ndata 5\nFirst\n"
    for number in range(files):
        text = (f"line of file {number}\n" * 50).encode()
        path = f"folder-{number // _PER_FOLDER}/file-{number}.txt"
        yield f"M 100644 inline {path}\ndata {len(text)}\n".encode() + text + b"\n"
