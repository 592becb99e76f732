"""What a commit of intake's would bring to the remote, read from its objects: no files, no drivers, no attributes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Literal

from issue_intake.core.judge import too_much
from issue_intake.core.leaving import PATHS_LIMIT, Extent, Leaving, Outgoing, Secret
from issue_intake.core.record import record
from issue_intake.git.history import Change, Entry, History
from issue_intake.git.lfs import kept_here
from issue_intake.git.objects import Objects
from issue_intake.git.secrets import Found, Seeker

_LINK = b"120000"
_MOST = 20  # findings in one file
_HELD_LIMIT = 64 * 1024 * 1024  # bytes of the base's files that are compared with, together


@record
class Inspection:
    """Looks through the commits of `history` for what `extent` allows, and for what `seeker` finds."""

    history: History
    seeker: Seeker
    extent: Extent

    def look(self, base: str, sha: str) -> Leaving:
        """What `sha` holds beyond where it left `base`. Raises what git does, and UnavailableError."""
        changes: dict[bytes, Change] = {}
        for left in self.history.bases(sha, base):
            changes |= self.history.changes(left, sha)
        if len(changes) > PATHS_LIMIT:
            return Leaving(count=len(changes))
        sizes = self._objects.sizes(entry.sha for entry in _blobs(changes.values()))
        here = frozenset(change.after.sha for change in changes.values() if change.after)
        paths = tuple(self._outgoing(path, change, sizes, here) for path, change in changes.items())
        leaving = Leaving(count=len(changes), paths=paths)
        if too_much(self.extent, leaving):
            return leaving
        secrets = (*self._in_message(sha), *self._in_names(changes), *self._in_contents(changes, sizes))
        return Leaving(count=len(changes), paths=paths, links=self._links(sha) if changes else {}, secrets=secrets)

    @property
    def _objects(self) -> Objects:
        return Objects(git=self.history.git, folder=self.history.folder)

    def _outgoing(self, path: bytes, change: Change, sizes: Mapping[bytes, int], here: frozenset[bytes]) -> Outgoing:
        before, after = change.before, change.after
        return Outgoing(
            path=os.fsdecode(path),
            shown=self.seeker.masked(path),
            kind=_kind(change),
            size=sizes.get(after.sha, 0) if after else 0,
            before=sizes.get(before.sha, 0) if before else 0,
            moved=after is None and before is not None and before.sha in here,
            mark=f"{after.mode.decode()} {after.sha.decode()}" if after else "",
        )

    def _in_message(self, sha: str) -> Iterator[Secret]:
        commit = sha.encode()
        for _, content in self._objects.contents(self._objects.sizes([commit])):
            for found in self.seeker.look(content.partition(b"\n\n")[2]):
                yield Secret(where="the commit message", line=found.line, kind=found.kind)

    def _in_names(self, changes: Mapping[bytes, Change]) -> Iterator[Secret]:
        for path, change in changes.items():
            if not change.before and (kind := self.seeker.holds(path)):
                yield Secret(where=f"the file name {self.seeker.masked(path)}", kind=kind)

    def _in_contents(self, changes: Mapping[bytes, Change], sizes: Mapping[bytes, int]) -> Iterator[Secret]:
        """In files and in the targets of links."""
        before = {change.before.sha for change in changes.values() if change.before}
        places = {
            change.after.sha: (path, change.after)
            for path, change in changes.items()
            if change.after and change.after.sha in sizes and change.after.sha not in before
        }
        held = _Held(self._objects, {sha: sizes[sha] for sha in before if sha in sizes})
        for sha, content in self._objects.contents({sha: sizes[sha] for sha in places}):
            path, entry = places[sha]
            for found in islice(self._found(content, held), _MOST):
                line = 0 if entry.mode == _LINK else found.line
                yield Secret(where=self.seeker.masked(path), line=line, kind=found.kind)

    def _found(self, content: bytes, held: _Held) -> Iterator[Found]:
        """Also in what Git LFS keeps elsewhere and uploads, which is large as a rule."""
        yield from self.seeker.look(content, held.lines)
        if (file := kept_here(self.history.folder, content)) is not None:
            yield from self.seeker.look_into(file, self.extent.max_file)

    def _links(self, sha: str) -> Mapping[str, str]:
        """All links of the commit."""
        links = self._objects.links(sha)
        targets = dict(self._objects.contents(self._objects.sizes(links.values())))
        return {os.fsdecode(path): os.fsdecode(targets[blob]) for path, blob in links.items()}


def inspection(history: History, secrets: tuple[str, ...], extent: Extent) -> Inspection:
    """One that begins now: it has a limited time. `secrets`: values that are known."""
    return Inspection(history=history, seeker=Seeker(secrets), extent=extent)


class _Held:
    """The lines that the base holds in the files that differ now; read when they are first asked for."""

    def __init__(self, objects: Objects, sizes: Mapping[bytes, int]) -> None:
        self._objects = objects
        self._sizes = sizes
        self._lines: frozenset[bytes] | None = None

    def lines(self) -> frozenset[bytes]:
        """All of them, or none where they are too many to be compared with."""
        if self._lines is None:
            few = sum(self._sizes.values()) <= _HELD_LIMIT
            contents = self._objects.contents(self._sizes) if few else ()
            self._lines = frozenset(line for _, content in contents for line in content.split(b"\n"))
        return self._lines


def _blobs(changes: Iterable[Change]) -> Iterator[Entry]:
    """What is there, and what was, but for commits of other repositories."""
    for change in changes:
        yield from (entry for entry in (change.before, change.after) if entry and not entry.submodule)


def _kind(change: Change) -> Literal["file", "link", "submodule", "gone"]:
    if any(entry and entry.submodule for entry in (change.before, change.after)):
        return "submodule"
    if change.after is None:
        return "gone"
    return "link" if change.after.mode == _LINK else "file"
