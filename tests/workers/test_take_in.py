"""A commit is brought into a worktree whatever state that is in, and whenever it was broken off before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from issue_intake.core.work import Step
from issue_intake.errors import UsageError
from issue_intake.workers.incoming import take_in_step
from tests.workers.bench import Bench

IDENTITY = "Intake <intake@example.org>"
_ENV = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def git(folder: Path, *arguments: str) -> str:
    ran = subprocess.run(("git", *arguments), cwd=folder, env=_ENV, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, (arguments, ran.stderr)
    return ran.stdout.strip()


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def commit(folder: Path, files: dict[str, str]) -> str:
    write(folder, files)
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "c")
    return git(folder, "rev-parse", "HEAD")


LINES = "".join(f"line {number}\n" for number in range(20))


@dataclass
class Scene:
    """intake's repository, the agent's with its linked worktree, both from one base."""

    bench: Bench
    ours: Path
    tree: Path
    base: str

    def incoming(self, files: dict[str, str], work: dict[str, str] | None = None) -> tuple[Path, str]:
        """A bundle and the commit in it: the base with `files` merged into intake's own commit of `work`."""
        git(self.ours, "checkout", "--quiet", "-B", "published", self.base)
        commit(self.ours, work or {})
        git(self.ours, "checkout", "--quiet", "-B", "main", self.base)
        commit(self.ours, files)
        git(self.ours, "merge", "--quiet", "--no-edit", "published")
        sha = git(self.ours, "rev-parse", "HEAD")
        git(self.ours, "update-ref", "refs/intake/incoming", sha)
        bundle = self.bench.root / f"{sha}.bundle"
        git(self.ours, "bundle", "create", "--quiet", str(bundle), "refs/intake/incoming", f"^{self.base}")
        return bundle, sha

    def step(self, incoming: tuple[Path, str]) -> Step:
        return take_in_step(*incoming, worktree=self.tree, identity=IDENTITY)

    def take_in(self, incoming: tuple[Path, str]) -> tuple[str, str]:
        """(the order's end, what the step said)."""
        ref = self.bench.run(self.step(incoming), self.bench.shell("true"))
        return self.bench.record(ref)["end"], (ref.folder / "worker.log").read_text()

    def has(self, sha: str) -> bool:
        return sha in git(self.tree, "rev-list", "HEAD").split()

    def clean(self) -> bool:
        return git(self.tree, "status", "--porcelain") == ""

    def read(self, name: str) -> str:
        return (self.tree / name).read_text()


@pytest.fixture
def scene(bench: Bench) -> Scene:
    ours, tree = bench.root / "ours", bench.worktree
    git(bench.root, "init", "--quiet", "-b", "main", str(ours))
    base = commit(ours, {"README": "hello\n", "lines": LINES, ".gitignore": "built/\n"})
    git(bench.root, "clone", "--quiet", "--bare", str(ours), "repo.git")
    tree.rmdir()
    git(bench.root / "repo.git", "worktree", "add", "--quiet", "-b", "agent/issue-7", str(tree), base)
    return Scene(bench, ours, tree, base)


def test_a_commit_is_merged_with_what_the_agent_left_uncommitted(scene: Scene) -> None:
    write(scene.tree, {"lines": LINES + "mine\n", "new file": "new\n", "built/cache": "kept\n"})
    incoming = scene.incoming({"lines": "theirs\n" + LINES, "base": "b\n"})
    assert scene.take_in(incoming) == ("exited", "")
    assert scene.has(incoming[1])
    assert scene.clean()
    assert scene.read("lines") == "theirs\n" + LINES + "mine\n"
    assert [scene.read(name) for name in ("new file", "base", "built/cache")] == ["new\n", "b\n", "kept\n"]
    assert git(scene.tree, "log", "-1", "--format=%s by %cn <%ce>", "HEAD^1") == f"Work so far by {IDENTITY}"
    assert git(scene.tree, "log", "-1", "--format=%cn <%ce>") == IDENTITY


def test_a_worktree_without_changes_gets_no_commit_of_them(scene: Scene) -> None:
    incoming = scene.incoming({"base": "b\n"})
    assert scene.take_in(incoming)[0] == "exited"
    assert git(scene.tree, "rev-parse", "HEAD") == incoming[1]


def test_the_same_changes_in_both_histories_merge_cleanly(scene: Scene) -> None:
    work = {"lines": LINES.replace("line 3\n", "3\n"), "added": "a\n"}
    commit(scene.tree, {"lines": LINES.replace("line 3\n", "half\n")})
    commit(scene.tree, work)
    incoming = scene.incoming({"lines": LINES.replace("line 17\n", "17\n")}, work)
    assert scene.take_in(incoming) == ("exited", "")
    assert scene.read("lines") == LINES.replace("line 3\n", "3\n").replace("line 17\n", "17\n")


def test_conflicts_are_named_and_left_to_the_agent(scene: Scene) -> None:
    commit(scene.tree, {"README": "mine\n", "äöü": "mine\n"})
    incoming = scene.incoming({"README": "theirs\n", "äöü": "theirs\n", "base": "b\n"})
    assert scene.take_in(incoming) == ("exited", "conflicts are left in:\nREADME\näöü\n")
    assert git(scene.tree, "rev-parse", "MERGE_HEAD") == incoming[1]
    assert "<<<<<<<" in scene.read("README")
    assert scene.read("base") == "b\n"


def test_what_is_in_or_under_way_is_left_as_it_is(scene: Scene) -> None:
    commit(scene.tree, {"README": "mine\n"})
    incoming = scene.incoming({"README": "theirs\n"})
    scene.take_in(incoming)
    write(scene.tree, {"README": "half resolved\n"})
    assert scene.take_in(incoming) == ("exited", "conflicts are left in:\nREADME\n")
    assert scene.read("README") == "half resolved\n"
    git(scene.tree, "commit", "--quiet", "-am", "resolved")
    write(scene.tree, {"README": "and more\n"})
    assert scene.take_in(incoming) == ("exited", "")
    assert git(scene.tree, "status", "--porcelain") == "M README"


def test_another_merge_under_way_is_concluded_and_its_conflicts_are_still_named(scene: Scene) -> None:
    commit(scene.tree, {"README": "mine\n"})
    first = scene.incoming({"README": "theirs\n"})
    scene.take_in(first)
    git(scene.ours, "checkout", "--quiet", "main")
    second = scene.incoming({"README": "theirs\n", "base": "b\n"})
    end, said = scene.take_in(second)
    assert (end, "README\n" in said) == ("exited", True)
    assert scene.has(first[1])
    assert scene.read("base") == "b\n"


@pytest.mark.parametrize("command", [("cherry-pick", "other"), ("revert", "--no-edit", "HEAD~1")])
def test_whatever_else_is_under_way_is_concluded(scene: Scene, command: tuple[str, ...]) -> None:
    git(scene.tree, "checkout", "--quiet", "-b", "other")
    commit(scene.tree, {"README": "other\n"})
    git(scene.tree, "checkout", "--quiet", "agent/issue-7")
    commit(scene.tree, {"README": "one\n"})
    commit(scene.tree, {"README": "two\n"})
    ran = subprocess.run(("git", *command), cwd=scene.tree, env=_ENV, capture_output=True, check=False)
    assert ran.returncode == 1, ran.stderr
    incoming = scene.incoming({"base": "b\n"})
    write(scene.tree, {"README": "two\n"})
    assert scene.take_in(incoming)[0] == "exited"
    assert scene.has(incoming[1])


def test_no_hook_filter_of_lfs_or_signing_is_in_the_way(scene: Scene) -> None:
    hooks = scene.bench.root / "repo.git" / "hooks"
    for name in ("pre-commit", "commit-msg", "pre-merge-commit", "post-commit", "post-merge", "reference-transaction"):
        (hooks / name).write_text("#!/bin/sh\ntouch ran-a-hook\nexit 1\n")
        (hooks / name).chmod(0o755)
    git(scene.tree, "config", "commit.gpgSign", "true")
    git(scene.tree, "config", "merge.ff", "only")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    write(scene.tree, {"mine": "m\n"})
    incoming = scene.incoming({".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "a.bin": pointer})
    assert scene.take_in(incoming) == ("exited", "")
    assert scene.read("a.bin") == pointer
    assert not (scene.tree / "ran-a-hook").exists()


def test_modes_links_and_submodules_are_taken_as_they_come(scene: Scene) -> None:
    (scene.tree / "README").chmod(0o755)
    (scene.tree / "link").symlink_to("/nowhere")
    git(scene.ours, "checkout", "--quiet", "-B", "published", scene.base)
    git(scene.ours, "update-index", "--add", "--cacheinfo", f"160000,{scene.base},sub")
    incoming = scene.incoming({"base": "b\n"})
    assert scene.take_in(incoming) == ("exited", "")
    assert scene.clean()
    assert git(scene.tree, "ls-files", "--stage", "README").startswith("100755")


def test_repositories_in_the_worktree_do_not_keep_the_rest_out(scene: Scene) -> None:
    git(scene.tree, "init", "--quiet", "unborn")
    git(scene.tree, "init", "--quiet", "nested")
    commit(scene.tree / "nested", {"a": "a\n"})
    write(scene.tree, {"mine": "m\n"})
    incoming = scene.incoming({"base": "b\n"})
    assert scene.take_in(incoming)[0] == "exited"
    assert scene.has(incoming[1])
    assert "mine" in git(scene.tree, "ls-files").split()
    assert (scene.tree / "nested" / "a").exists()


def test_a_bundle_with_another_commit_is_refused(scene: Scene) -> None:
    bundle, sha = scene.incoming({"base": "b\n"})
    end, said = scene.take_in((bundle, "0" * 40))
    assert end == "setup_failed"
    assert said == f"000000000000 could not be taken in: the bundle holds {sha[:12]}\n"
    assert not (scene.tree / "base").exists()


@pytest.mark.parametrize("harm", ["no bundle", "no bundle file", "no repository"])
def test_what_cannot_be_done_is_said_in_one_line(scene: Scene, harm: str) -> None:
    bundle, sha = scene.incoming({"base": "b\n"})
    match harm:
        case "no bundle":
            bundle.write_text("nonsense")
        case "no bundle file":
            bundle.unlink()
        case _:
            (scene.tree / ".git").unlink()
    end, said = scene.take_in((bundle, sha))
    assert end == "setup_failed"
    assert said.startswith(f"{sha[:12]} could not be taken in: git ")
    assert said.count("\n") == 1


def test_a_merge_that_is_refused_leaves_everything_to_whoever_mends_it(scene: Scene) -> None:
    git(scene.tree, "checkout", "--quiet", "--orphan", "elsewhere")
    incoming = scene.incoming({"base": "b\n"})
    end, said = scene.take_in(incoming)
    assert end == "setup_failed"
    assert "unrelated histories" in said
    write(scene.tree, {"README": "mended by hand\n"})
    assert scene.take_in(incoming)[0] == "setup_failed"
    assert scene.read("README") == "mended by hand\n"


def test_what_a_killed_merge_left_is_not_taken_for_work(scene: Scene) -> None:
    head = commit(scene.tree, {"lines": LINES + "mine\n"})
    incoming = scene.incoming({"lines": "theirs\n" + LINES, "base": "b\n"})
    folder = Path(git(scene.tree, "rev-parse", "--absolute-git-dir"))
    (folder / "intake-take-in").write_text(f"{head} {scene.bench.attempts}\n")
    (folder / "index.lock").touch()
    write(scene.tree, {"lines": "theirs\nli", "base": ""})
    assert scene.take_in(incoming) == ("exited", "")
    assert (scene.read("lines"), scene.read("base")) == ("theirs\n" + LINES + "mine\n", "b\n")
    assert git(scene.tree, "show", "refs/intake/torn:lines") == "theirs\nli"
    assert not (folder / "intake-take-in").exists()


def test_work_of_an_attempt_between_is_never_undone(scene: Scene) -> None:
    head = git(scene.tree, "rev-parse", "HEAD")
    folder = Path(git(scene.tree, "rev-parse", "--absolute-git-dir"))
    (folder / "intake-take-in").write_text(f"{head} 1\n")
    scene.bench.attempts = 2
    write(scene.tree, {"README": "work\n"})
    assert scene.take_in(scene.incoming({"base": "b\n"})) == ("exited", "")
    assert scene.read("README") == "work\n"


def test_killed_at_any_moment_it_ends_as_if_it_had_not_been(scene: Scene) -> None:
    mine = {f"d{n % 7}/f{n}": f"{LINES}mine {n}\n" for n in range(150)}
    theirs = {f"d{n % 7}/f{n}": f"theirs {n}\n{LINES}" for n in range(150)}
    scene.base = commit(scene.ours, dict.fromkeys(mine, LINES))
    git(scene.tree, "fetch", "--quiet", str(scene.ours), "HEAD")
    git(scene.tree, "reset", "--quiet", "--hard", "FETCH_HEAD")
    incoming = scene.incoming({**theirs, **{f"new/{n}": "new\n" for n in range(100)}})
    for index in range(4):
        git(scene.tree, "reset", "--quiet", "--hard", scene.base)
        write(scene.tree, mine)
        for moment, number in ((0.06 + index * 0.03, signal.SIGTERM), (0.2 - index * 0.03, signal.SIGKILL)):
            _kill_after(scene, incoming, moment, number)
        assert scene.take_in(incoming) == ("exited", "")
        assert scene.clean()
        assert all(scene.read(name) == f"theirs {n}\n{text}" for n, (name, text) in enumerate(mine.items()))
        assert scene.read("new/99") == "new\n"


def _kill_after(scene: Scene, incoming: tuple[Path, str], seconds: float, number: int) -> None:
    run = {**scene.bench.environ, "INTAKE_RUN": f"{scene.bench.slug}/7/{scene.bench.attempts}"}
    with subprocess.Popen(scene.step(incoming).argv, cwd=scene.tree, env=run, start_new_session=True) as process:
        time.sleep(seconds)
        if process.poll() is None:
            os.killpg(process.pid, number)


def test_the_step_runs_this_python_without_anything_of_the_users(scene: Scene) -> None:
    step = scene.step((Path("/b"), "a" * 40))
    assert step.argv[:3] == (sys.executable, "-I", "-S")
    assert step.argv[4:] == ("/b", "a" * 40, "Intake", "intake@example.org")
    with pytest.raises(UsageError):
        take_in_step(Path("/b"), "a" * 40, worktree=scene.tree, identity="nobody")
