"""What a bare repository of intake's says of its commits, and merges of them: no worktree, nothing of an agent's."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.core.text import one_line
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.files import sync_folder
from issue_intake.git.fault import GitError
from issue_intake.git.files import remove_file
from issue_intake.git.program import Git, line

_GITLINK = b"160000"
_NOTHING = b"000000"
BUNDLED = "refs/intake/incoming"
_BUNDLE_SECONDS = 300.0
_CONFLICTS_SHOWN = 50
_PATHS_AT_ONCE = 200
# Beyond this many renamed files only exact copies are found: comparing all with all could take minutes.
_MERGE_OPTIONS = ("-c", "merge.renameLimit=1000")


@record
class MergedTree:
    """A merge's tree, None with the paths in conflict (cleaned, some at most) where there is no clean one."""

    tree: str | None
    conflicts: tuple[str, ...] = ()


@record
class Entry:
    """What a tree has at a path."""

    mode: bytes
    sha: bytes

    @property
    def submodule(self) -> bool:
        """Whether it stands for a commit of another repository."""
        return self.mode == _GITLINK


@record
class Change:
    """What a path was and what it became, None where there was or is nothing."""

    before: Entry | None
    after: Entry | None


@record
class History:
    """The commits in `folder`, made there or borrowed. A bare repository reads no attributes and has no drivers.

    All methods raise GitError.
    """

    git: Git
    folder: Path

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit."""
        return tuple(line(self._run("rev-list", "--parents", "--max-count=1", commit, "--")).split(" ")[1:])

    def contains(self, commit: str, other: str) -> bool:
        """Whether `other` is `commit` or comes before it."""
        return self._found("merge-base", "--is-ancestor", other, commit) is not None

    def bases(self, one: str, other: str) -> tuple[str, ...]:
        """The best common ancestors. Raises RefusedError where there are none."""
        found = self._found("merge-base", "--all", one, other)
        if found is None:
            raise RefusedError(f"commits {one[:12]} and {other[:12]} have no history in common")
        return tuple(line(found).split("\n"))

    def merged(self, ours: str, theirs: str) -> MergedTree:
        """Merge two commits with a common ancestor."""
        options = ("--write-tree", "-z", "--name-only", "--no-messages")
        try:
            return MergedTree(
                tree=_fields(self._run(*_MERGE_OPTIONS, "merge-tree", *options, ours, theirs))[0].decode()
            )
        except GitError as error:
            if error.code != 1 or not error.output:
                raise
            paths = dict.fromkeys(_fields(error.output)[1:])
            return MergedTree(tree=None, conflicts=tuple(map(shown, paths))[:_CONFLICTS_SHOWN])

    def changes(self, old: str, new: str) -> dict[bytes, Change]:
        """What differs in `new` from `old`, by path; both are commits or trees. A rename is two changes."""
        fields = _fields(self._run("diff-tree", "-r", "-z", "--no-renames", old, new))
        pairs = zip(fields[::2], fields[1::2], strict=True)
        return {path: _change(about) for about, path in pairs}

    def marked(self, tree: str, paths: Iterable[bytes]) -> set[bytes]:
        """Those of the text files `paths` in `tree` that hold both marks of a conflict."""
        every, found = list(paths), set[bytes]()
        for first in range(0, len(every), _PATHS_AT_ONCE):
            some = map(os.fsdecode, every[first : first + _PATHS_AT_ONCE])
            marks = ("--all-match", "-e", "^<<<<<<< ", "-e", "^>>>>>>> ")
            rows = self._found("--literal-pathspecs", "grep", "-z", "-l", "-I", *marks, tree, "--", *some)
            found |= {row.partition(b":")[2] for row in _fields(rows or b"")}
        return found

    def bundle(self, file: Path, commit: str, *, since: str) -> None:
        """Replace `file` by a bundle of what `commit` holds beyond `since`, as BUNDLED; its mode is 0600.

        Raises RefusedError where that is nothing, UnavailableError where it cannot be written.
        """
        if self.contains(since, commit):
            raise RefusedError(f"commit {commit[:12]} holds nothing that the worktree was not made with")
        unfinished = file.with_name(f".{file.name}.new")
        remove_file(unfinished.with_name(f"{unfinished.name}.lock"))
        self._run("update-ref", BUNDLED, commit)
        what = (os.fspath(unfinished), BUNDLED, f"^{since}")
        self._run("bundle", "create", "--quiet", *what, seconds=_BUNDLE_SECONDS)
        _put_in_place(unfinished, file)

    def _found(self, *arguments: str) -> bytes | None:
        """What git answers; None where it says no by its exit code 1."""
        try:
            return self._run(*arguments)
        except GitError as error:
            if error.code == 1:
                return None
            raise

    def _run(self, *arguments: str, seconds: float = 60.0) -> bytes:
        return self.git.local(self.folder, *arguments, seconds=seconds)


def shown(path: bytes) -> str:
    """A path fit for a message."""
    return one_line(path.decode("utf-8", "replace"))


def _fields(output: bytes) -> list[bytes]:
    return [field for field in output.split(b"\0") if field]


def _change(about: bytes) -> Change:
    old_mode, mode, old_sha, sha, *_ = about.removeprefix(b":").split(b" ")
    return Change(before=_entry(old_mode, old_sha), after=_entry(mode, sha))


def _entry(mode: bytes, sha: bytes) -> Entry | None:
    return None if mode == _NOTHING else Entry(mode=mode, sha=sha)


def _put_in_place(unfinished: Path, file: Path) -> None:
    """The file survives a power cut once this returns."""
    try:
        with unfinished.open("rb") as written:
            os.fchmod(written.fileno(), 0o600)
            os.fsync(written.fileno())
        unfinished.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise UnavailableError(f"{file} cannot be made: {error.strerror}") from None
