"""Worktrees and commits in a repository of twenty thousand files."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from issue_intake.core.model import Stage
from issue_intake.core.ports import Base, CommitText
from issue_intake.git.program import Git
from issue_intake.git.remote import Remote
from issue_intake.git.repository import GitClone
from issue_intake.git.worktree import GitWorktrees
from issue_intake.wiring.home import Installation, installation
from issue_intake.wiring.projects import Asked
from issue_intake.wiring.running import tick
from tests.benchmarks.bench import Bench
from tests.benchmarks.homes import GIT_HOST, Home, make_home, session, user
from tests.benchmarks.measure import Act, program
from tests.benchmarks.repos import git, give_identity, make_repository
from tests.benchmarks.server import serving
from tests.benchmarks.table import Row

_FILES = 20_000
_SESSIONS = 10
_LIMITS = f"{{running: {_SESSIONS}, starts_per_day: 10000}}"
_MORE = f"    limits: {{running: {_SESSIONS}, open_pulls: {_SESSIONS}}}\n"


def launching(bench: Bench) -> Iterator[Row]:
    """Ticks that claim one issue each and start its worker, in turn with bare worktrees: the disk's moods hit both.

    A tick asks the remote once however much it launches, so ten in one tick cost less than ten times this.
    """
    origin, plain = bench.folder / "origins" / "acme" / "shop-1.git", bench.folder / "plain"
    base = make_repository(origin, _FILES)
    git("clone", "--quiet", "--bare", os.fspath(origin), os.fspath(plain / "clone.git"))
    give_identity(bench.folder, {GIT_HOST: bench.folder / "origins"})
    with serving(issues=_SESSIONS) as api, user(bench.folder):
        home = make_home(bench.folder / "home", api=api, limits=_LIMITS, more=_MORE)
        _first_copy(home)

        def bare() -> None:
            where = os.fspath(plain / "issue-1")
            git("worktree", "add", "--quiet", "-b", "issue-1", where, base, folder=plain / "clone.git")

        def clear() -> None:
            _forget(home)
            _remove_worktree(plain)

        pair = bench.acts(bare, lambda: _launch(home), before=clear)
    yield bench.row(f"launching a session, {_FILES:,} files", pair, most_times=1.25)


def _launch(home: Home) -> None:
    told, code = tick(installation(home.path, None), Asked(most=1))
    assert code == 0
    assert [acted.action for acted in told.actions] == ["prepare", "launch"]


def _first_copy(home: Home) -> None:
    """Tick until the clone is in its place."""
    clones = home.path / "repos"
    while not list(clones.glob("[!.]*.git")):
        program(home.intake("run"), home.env)()
        time.sleep(0.2)


def _forget(home: Home) -> None:
    """Nothing was ever started: only the clone stays."""
    while [lock for lock in home.path.glob("sessions/*/*/*/lock") if not (lock.parent / "exit.json").exists()]:
        time.sleep(0.05)
    for name in ("sessions", "worktrees", "cache"):
        shutil.rmtree(home.path / name, ignore_errors=True)
    (home.path / "state.json").unlink(missing_ok=True)


def _remove_worktree(plain: Path) -> None:
    clone = plain / "clone.git"
    shutil.rmtree(plain / "issue-1", ignore_errors=True)
    git("worktree", "prune", folder=clone)
    git("update-ref", "-d", "refs/heads/issue-1", folder=clone)


def publishing(bench: Bench) -> Iterator[Row]:
    """The first commit of a session's worktree, one file changed, against git in a fresh index."""
    give_identity(bench.folder, {})
    clone, index = bench.folder / "clone.git", bench.folder / "index"
    base = make_repository(clone, _FILES)
    home = installation(bench.folder / "home", None)
    worktrees = _worktrees(home, clone)
    claimed = replace(session(1, Stage.IN_PROGRESS), worktree="", base_sha=base, workspace="none")
    worktrees.prepare(claimed, Base(branch="main", sha=base))
    worktree = home.ref(claimed).worktree
    (worktree / "folder-7" / "file-700.txt").write_text("changed\n")
    text = CommitText(message="Change a line", at=datetime.now(UTC))

    def fresh() -> None:
        index.unlink(missing_ok=True)
        shutil.rmtree(home.ref(claimed).folder.parent / "publish.git", ignore_errors=True)

    bare = _bare_commit(clone, worktree, index, base)
    pair = bench.acts(bare, lambda: worktrees.commit(claimed, text), before=fresh)
    yield bench.row(f"publishing one changed file of {_FILES:,}", pair, most_times=1.5)


def _worktrees(home: Installation, clone: Path) -> GitWorktrees:
    user_git = Git(environ={"PATH": os.environ.get("PATH", os.defpath), "HOME": os.fspath(clone.parent)})
    remote = Remote(git=user_git, url=GIT_HOST)
    return GitWorktrees(
        clone=GitClone(folder=clone, remote=remote, worker=home.worker, orders=clone.with_name("orders")),
        sessions=home.paths.sessions,
        worktrees=home.paths.worktrees,
        author="Bench <bench@example.org>",
    )


def _bare_commit(clone: Path, worktree: Path, index: Path, base: str) -> Act:
    places = {"GIT_DIR": clone, "GIT_WORK_TREE": worktree, "GIT_INDEX_FILE": index, "HOME": clone.parent}
    env = {name: os.fspath(path) for name, path in places.items()} | {"GIT_CONFIG_PARAMETERS": "'core.bare=false'"}

    def commit() -> None:
        git("add", "-A", folder=worktree, env=env)
        git("commit-tree", "-m", "Change a line", "-p", base, git("write-tree", env=env), env=env)

    return commit
