"""Worktrees and commits in a repository of twenty thousand files."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from issue_intake.core.leaving import Extent
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
    """A tick that claims ten issues and starts their workers, in turn with ten bare worktrees.

    Twenty large worktrees a round take long, so seven rounds must do. ext4 looks past every file deleted in the last
    minutes before it makes one: `--scratch` on a tmpfs is steadier.
    """
    origin, plain = bench.folder / "origins" / "acme" / "shop-1.git", bench.folder / "plain"
    base = make_repository(origin, _FILES)
    git("clone", "--quiet", "--bare", os.fspath(origin), os.fspath(plain / "clone.git"))
    give_identity(bench.folder, {GIT_HOST: bench.folder / "origins"})
    fewer = replace(bench, rounds=min(7, bench.rounds))
    with serving(issues=_SESSIONS) as api, user(bench.folder):
        home = make_home(bench.folder / "home", api=api, limits=_LIMITS, more=_MORE)
        _first_copy(home)

        def clear() -> None:
            _forget(home)
            _remove_worktrees(plain)
            os.sync()  # neither pays for what the other left to be written

        pair = fewer.acts(lambda: _add_worktrees(plain, base), lambda: _launch(home), before=clear)
    yield bench.row(f"launching {_SESSIONS} sessions, {_FILES:,} files", pair, most_times=1.25)


def _launch(home: Home) -> None:
    """One tick, and another where the disk is so slow that the first runs out of its own time."""
    launched = 0
    for _ in range(2):
        told, code = tick(installation(home.path, None), Asked())
        assert code == 0
        launched += sum(acted.action == "launch" for acted in told.actions)
        if launched == _SESSIONS:
            return
    raise AssertionError(f"{launched} launched")


def _add_worktrees(plain: Path, base: str) -> None:
    for number in range(1, _SESSIONS + 1):
        where = os.fspath(plain / f"issue-{number}")
        git("worktree", "add", "--quiet", "-b", f"issue-{number}", where, base, folder=plain / "clone.git")


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


def _remove_worktrees(plain: Path) -> None:
    clone = plain / "clone.git"
    for worktree in plain.glob("issue-*"):
        shutil.rmtree(worktree)
    git("worktree", "prune", folder=clone)
    for number in range(1, _SESSIONS + 1):
        git("update-ref", "-d", f"refs/heads/issue-{number}", folder=clone)


def publishing(bench: Bench) -> Iterator[Row]:
    """The first commit of a worktree, one file changed, and the look through it, against git in a fresh index.

    Ours finds the index that was kept when the worktree was made, as the first publication does; a home without it
    reads every file, as the floor does.
    """
    give_identity(bench.folder, {})
    clone, fresh, kept = bench.folder / "clone.git", bench.folder / "fresh", bench.folder / "kept"
    base = make_repository(clone, _FILES)
    home = installation(bench.folder / "home", None)
    worktrees = _worktrees(home, clone)
    claimed = replace(session(1, Stage.IN_PROGRESS), worktree="", base_sha=base, workspace="none")
    worktrees.prepare(claimed, Base(branch="main", sha=base))
    worktree, folder = home.ref(claimed).worktree, home.ref(claimed).folder.parent
    (worktree / "folder-7" / "file-700.txt").write_text("changed\n")
    shutil.copy2(folder / "index", kept)
    text = CommitText(message="Change a line", at=datetime.now(UTC))

    def forget() -> None:
        fresh.unlink(missing_ok=True)
        (folder / "index").unlink(missing_ok=True)
        shutil.rmtree(folder / "publish.git", ignore_errors=True)

    def as_prepared() -> None:
        forget()
        shutil.copy2(kept, folder / "index")

    def publish() -> None:
        made = worktrees.commit(claimed, text)
        seen = worktrees.inspect(claimed, Base(branch="main", sha=base), made.sha, Extent())
        assert [each.path for each in seen.paths] == ["folder-7/file-700.txt"]

    bare = _bare_commit(clone, worktree, fresh, base)
    first = bench.acts(bare, publish, before=as_prepared)
    blind = bench.acts(bare, publish, before=forget)
    yield bench.row(f"publishing one changed file of {_FILES:,}", first, most_times=1.5)
    yield bench.row("  the same with the kept index lost", blind)


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
