"""The bare repositories behind the stand-in, driven by real git that knows no settings but these."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from issue_intake.core.record import record

_AUTHOR = {"NAME": "GitHub", "EMAIL": "noreply@github.example"}
_SETTINGS = """\
[gc]
\tauto = 0
[receive]
\tautogc = false
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
"""
_PROTECTING_HOOK = """\
#!/bin/sh
grep -qxF "$1" "$GIT_DIR/protected" || exit 0
echo "error: GH006: Protected branch update failed for $1."
exit 1
"""


def environment(**more: str) -> dict[str, str]:
    """The environment of every git started here: nothing of the user's settings."""
    identity = {f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in _AUTHOR.items()}
    plain = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    return plain | identity | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"} | more


@record(kw_only=False)
class Changes:
    """How far a head is from its base."""

    commits: int
    additions: int
    deletions: int
    files: int


@record(kw_only=False)
class Bare:
    """One bare repository. Raises subprocess.CalledProcessError when git fails unexpectedly."""

    path: Path

    @classmethod
    def create(cls, path: Path) -> Bare:
        """An empty repository at `path` whose HEAD is main."""
        argv = ["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=main", os.fspath(path)]
        subprocess.run(argv, check=True, env=environment(), capture_output=True)
        with (path / "config").open("a") as config:
            config.write(_SETTINGS)
        return cls(path)

    def run(self, *args: str, stdin: bytes = b"") -> str:
        """Standard output of a git command in this repository, stripped."""
        return self.start(*args, stdin=stdin, check=True).stdout.decode().strip()

    def start(self, *args: str, stdin: bytes = b"", check: bool = False) -> subprocess.CompletedProcess[bytes]:
        """A git command in this repository, ended; unless `check`, its failure is an answer too."""
        argv = ["git", "--git-dir", os.fspath(self.path), *args]
        return subprocess.run(argv, input=stdin, check=check, env=environment(), capture_output=True)

    def branches(self) -> dict[str, str]:
        """Sha by branch name."""
        lines = self.run("for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads").splitlines()
        return {name: sha for sha, _, name in (line.partition(" ") for line in lines)}

    def commits(self, branch: str) -> list[str]:
        """Subjects of the commits on a branch, the newest first."""
        return self.run("log", "--format=%s", f"refs/heads/{branch}", "--").splitlines()

    def read(self, branch: str, path: str) -> str:
        """The text of a file on a branch, stripped."""
        return self.run("show", f"refs/heads/{branch}:{path}")

    def commit(
        self, branch: str, files: Mapping[str, str | None], message: str, at: datetime, author: str | None = None
    ) -> str:
        """Commit `files` (None removes one) on top of `branch`, or as its first commit; returns the sha."""
        name, mail = (author, f"{author}@users.example") if author else (_AUTHOR["NAME"], _AUTHOR["EMAIL"])
        stamp = f"{name} <{mail}> {int(at.timestamp())} +0000"
        ref = f"refs/heads/{branch}"
        parent = [f"from {ref}^0".encode()] if branch in self.branches() else []
        head = [f"commit {ref}".encode(), f"committer {stamp}".encode(), _data(message), *parent]
        changes = [_change(path, content) for path, content in files.items()]
        self.run("fast-import", "--quiet", stdin=b"\n".join([*head, *changes, b""]))
        return self.branches()[branch]

    def protect(self, branch: str) -> None:
        """Refuse every push to `branch` from now on."""
        hook = self.path / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(_PROTECTING_HOOK)
        hook.chmod(0o755)
        with (self.path / "protected").open("a") as protected:
            protected.write(f"refs/heads/{branch}\n")

    def protects(self, branch: str) -> bool:
        """Whether `protect` was called for it."""
        listed = self.path / "protected"
        return listed.exists() and f"refs/heads/{branch}" in listed.read_text().splitlines()

    def contains(self, ancestor: str, descendant: str) -> bool:
        """Whether `descendant` has `ancestor` in its history."""
        return self.start("merge-base", "--is-ancestor", ancestor, descendant).returncode == 0

    def merged_tree(self, base: str, head: str) -> str | None:
        """The tree that a merge of two commits would give, None when they conflict."""
        return _merged_tree(self, base, head)

    def changes(self, base: str, head: str) -> Changes:
        """What `head` holds beyond `base`."""
        return _changes(self, base, head)


@lru_cache(maxsize=1024)
def _merged_tree(bare: Bare, base: str, head: str) -> str | None:
    done = bare.start("merge-tree", "--write-tree", base, head)
    return done.stdout.decode().split()[0] if done.returncode == 0 else None


@lru_cache(maxsize=1024)
def _changes(bare: Bare, base: str, head: str) -> Changes:
    commits = int(bare.run("rev-list", "--count", f"{base}..{head}"))
    rows = [line.split("\t") for line in bare.run("diff", "--numstat", f"{base}...{head}").splitlines()]
    added, removed = (sum(int(row[column]) for row in rows if row[column] != "-") for column in (0, 1))
    return Changes(commits, added, removed, len(rows))


def _data(text: str) -> bytes:
    raw = text.encode()
    return b"data %d\n%s" % (len(raw), raw)


def _change(path: str, content: str | None) -> bytes:
    return f"D {path}".encode() if content is None else f"M 100644 inline {path}\n".encode() + _data(content)
