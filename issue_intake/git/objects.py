"""Objects of a repository of intake's, many at once: their sizes, then their content as far as that was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.errors import UnavailableError
from issue_intake.git.program import Git

_AT_ONCE = 64 * 1024 * 1024  # bytes
_SECONDS = 120.0


@record
class Objects:
    """The objects in `folder`, made there or borrowed. All methods raise GitError."""

    git: Git
    folder: Path

    def sizes(self, shas: Iterable[bytes]) -> Mapping[bytes, int]:
        """The size of each in bytes."""
        asked = list(dict.fromkeys(shas))
        if not asked:
            return {}
        rows = self._run("cat-file", "--batch-check=%(objectname) %(objectsize)", asked=asked).splitlines()
        return dict(map(_size, rows))

    def contents(self, sizes: Mapping[bytes, int]) -> Iterator[tuple[bytes, bytes]]:
        """Object and content of each of `sizes`, not all of it in memory at once."""
        batch: list[bytes] = []
        waiting = 0
        for sha, size in sizes.items():
            if batch and waiting + size > _AT_ONCE:
                yield from self._read(batch)
                batch, waiting = [], 0
            batch.append(sha)
            waiting += size
        if batch:
            yield from self._read(batch)

    def links(self, tree: str) -> dict[bytes, bytes]:
        """Path and object of each link in a tree."""
        rows = self._run("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0")
        found = (row.partition(b"\t") for row in rows if row.startswith(b"120000 "))
        return {path: about.split(b" ")[2] for about, _, path in found}

    def _read(self, shas: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
        answer, at = self._run("cat-file", "--batch=%(objectname) %(objectsize)", asked=shas), 0
        for _ in shas:
            end = answer.index(b"\n", at)
            sha, size = _size(answer[at:end])
            yield sha, answer[end + 1 : end + 1 + size]
            at = end + size + 2

    def _run(self, *arguments: str, asked: list[bytes] | None = None) -> bytes:
        stdin = b"".join(b"%s\n" % sha for sha in asked or ())
        return self.git.local(self.folder, *arguments, stdin=stdin, seconds=_SECONDS)


def _size(row: bytes) -> tuple[bytes, int]:
    sha, _, size = row.partition(b" ")
    if not size.isdigit():
        raise UnavailableError(f"git has no object {sha.decode('ascii', 'replace')[:12]}")
    return sha, int(size)
