"""Git LFS keeps files elsewhere and leaves pointers to them. What is published must be pointers, filter or not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

from issue_intake.core.text import one_line
from issue_intake.errors import RefusedError

# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer is smaller and starts so.
_POINTER_LIMIT = 1024
_POINTER = b"version https://git-lfs"
_OID = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.MULTILINE)


class Runs(Protocol):
    """Runs git on a repository and the worktree over it; returns stdout."""

    def __call__(self, *arguments: str, stdin: bytes = b"") -> bytes: ...


def check_pointers(run: Runs, parents: tuple[str, ...], tree: str) -> None:
    """Raises RefusedError where `tree` holds a file that no parent has and that Git LFS would keep elsewhere."""
    first, *others = (_changed(run, parent, tree) for parent in parents)
    changed = {path: blob for path, blob in first.items() if all(path in other for other in others)}
    if not changed:
        return
    kept = _kept_by_lfs(run, list(changed))
    for path in kept:
        if not _is_pointer(run, changed[path]):
            name = one_line(path.decode("utf-8", "replace"))
            raise RefusedError(
                f"{name} belongs into Git LFS, which intake does not run here",
                "set workspace.lfs: true, let the agent leave such files alone, or commit and push them by hand",
            )


def pointers(run: Runs, parent: str, commit: str) -> tuple[bytes, ...]:
    """The pointers that `commit` has otherwise than `parent`."""
    blobs = dict.fromkeys(_changed(run, parent, commit).values())
    answers = run("cat-file", "--batch-check", stdin="".join(f"{blob}\n" for blob in blobs).encode()).splitlines()
    small = [answer.split(b" ")[0].decode() for answer in answers if int(answer.split(b" ")[2]) <= _POINTER_LIMIT]
    contents = (run("cat-file", "blob", blob) for blob in small)
    return tuple(content for content in contents if content.startswith(_POINTER))


def kept_here(repository: Path, content: bytes) -> Path | None:
    """The file that `content`, if it is a pointer, stands for, where it was made here: the rest is the server's."""
    found = _OID.search(content) if len(content) <= _POINTER_LIMIT and content.startswith(_POINTER) else None
    if found is None:
        return None
    oid = found[1].decode()
    file = repository / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    return file if file.is_file() else None


def _changed(run: Runs, parent: str, tree: str) -> dict[bytes, str]:
    """Path and blob of each new or changed file; links and submodules are none."""
    fields = run("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=AMT", parent, tree).split(b"\0")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    return {path: about.split(b" ")[3].decode() for about, path in pairs if about.split(b" ")[1].startswith(b"100")}


def _kept_by_lfs(run: Runs, paths: list[bytes]) -> list[bytes]:
    answer = run("check-attr", "-z", "--stdin", "filter", stdin=b"\0".join(paths) + b"\0").split(b"\0")
    return [path for path, value in zip(answer[::3], answer[2::3], strict=False) if value == b"lfs"]


def _is_pointer(run: Runs, blob: str) -> bool:
    if int(run("cat-file", "-s", blob)) > _POINTER_LIMIT:
        return False
    content = run("cat-file", "blob", blob)
    return not content or content.startswith(_POINTER)
