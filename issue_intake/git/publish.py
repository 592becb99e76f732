"""intake's own commits of a worktree's files, made in a repository of its own that no agent can write."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from issue_intake.core.names import name_and_mail
from issue_intake.core.ports import CommitText
from issue_intake.core.record import record
from issue_intake.core.text import one_line
from issue_intake.errors import RefusedError
from issue_intake.git.bare import ignore, make_bare
from issue_intake.git.fault import GitError
from issue_intake.git.files import is_directory, present, remove_file, remove_stale_locks
from issue_intake.git.history import Change, History, shown
from issue_intake.git.large import FILTER
from issue_intake.git.lfs import check_pointers, pointers
from issue_intake.git.neutral import index_rows, kept, settings_among
from issue_intake.git.program import Git, line

FILES_SECONDS = 300.0
_GITLINK = b"160000"


@record
class Identity:
    """Who intake's commits are by."""

    name: str
    mail: str


def identity(git: Git, configured: str | None) -> Identity:
    """The identity `configured` as "Name <mail>", else that of the user's git configuration.

    Raises RefusedError where neither gives one.
    """
    written = configured or f"{git.setting('user.name') or ''} <{git.setting('user.email') or ''}>"
    found = name_and_mail(written)
    if found is None:
        fault = f"{one_line(written)!r} is no identity" if configured else "git knows no name and mail for commits"
        raise RefusedError(fault, 'set publish.author: "Name <mail>", or git config --global user.name and user.email')
    return Identity(name=found[0], mail=found[1])


@record
class Files:
    """The tree of a worktree's files. `left_out`: what it has there otherwise than in the tree."""

    tree: str
    left_out: tuple[bytes, ...] = ()


@record
class Publication:
    """The repository `folder` of one session's own commits, over the files of `worktree`.

    The worktree is read as files: its `.git` and the agent's repository are never looked at. Filters that attributes
    name are not defined here, so their files are taken as they are. `index`: a file of intake's, there or not, that
    remembers how the files were when they were last read. `neutralised`: settings that run code were left out of the
    worktree, and stay what they were; so do those that match `obeyed`. `leaves`: patterns of files that are nobody's
    work, as git ignores them. `lfs`: what attributes give to Git LFS becomes a pointer, its content an object
    below `folder`; without it such a file is refused.
    """

    git: Git
    folder: Path
    index: Path
    worktree: Path
    lender: Path
    neutralised: bool = False
    obeyed: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    lfs: bool = False

    @property
    def history(self) -> History:
        """The commits in it."""
        return History(git=self.git, folder=self.folder)

    def make(self, sha: str) -> None:
        """Make the repository if there is none yet; `sha`: one of the lender's. Raises GitError."""
        if not present(self.folder):
            make_bare(self.git, self.folder, lender=self.lender, sha=sha)
        remove_stale_locks(self.folder)
        ignore(self.folder, self.leaves)
        # One tick runs at a time, so a lock that is there was left by a git that was killed.
        remove_file(self.index.with_name(f"{self.index.name}.lock"))

    def has(self, sha: str) -> bool:
        """Whether the commit is at hand, made here or borrowed. Raises GitError."""
        answer = self._run("cat-file", "--batch-check=%(objecttype)", stdin=f"{sha}\n".encode())
        return line(answer) == "commit"

    def tree_of(self, commit: str) -> str:
        """The tree of a commit. Raises GitError."""
        return line(self._run("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}"))

    def snapshot(self, parent: str, brought: Mapping[bytes, Change] = MappingProxyType({})) -> Files:
        """The tree of the worktree's files, those that `parent` tracks and the others that are not ignored.

        `brought`: what else was taken in, so that it is tracked too. The index persists: only changed files are read
        again. Submodules stay what they are in `parent`, or were brought to, while their folder is empty. Raises
        RefusedError on a nested repository and on files git cannot take, GitError otherwise.
        """
        if not is_directory(self.worktree):
            raise RefusedError(f"{self.worktree} is not the folder intake made", "put it back, or ask again")
        self._read_tree(parent)
        rows = self._run("ls-tree", "-r", "-z", "--full-tree", parent).split(b"\0")
        known = _submodules(rows)
        # Left in the index, a submodule with something planted in its place would be opened as a repository.
        self._enter((b"0 %s\t%s" % (b"0" * len(sha), path)) for path, sha in known.items())
        # Entered anew, settings lose the mark of what is left out of a worktree: whatever lies there is seen.
        unmarked = index_rows(settings_among(rows, self.obeyed), parent) if self.neutralised else ()
        self._enter((*unmarked, *_added(brought)))
        submodules = _moved_on(known, brought)
        self._refuse_nested(submodules)
        self._add()
        kept = {path: sha for path, sha in submodules.items() if self._is_inner_directory(path)}
        self._enter((b"160000 %s\t%s" % (sha, path)) for path, sha in kept.items())
        tree = line(self._run("write-tree"))
        return self._neutralise(parent, tree, brought) if self.neutralised else Files(tree=tree)

    def check_pointers(self, parents: tuple[str, ...], tree: str) -> None:
        """Raises RefusedError where a file would be published that belongs into Git LFS; GitError otherwise."""
        check_pointers(self._run, parents, tree)

    def pointers(self, commit: str) -> tuple[bytes, ...]:
        """The pointers to large files that `commit` has otherwise than its first parent. Raises GitError."""
        return pointers(self._run, (self.history.parents(commit) or (commit,))[0], commit)

    def commit(self, tree: str, parents: tuple[str, ...], text: CommitText, by: Identity) -> str:
        """Commit a tree on top of `parents`; the same arguments give the same sha. Raises GitError."""
        date = f"@{int(text.at.timestamp())} +0000"
        people = {
            f"GIT_{role}_{field}": value
            for role in ("AUTHOR", "COMMITTER")
            for field, value in (("NAME", by.name), ("EMAIL", by.mail), ("DATE", date))
        }
        message = f"{text.message.replace(chr(0), '').strip()}\n".encode("utf-8", "replace")
        below = (part for parent in parents for part in ("-p", parent))
        return line(self._run("commit-tree", tree, *below, stdin=message, env=people))

    def keep(self, branch: str, sha: str) -> None:
        """Let refs/heads/`branch` here stand for `sha`. Raises GitError."""
        self._run("update-ref", f"refs/heads/{branch}", sha)

    def _read_tree(self, parent: str) -> None:
        """Let the index say what `parent` does; what it knows of unchanged files stays. A damaged one is made anew."""
        try:
            self._run("read-tree", "--reset", parent)
        except GitError:
            remove_file(self.index)
            self._run("read-tree", "--reset", parent)

    def _add(self) -> None:
        try:
            self._run(*(FILTER if self.lfs else ()), "add", "--all", seconds=FILES_SECONDS)
        except GitError as error:
            if error.passing:
                raise
            raise RefusedError(f"the files in {self.worktree} cannot be committed: {error.reason}") from None

    def _refuse_nested(self, submodules: Mapping[bytes, bytes]) -> None:
        """git lists a nested repository as a path that ends in a slash, and looks no further into it."""
        new = self._run("ls-files", "-z", "--others", "--exclude-standard", seconds=FILES_SECONDS).split(b"\0")
        for path in new:
            if path.endswith(b"/"):
                cure = "only files are published: remove its .git, or have it ignored"
                raise RefusedError(f"{shown(path)} in the worktree is a git repository of its own", cure)
            inside = next((s for s in submodules if path.startswith(s + b"/")), None)
            if inside:
                raise RefusedError(
                    f"{shown(path)} lies in the submodule {shown(inside)}", "work in submodules is not published"
                )

    def _neutralise(self, parent: str, tree: str, brought: Mapping[bytes, Change]) -> Files:
        """The files with the settings as `parent` has them, or what was brought."""
        settings = kept(self.history.changes(parent, tree), brought, self.obeyed)
        if settings.entries:
            self._enter(index_rows(settings.entries, tree))
            tree = line(self._run("write-tree"))
        return Files(tree=tree, left_out=settings.left_out)

    def _enter(self, rows: Iterable[bytes]) -> None:
        """Change entries of the index, which knows no way to do that to a submodule by its files."""
        if data := b"\0".join(rows):
            self._run("update-index", "-z", "--index-info", stdin=data + b"\0")

    def _is_inner_directory(self, path: bytes) -> bool:
        parts = os.fsdecode(path).split("/")
        return all(is_directory(self.worktree.joinpath(*parts[:depth])) for depth in range(1, len(parts) + 1))

    def _run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        seconds: float = FILES_SECONDS,
    ) -> bytes:
        places = {"GIT_WORK_TREE": os.fspath(self.worktree), "GIT_INDEX_FILE": os.fspath(self.index)}
        bare = ("-c", "core.bare=false")
        return self.git.local(
            self.folder, *bare, *arguments, env={**places, **(env or {})}, stdin=stdin, seconds=seconds
        )


def _submodules(rows: Iterable[bytes]) -> dict[bytes, bytes]:
    """Path and sha of each submodule among the rows of `git ls-tree -r -z`."""
    links = (row.partition(b"\t") for row in rows if row.startswith(_GITLINK))
    return {path: about.split(b" ")[2] for about, _, path in links}


def _added(brought: Mapping[bytes, Change]) -> Iterator[bytes]:
    """Index entries of the new files: an ignored one is tracked by being in the index alone."""
    for path, change in brought.items():
        if change.after and not change.before and not change.after.submodule:
            yield b"%s %s\t%s" % (change.after.mode, change.after.sha, path)


def _moved_on(submodules: Mapping[bytes, bytes], brought: Mapping[bytes, Change]) -> dict[bytes, bytes]:
    """The submodules after what was brought, where they still are what it was brought against."""
    moved = dict(submodules)
    for path, change in brought.items():
        before = change.before.sha if change.before and change.before.submodule else None
        if submodules.get(path) != before:
            continue
        moved.pop(path, None)
        if change.after and change.after.submodule:
            moved[path] = change.after.sha
    return moved
