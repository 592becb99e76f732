"""What the tests of this room stand on: an origin, a worker that runs orders at once, sessions."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from issue_intake.core.attempt import End, Outcome
from issue_intake.core.model import Session, Stage
from issue_intake.core.ports import Base, CommitText, Worker
from issue_intake.core.work import Absent, Ended, Order, Ref, Sight
from issue_intake.git.program import Git
from issue_intake.git.remote import Credential, Remote
from issue_intake.git.repository import GitClone
from issue_intake.git.worktree import GitWorktrees

NOW = datetime(2026, 11, 21, 12, 0, 7, tzinfo=UTC)
TEXT = CommitText(message="Add a line\n\nBecause.", at=NOW)


def git(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Run git as a person would."""
    done = subprocess.run(
        ("git", "-C", str(folder), *arguments), capture_output=True, check=False, env={**os.environ, **(env or {})}
    )
    if done.returncode:
        raise AssertionError(f"git {arguments}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="surrogateescape").strip()


@dataclass
class DirectWorker:
    """Runs an order's steps when it is started, and remembers how it ended."""

    sights: dict[Path, Sight] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    survivors: bool = False

    def start(self, order: Order) -> Mapping[str, str | int]:
        order.folder.mkdir()
        self.orders.append(order)
        self.sights[order.folder] = Ended(self._run(order))
        return {"pid": 1}

    def look(self, ref: Ref) -> Sight:
        return self.sights.get(ref.folder, Absent()) if ref.folder.exists() else Absent()

    def stop(self, ref: Ref) -> None:
        """Nothing outlives `start`."""

    def end_leftovers(self, ref: Ref) -> bool:
        return not self.survivors

    def _run(self, order: Order) -> End:
        for step in order.steps:
            env = {**order.env, **step.env}
            done = subprocess.run(step.argv, cwd=step.cwd, env=env, capture_output=True, text=True, check=False)
            if done.returncode:
                last = (done.stderr.strip().splitlines() or [""])[-1]
                return End(outcome=Outcome.SETUP_FAILED, ended_at=NOW, error="exit code", last_line=last)
        return End(outcome=None, ended_at=NOW)


@dataclass
class Origin:
    """A bare repository on this disk, written to through a clone of its own, as another person would."""

    path: Path
    desk: Path

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def head(self, branch: str = "main") -> str | None:
        return self.refs().get(f"refs/heads/{branch}")

    def refs(self) -> dict[str, str]:
        rows = git(self.path, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(row.split(" ", 1) for row in rows)

    def commit(self, files: Mapping[str, str], *, branch: str = "main", message: str = "more") -> str:
        """A commit by somebody else on `branch`, made from where that branch stands."""
        if self.head(branch):
            git(self.desk, "fetch", "-q", "origin", branch)
            git(self.desk, "checkout", "-q", "-B", branch, "FETCH_HEAD")
        else:
            git(self.desk, "checkout", "-q", "-B", branch)
        for name, text in files.items():
            path = self.desk / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git(self.desk, "add", "-A")
        git(self.desk, "commit", "-q", "-m", message)
        git(self.desk, "push", "-q", "origin", branch)
        return git(self.desk, "rev-parse", "HEAD")


_FILES = {"README.md": "Hello\n", "src/a.py": "a = 1\n", ".gitignore": "*.log\n"}


def make_origin(folder: Path, files: Mapping[str, str] | None = None) -> Origin:
    """An origin with one commit on main; `files` {} for an empty repository."""
    if files is not None:
        return _made_origin(folder, files)
    pattern = Path(_pattern().name)
    shutil.copytree(pattern, folder, symlinks=True, dirs_exist_ok=True)
    config = folder / "desk" / ".git" / "config"
    config.write_text(config.read_text().replace(str(pattern), str(folder)))
    return Origin(folder / "origin.git", folder / "desk")


@cache
def _pattern() -> tempfile.TemporaryDirectory[str]:
    """The usual origin, made once and copied for each test."""
    folder = tempfile.TemporaryDirectory(prefix="intake-origin-")
    _made_origin(Path(folder.name), _FILES)
    return folder


def _made_origin(folder: Path, files: Mapping[str, str]) -> Origin:
    path, desk = folder / "origin.git", folder / "desk"
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "--bare", "-b", "main", str(path))
    git(folder, "clone", "-q", str(path), str(desk))
    origin = Origin(path, desk)
    if files:
        origin.commit(files, message="first")
    return origin


@dataclass
class Place:
    """A home of intake's with one project."""

    home: Path
    origin: Origin
    worker: DirectWorker
    clone: GitClone
    worktrees: GitWorktrees

    def base(self, branch: str | None = None) -> Base:
        """Refresh until the first copy is there."""
        base = self.clone.refresh(branch) or self.clone.refresh(branch)
        assert base
        return base

    def prepared(self, number: int = 7) -> Session:
        """A session whose worktree is ready."""
        base = self.base()
        session = replace(a_session(number), base=base.branch, base_sha=base.sha)
        self.worktrees.prepare(session, base)
        return replace(session, workspace="ready", worktree=str(self.worktree(number)))

    def worktree(self, number: int = 7) -> Path:
        return self.home / "worktrees" / "acme-webshop" / f"issue-{number}"

    def session_folder(self, number: int = 7) -> Path:
        return self.home / "sessions" / "acme-webshop" / str(number)

    def published(self, session: Session, sha: str) -> dict[str, str]:
        """Mode and content of each file in a commit of intake's."""
        folder = self.session_folder(session.number) / "publish.git"
        rows = git(folder, "ls-tree", "-r", "-z", sha).split("\0")
        split = [row.split("\t", 1) for row in rows if row]
        return {
            name: git(folder, "cat-file", "blob", about.split(" ")[2]) if "blob" in about else about
            for about, name in split
        }


def a_place(
    home: Path,
    origin: Origin,
    *,
    url: str | None = None,
    credential: Credential | None = None,
    reference: Path | None = None,
    author: str | None = None,
    environ: Mapping[str, str] | None = None,
    lfs: bool = False,
) -> Place:
    """The real parts over an origin."""
    worker = DirectWorker()
    seam: Worker = worker
    program = Git(environ=os.environ if environ is None else environ)
    clone = GitClone(
        folder=home / "repos" / "acme-webshop.git",
        remote=Remote(git=program, url=url or origin.url, credential=credential),
        worker=seam,
        orders=home / "repos" / ".acme-webshop.clone",
        reference=reference,
    )
    trees = GitWorktrees(clone=clone, sessions=home / "sessions", worktrees=home / "worktrees", author=author, lfs=lfs)
    return Place(home, origin, worker, clone, trees)


def a_session(number: int = 7) -> Session:
    """A session right after its claim."""
    return Session(
        key=f"github:acme/webshop#{number}",
        project="webshop",
        repository="acme/webshop",
        repo_id=1,
        number=number,
        title="A title",
        url=f"https://github.com/acme/webshop/issues/{number}",
        stage=Stage.IN_PROGRESS,
        since=NOW,
        created_at=NOW,
        branch=f"agent/issue-{number}",
    )


def texts_below(*folders: Path) -> Iterable[tuple[Path, bytes]]:
    """Every file below the folders, links not followed."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path, path.read_bytes()
