"""A project's clean clone: only what came from its origin, and refs of intake's that keep what was borrowed."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from pathlib import Path

from issue_intake.core.ports import Base, Worker
from issue_intake.core.record import record
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.git.fault import GitError
from issue_intake.git.files import present, remove_stale_locks
from issue_intake.git.first_copy import FirstCopy
from issue_intake.git.program import Git, line
from issue_intake.git.remote import Remote

FILE_LIMIT = 1024 * 1024


@record
class GitClone:
    """The `Clone` of one project at `folder`, a bare repository. `orders`, `reference`: see FirstCopy."""

    folder: Path
    remote: Remote
    worker: Worker
    orders: Path
    reference: Path | None = None

    @property
    def git(self) -> Git:
        """The git it is read with."""
        return self.remote.git

    def refresh(self, base: str | None) -> Base | None:
        """Fetch all branches; None while the first copy is being made. `base`: None for the remote's default branch.

        Raises UnavailableError: the remote cannot be reached, has no such branch, or the clone is damaged.
        """
        if not self.ready():
            return None
        self._check()
        branch = base or self.remote.default_branch()
        self.fetch()
        return Base(branch=branch, sha=self._sha(branch))

    def ready(self) -> bool:
        """Whether the first copy has been made; if not, it is started or followed. Raises UnavailableError."""
        return self._first_copy.ready()

    def copied(self) -> bool:
        """Whether the first copy is made. Starts nothing."""
        return self._first_copy.made()

    def last_seen(self, base: str | None) -> Base | None:
        """The base as of the latest refresh; without `base` what was the default branch at the first copy."""
        if not present(self.folder):
            return None
        try:
            head = line(self.git.local(self.folder, "symbolic-ref", "--short", "HEAD"))
            branch = base or head
            return Base(branch=branch, sha=self._sha(branch))
        except UnavailableError:
            return None

    def fetch(self) -> None:
        """Make the branches here those of the remote. Raises GitError."""
        remove_stale_locks(self.folder)
        options = ("--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        self.remote.run(self.folder, "fetch", *options, "--", self.remote.url, "+refs/heads/*:refs/heads/*")

    def remote_head(self, branch: str) -> str | None:
        """The sha the remote has for refs/heads/`branch` now. Raises GitError."""
        return self.remote.head(branch)

    def read_file(self, base: Base, path: str) -> str | None:
        """The text of a file on the base; links inside the repository are followed. None if there is none.

        Raises RefusedError for what is no UTF-8 text of at most FILE_LIMIT bytes.
        """
        name = posixpath.normpath(path)
        if posixpath.isabs(name) or name.startswith("../") or "\n" in name:
            raise RefusedError(f"{path!r} does not lie in the repository", "give a path relative to its top")
        question = f"{base.sha}:{name}\n".encode("utf-8", "surrogateescape")
        found = line(self.git.local(self.folder, "cat-file", "--batch-check", "--follow-symlinks", stdin=question))
        match found.split("\n")[0].split(" "):
            case [sha, "blob", size] if int(size) <= FILE_LIMIT:
                return self._text(sha, path)
            case [_, "blob" | "tree" | "commit", _]:
                raise RefusedError(f"{path} on {base.branch} is no file of at most {FILE_LIMIT} bytes")
            case _:
                return None

    def pin(self, number: int, sha: str) -> None:
        """Keep a commit for as long as the session of issue `number` borrows it. Raises GitError."""
        self.git.local(self.folder, "update-ref", f"{_pins(number)}base", sha)

    def pin_more(self, number: int, shas: tuple[str, ...]) -> None:
        """Keep those of the commits that are here as well. Raises GitError."""
        asked = "".join(f"{sha}\n" for sha in shas).encode()
        answers = self.git.local(self.folder, "cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=asked)
        rows = (row.split(" ") for row in line(answers).splitlines())
        here = [name for kind, name in rows if kind == "commit"]
        self._change_refs(f"update {_pins(number)}more/{sha} {sha}" for sha in here)

    def unpin(self, number: int) -> None:
        """The session borrows nothing any more. Raises GitError."""
        if present(self.folder):
            found = line(self.git.local(self.folder, "for-each-ref", "--format=%(refname)", _pins(number)))
            self._change_refs(f"delete {ref}" for ref in found.splitlines())

    def _change_refs(self, orders: Iterable[str]) -> None:
        lines = "".join(f"{order}\n" for order in orders)
        if lines:
            self.git.local(self.folder, "update-ref", "--stdin", stdin=lines.encode())

    @property
    def _first_copy(self) -> FirstCopy:
        return FirstCopy(
            remote=self.remote, target=self.folder, orders=self.orders, worker=self.worker, reference=self.reference
        )

    def _check(self) -> None:
        """The clone is a repository, and says where it comes from (the project may have been renamed since)."""
        try:
            written = line(
                self.git.local(self.folder, "config", "--local", "--default", "", "--get", "remote.origin.url")
            )
            if written != self.remote.url:
                self.git.local(self.folder, "config", "--local", "remote.origin.url", self.remote.url)
        except GitError as error:
            if error.passing:
                raise
            cure = f"delete {self.folder}; it is copied anew"
            raise UnavailableError(f"the clone {self.folder} is damaged: {error.reason}", cure) from None

    def _sha(self, branch: str) -> str:
        ref = f"refs/heads/{branch}"
        found = self.git.local(self.folder, "for-each-ref", "--format=%(objectname) %(refname)")
        shas = {name: sha for sha, name in (row.split(" ") for row in found.decode("utf-8", "replace").splitlines())}
        if ref in shas:
            return shas[ref]
        if not any(name.startswith("refs/heads/") for name in shas):
            raise UnavailableError(f"{self.remote.shown} has no commits yet", "push a first commit")
        raise UnavailableError(f"{self.remote.shown} has no branch {branch}", "make it, or correct workspace.base")

    def _text(self, sha: str, path: str) -> str:
        try:
            return self.git.local(self.folder, "cat-file", "blob", sha).decode("utf-8")
        except UnicodeDecodeError:
            raise RefusedError(f"{path} is not UTF-8 text") from None


def _pins(number: int) -> str:
    return f"refs/intake/{number}/"
