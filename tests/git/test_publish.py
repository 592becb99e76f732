"""What is published is the worktree's files, whatever an agent did to git around them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from issue_intake.core.model import Session
from issue_intake.core.ports import CommitText
from issue_intake.errors import RefusedError
from tests.git.places import NOW, TEXT, Origin, Place, a_place, a_session, git


def test_a_commit_holds_the_files_as_they_are_honouring_gitignore(place: Place) -> None:
    session = place.prepared()
    tree = place.worktree()
    (tree / "new.txt").write_text("new\n")
    (tree / "noise.log").write_text("ignored")
    (tree / "src" / "a.py").unlink()
    (tree / "README.md").write_text("Hello, world\n")

    commit = place.worktrees.commit(session, TEXT)

    assert commit.changed
    files = place.published(session, commit.sha)
    assert files == {".gitignore": "*.log", "README.md": "Hello, world", "new.txt": "new"}
    shown = git(place.session_folder() / "publish.git", "log", "-1", "--format=%P|%an <%ae>|%cn|%at|%B", commit.sha)
    assert (
        shown
        == f"{session.base_sha}|Test Person <person@example.org>|Test Person|{int(NOW.timestamp())}|{TEXT.message}"
    )


def test_repeating_a_commit_gives_the_same_sha_in_any_home(place: Place, tmp_path: Path) -> None:
    other = a_place(tmp_path / "another home", place.origin)
    shas = set()
    for each in (place, other):
        session = each.prepared()
        (each.worktree() / "new.txt").write_text("new\n")
        shas |= {each.worktrees.commit(session, TEXT).sha, each.worktrees.commit(session, TEXT).sha}

    assert len(shas) == 1


def test_the_date_is_the_texts_own_and_makes_another_commit(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / "new.txt").write_text("new\n")

    first = place.worktrees.commit(session, TEXT)
    later = place.worktrees.commit(session, replace(TEXT, at=NOW + timedelta(seconds=1)))

    assert first.sha != later.sha


def test_an_unchanged_worktree_gives_the_parent_and_no_commit(place: Place) -> None:
    session = place.prepared()
    os.utime(place.worktree() / "README.md", (0, 0))

    commit = place.worktrees.commit(session, TEXT)

    assert not commit.changed
    assert commit.sha == session.base_sha


def test_the_second_commit_stands_on_what_was_pushed(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / "one").write_text("1")
    first = place.worktrees.commit(session, TEXT)
    place.worktrees.push(session, first.sha)
    session = replace(session, pushed_sha=first.sha)
    assert not place.worktrees.commit(session, TEXT).changed
    (place.worktree() / "one").unlink()
    (place.worktree() / "two").write_text("2")

    second = place.worktrees.commit(session, TEXT)

    assert git(place.session_folder() / "publish.git", "rev-parse", f"{second.sha}^") == first.sha
    assert set(place.published(session, second.sha)) == {".gitignore", "README.md", "src/a.py", "two"}


def test_a_pushed_commit_is_found_again_on_the_remote_when_it_is_not_here(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / "one").write_text("1")
    first = place.worktrees.commit(session, TEXT)
    place.worktrees.push(session, first.sha)
    (place.session_folder() / "publish.git").rename(place.home / "lost.git")
    (place.worktree() / "two").write_text("2")

    second = place.worktrees.commit(replace(session, pushed_sha=first.sha), TEXT)

    assert second.changed
    assert git(place.session_folder() / "publish.git", "rev-parse", f"{second.sha}^") == first.sha


def test_a_parent_that_is_nowhere_is_refused(place: Place) -> None:
    session = place.prepared()

    with pytest.raises(RefusedError, match="nowhere to be found"):
        place.worktrees.commit(replace(session, pushed_sha="1" * 40), TEXT)
    with pytest.raises(RefusedError, match="nothing is known"):
        place.worktrees.commit(replace(session, base_sha=None), TEXT)


def test_the_agents_own_history_is_not_published(place: Place) -> None:
    session = place.prepared()
    tree = place.worktree()
    (tree / "secret").write_text("committed, then taken back")
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "first try")
    (tree / "secret").unlink()
    (tree / "good").write_text("x")
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "--amend", "-m", "rewritten")

    commit = place.worktrees.commit(session, TEXT)
    place.worktrees.push(session, commit.sha)

    history = git(place.origin.path, "rev-list", "--objects", "agent/issue-7")
    assert "secret" not in history
    assert git(place.origin.path, "rev-list", "--count", "agent/issue-7") == "2"


NAMES = [
    "with\nnewline",
    "-rf",
    "--force",
    "tab\there",
    'quo"te',
    "ünï",
    " ",
    ":(glob)*",
    "a\\b",
    "#x",
]
if sys.platform == "linux":
    NAMES.append("\udcff\udcfe raw")  # elsewhere file names are Unicode


def test_files_of_any_name_are_published(place: Place) -> None:
    session = place.prepared()
    for name in NAMES:
        (place.worktree() / name).write_text("any")

    commit = place.worktrees.commit(session, TEXT)

    assert set(NAMES) <= set(place.published(session, commit.sha))
    place.worktrees.push(session, commit.sha)
    assert place.worktrees.remove(replace(session, pushed_sha=commit.sha)) == ""


def test_links_and_modes_are_published_as_such(place: Place, tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.write_text("SECRET")
    session = place.prepared()
    (place.worktree() / "link").symlink_to(private)
    (place.worktree() / "folder").symlink_to(tmp_path)
    (place.worktree() / "run.sh").write_text("#!/bin/sh\n")
    (place.worktree() / "run.sh").chmod(0o755)
    os.mkfifo(place.worktree() / "pipe")

    commit = place.worktrees.commit(session, TEXT)

    rows = git(place.session_folder() / "publish.git", "ls-tree", "-r", commit.sha)
    files = place.published(session, commit.sha)
    assert "120000" in rows
    assert "100755" in rows
    assert (files["link"], files["folder"]) == (str(private), str(tmp_path))
    assert "pipe" not in files


def test_line_ends_and_encodings_are_converted_as_for_anybody(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / ".gitattributes").write_text("*.txt text\n*.u16 working-tree-encoding=UTF-16LE\n*.id ident\n")
    (place.worktree() / "dos.txt").write_bytes(b"one\r\ntwo\r\n")
    (place.worktree() / "wide.u16").write_bytes("wide".encode("utf-16-le"))
    (place.worktree() / "mine.id").write_text("$Id: 1234 $\n")

    files = place.published(session, place.worktrees.commit(session, TEXT).sha)

    assert (files["dos.txt"], files["wide.u16"], files["mine.id"]) == ("one\ntwo", "wide", "$Id$")


def test_files_that_git_cannot_take_are_refused_with_its_reason(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / ".gitattributes").write_text("*.u16 working-tree-encoding=UTF-16\n")
    (place.worktree() / "bad.u16").write_bytes(b"odd")

    with pytest.raises(RefusedError, match="cannot be committed"):
        place.worktrees.commit(session, TEXT)


@pytest.mark.parametrize("name", [".GIT/config", "git~1", ".git "])
def test_a_name_that_git_takes_for_its_own_is_refused_and_told(place: Place, name: str) -> None:
    session = place.prepared()
    (place.worktree() / name).parent.mkdir(exist_ok=True)
    (place.worktree() / name).write_text("x")

    with pytest.raises(RefusedError, match=f"cannot be committed: .*'{name}'"):
        place.worktrees.commit(session, TEXT)


@pytest.mark.parametrize("depth", ["nested", "deep/er/nested"])
@pytest.mark.parametrize("state", ["unborn", "with a commit"])
def test_a_nested_repository_is_refused_by_name(place: Place, depth: str, state: str) -> None:
    session = place.prepared()
    nested = place.worktree() / depth
    nested.mkdir(parents=True)
    git(nested, "init", "-q")
    (nested / "file").write_text("x")
    if state == "with a commit":
        git(nested, "add", "-A")
        git(nested, "commit", "-q", "-m", "x")

    with pytest.raises(RefusedError, match=f"{depth}/ in the worktree is a git repository"):
        place.worktrees.commit(session, TEXT)
    assert "git repository" in place.worktrees.remove(session)


def test_an_ignored_nested_repository_is_nobodys_business(place: Place) -> None:
    place.origin.commit({".gitignore": "vendor/\n"})
    session = place.prepared()
    (place.worktree() / "vendor").mkdir()
    git(place.worktree() / "vendor", "init", "-q")
    (place.worktree() / "new").write_text("x")

    assert place.worktrees.commit(session, TEXT).changed


def _with_submodule(origin: Origin) -> str:
    sha = git(origin.desk, "rev-parse", "HEAD")
    git(origin.desk, "update-index", "--add", "--cacheinfo", f"160000,{sha},libs/inner")
    (origin.desk / ".gitmodules").write_text('[submodule "inner"]\n\tpath = libs/inner\n\turl = ../inner\n')
    git(origin.desk, "add", ".gitmodules")
    git(origin.desk, "commit", "-q", "-m", "a submodule")
    git(origin.desk, "push", "-q", "origin", "main")
    return sha


def test_a_submodule_nobody_touched_stays_what_it_was(place: Place) -> None:
    sha = _with_submodule(place.origin)
    session = place.prepared()
    assert not place.worktrees.commit(session, TEXT).changed
    (place.worktree() / "new").write_text("x")

    files = place.published(session, place.worktrees.commit(session, TEXT).sha)

    assert files["libs/inner"] == f"160000 commit {sha}"
    assert ".gitmodules" in files


def test_a_submodule_that_was_taken_away_is_taken_away(place: Place) -> None:
    _with_submodule(place.origin)
    session = place.prepared()
    (place.worktree() / "libs" / "inner").rmdir()
    (place.worktree() / ".gitmodules").unlink()

    assert "libs/inner" not in place.published(session, place.worktrees.commit(session, TEXT).sha)


def test_a_submodule_behind_a_link_is_not_kept(place: Place, tmp_path: Path) -> None:
    _with_submodule(place.origin)
    session = place.prepared()
    (tmp_path / "libs" / "inner").mkdir(parents=True)
    (place.worktree() / "libs" / "inner").rmdir()
    (place.worktree() / "libs").rmdir()
    (place.worktree() / "libs").symlink_to(tmp_path / "libs")

    files = place.published(session, place.worktrees.commit(session, TEXT).sha)

    assert "libs/inner" not in files
    assert files["libs"] == str(tmp_path / "libs")


def test_work_inside_a_submodule_is_refused_and_kept(place: Place) -> None:
    _with_submodule(place.origin)
    session = place.prepared()
    (place.worktree() / "libs" / "inner" / "work").write_text("x")

    with pytest.raises(RefusedError, match="libs/inner/work lies in the submodule"):
        place.worktrees.commit(session, TEXT)
    assert place.worktrees.remove(session) != ""
    assert (place.worktree() / "libs" / "inner" / "work").exists()


Attack = Callable[[Place, Path], None]


def _evil(place: Place, canary: Path) -> str:
    script = place.home / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {canary}\nexec cat\n")
    script.chmod(0o755)
    return str(script)


def _agent_config(place: Place, canary: Path) -> None:
    """Everything that can name a program, in the agent's repository, its worktree's config, and one included."""
    evil, repo = _evil(place, canary), place.session_folder() / "repo.git"
    names = (
        *("core.fsmonitor", "core.sshCommand", "core.editor", "core.pager", "core.askPass", "diff.external"),
        *("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "gpg.program", "gpg.ssh.program"),
        *("credential.helper", "uploadpack.packObjectsHook", "core.alternateRefsCommand", "merge.evil.driver"),
    )
    for name in names:
        git(repo, "config", name, evil)
    for verb in ("add", "read-tree", "write-tree", "commit-tree", "update-index", "lost"):
        git(repo, "config", f"alias.{verb}", f"!{evil}")
    git(repo, "config", "protocol.ext.allow", "always")
    for name, value in (("url", f"ext::{evil}"), ("promisor", "true"), ("partialCloneFilter", "blob:none")):
        git(repo, "config", f"remote.evil.{name}", value)
    git(repo, "config", "extensions.partialClone", "evil")
    git(repo, "config", "commit.gpgsign", "true")
    git(repo, "config", "extensions.worktreeConfig", "true")
    lines = (repo / "config").read_text().replace("bare = true", "bare = false")
    (repo / "worktrees" / "issue-7" / "config.worktree").write_text(lines)
    (repo / "more").write_text((repo / "config").read_text())
    with (repo / "config").open("a") as file:
        file.write(f"[include]\n\tpath = {repo / 'more'}\n[core]\n\thooksPath = {repo / 'hooks'}\n")
    (place.worktree() / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    (repo / "info").mkdir(exist_ok=True)
    (repo / "info" / "attributes").write_text("* filter=evil\n")


def _hooks(place: Place, canary: Path) -> None:
    evil, repo = Path(_evil(place, canary)), place.session_folder() / "repo.git"
    (repo / "hooks").mkdir(exist_ok=True)
    for name in ("pre-commit", "post-checkout", "pre-push", "reference-transaction", "post-index-change", "update"):
        (repo / "hooks" / name).symlink_to(evil)


def _commondir(place: Place, canary: Path) -> None:
    """A linked worktree whose commondir leads to a repository full of programs."""
    bad = place.home / "bad.git"
    git(place.home, "init", "-q", "--bare", str(bad))
    for name in ("core.fsmonitor", "filter.evil.clean", "diff.external"):
        git(bad, "config", name, _evil(place, canary))
    (place.session_folder() / "repo.git" / "worktrees" / "issue-7" / "commondir").write_text(f"{bad}\n")
    (place.worktree() / ".gitattributes").write_text("* filter=evil\n")


def _pointed_elsewhere(place: Place, canary: Path) -> None:
    """The worktree's .git names a repository of the agent's own, or is one."""
    bad = place.home / "bad"
    bad.mkdir()
    git(bad, "init", "-q")
    git(bad, "config", "core.fsmonitor", _evil(place, canary))
    (place.worktree() / ".git").write_text(f"gitdir: {bad / '.git'}\n")


def _git_folder(place: Place, canary: Path) -> None:
    (place.worktree() / ".git").unlink()
    git(place.worktree(), "init", "-q")
    git(place.worktree(), "config", "core.fsmonitor", _evil(place, canary))
    git(place.worktree(), "config", "core.worktree", str(place.home))


def _planted_submodule(place: Place, canary: Path) -> None:
    """git add looks into submodules with git status, which runs their programs."""
    inner = place.worktree() / "libs" / "inner"
    git(inner, "init", "-q")
    (inner / "f").write_text("x")
    git(inner, "add", "-A")
    git(inner, "commit", "-q", "-m", "x")
    git(inner, "config", "core.fsmonitor", _evil(place, canary))
    git(inner, "config", "filter.evil.clean", _evil(place, canary))
    (inner / ".gitattributes").write_text("* filter=evil\n")
    (inner / "f").write_text("y")


def _git_in_a_tracked_folder(place: Place, canary: Path) -> None:
    git(place.worktree() / "src", "init", "-q")
    git(place.worktree() / "src", "config", "core.fsmonitor", _evil(place, canary))
    (place.worktree() / "src" / "a.py").write_text("a = 2\n")


ATTACKS: list[Attack] = [
    *(_agent_config, _hooks, _commondir, _pointed_elsewhere, _git_folder, _planted_submodule, _git_in_a_tracked_folder)
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_an_agent_planted_ever_runs(place: Place, tmp_path: Path, attack: Attack) -> None:
    _with_submodule(place.origin)
    session = place.prepared()
    canary = tmp_path / "canary"
    attack(place, canary)
    (place.worktree() / "new").write_text("x")
    canary.unlink(missing_ok=True)

    _publish_if_possible(place, session)
    place.worktrees.remove(session)
    place.base()

    assert not canary.exists()
    for careless in (("status",), ("add", "-A"), ("commit", "-q", "-m", "x"), ("-C", "src", "status")):
        subprocess.run(("git", *careless), cwd=place.worktree(), capture_output=True, check=False)
    assert canary.exists(), "the attack would have worked on anybody else"


Plant = tuple[dict[str, str], tuple[str, ...]]
PLANTS: dict[str, Plant] = {
    "fsmonitor": ({"core.fsmonitor": "EVIL"}, ("status",)),
    "external diff": ({"diff.external": "EVIL"}, ("diff", "HEAD")),
    "clean filter": ({"filter.evil.clean": "EVIL"}, ("add", "-A")),
    "signing program": ({"gpg.program": "EVIL", "commit.gpgsign": "true"}, ("commit", "--allow-empty", "-m", "x")),
    "ssh command": ({"core.sshCommand": "EVIL"}, ("fetch", "ssh://nowhere.invalid/x")),
    "alias": ({"alias.evil": "!EVIL"}, ("evil",)),
    "include": ({"include.path": "more"}, ("status",)),
    "folder of hooks": ({"core.hooksPath": "HOOKS"}, ("commit", "--allow-empty", "-m", "x")),
    "promisor": (
        {
            "remote.evil.url": "ext::EVIL",
            "remote.evil.promisor": "true",
            "extensions.partialClone": "evil",
            "protocol.ext.allow": "always",
            "core.repositoryFormatVersion": "1",
        },
        ("cat-file", "-e", "1" * 40),
    ),
}


@pytest.mark.parametrize(("settings", "careless"), PLANTS.values(), ids=PLANTS)
def test_each_setting_that_an_agent_plants_would_run_its_program_for_anybody_else(
    place: Place, tmp_path: Path, settings: dict[str, str], careless: tuple[str, ...]
) -> None:
    session = place.prepared()
    repo, canary, hooks = place.session_folder() / "repo.git", tmp_path / "canary", tmp_path / "hooks"
    script = place.home / "evil"
    script.write_text(f"#!/bin/sh\ntouch {canary}\nexit 1\n")
    script.chmod(0o755)
    evil = str(script)
    hooks.mkdir()
    (hooks / "pre-commit").symlink_to(script)
    (repo / "more").write_text(f"[core]\n\tfsmonitor = {evil}\n")
    (place.worktree() / ".gitattributes").write_text("* filter=evil\n")
    (place.worktree() / "README.md").write_text("Changed\n")
    for name, value in settings.items():
        git(repo, "config", name, value.replace("EVIL", evil).replace("HOOKS", str(hooks)))

    assert _publish_if_possible(place, session)
    assert place.worktrees.remove(session) != ""
    place.base()

    assert not canary.exists()
    subprocess.run(
        ("git", *careless), cwd=place.worktree(), stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60
    )
    assert canary.exists()


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack is not _planted_submodule])
def test_planted_programs_do_not_keep_the_files_from_being_published(
    place: Place, tmp_path: Path, attack: Attack
) -> None:
    session = place.prepared()
    attack(place, tmp_path / "canary")
    (place.worktree() / "new").write_text("x")

    commit = place.worktrees.commit(session, TEXT)

    assert place.published(session, commit.sha)["new"] == "x"


def test_a_ref_of_the_agents_that_leads_into_a_private_repository_leaks_nothing(place: Place, tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir()
    git(private, "init", "-q", "-b", "main")
    (private / "diary").write_text("SECRET")
    git(private, "add", "-A")
    git(private, "commit", "-q", "-m", "private")
    session = place.prepared()
    repo = place.session_folder() / "repo.git"
    (repo / "refs" / "heads" / "agent" / "issue-7").unlink()
    (repo / "refs" / "heads" / "agent" / "issue-7").symlink_to(private / ".git" / "refs" / "heads" / "main")
    (repo / "objects" / "info" / "alternates").write_text(str(private / ".git" / "objects"))
    (place.worktree() / "new").write_text("x")

    _publish_if_possible(place, session)

    assert "diary" not in git(place.origin.path, "rev-list", "--objects", "--all")
    careless = tmp_path / "careless"
    git(tmp_path, "init", "-q", "--bare", str(careless))
    git(careless, "fetch", "-q", str(repo), "refs/heads/*:refs/heads/*")
    assert "diary" in git(careless, "rev-list", "--objects", "--all"), "who fetches from there would publish it"


def test_a_file_that_belongs_into_lfs_is_not_published_itself_its_pointer_is(place: Place) -> None:
    place.origin.commit({"old.bin": "not touched"})
    session = place.prepared()
    (place.worktree() / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    (place.worktree() / "a.bin").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert place.worktrees.commit(session, TEXT).changed

    for content in ("small", "version https://git-lfs" + "x" * 2000):
        (place.worktree() / "b\n.bin").write_text(content)
        with pytest.raises(RefusedError, match=r"b .bin belongs into Git LFS"):
            place.worktrees.commit(session, TEXT)
    assert place.worktrees.remove(session) != ""


def test_an_index_left_damaged_or_locked_is_no_obstacle(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / "new").write_text("x")
    first = place.worktrees.commit(session, TEXT)
    folder = place.session_folder()
    (folder / "index").write_bytes(b"DIRC, or not")
    (folder / "index.lock").write_bytes(b"")

    assert place.worktrees.commit(session, TEXT) == first


@pytest.mark.parametrize("name", ["refs/heads/agent/issue-7.lock", "packed-refs.lock", "config.lock"])
def test_a_lock_that_a_power_cut_left_among_intakes_own_commits_is_taken_away(place: Place, name: str) -> None:
    session = place.prepared()
    (place.worktree() / "new").write_text("x")
    first = place.worktrees.commit(session, TEXT)
    (place.worktree() / "new").write_text("y")
    lock = place.session_folder() / "publish.git" / name
    lock.write_bytes(b"")
    os.utime(lock, (0, 0))

    assert place.worktrees.commit(session, TEXT) != first
    assert not lock.exists()


def test_files_nobody_touched_are_not_read_for_the_first_commit(place: Place) -> None:
    place.prepared()
    kept, made = place.session_folder() / "index", place.session_folder() / "repo.git/worktrees/issue-7/index"

    assert kept.read_bytes() == made.read_bytes()
    assert kept.stat().st_mtime_ns == made.stat().st_mtime_ns, "else git trusts files written in the same second"


def test_a_change_that_shows_in_neither_size_nor_time_is_published(place: Place) -> None:
    session = place.prepared()
    file = place.worktree() / "README.md"
    before = file.stat()
    file.write_text("Jello\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert place.published(session, place.worktrees.commit(session, TEXT).sha)["README.md"] == "Jello"


def test_what_the_agent_writes_into_its_own_index_hides_nothing(place: Place) -> None:
    session = place.prepared()
    git(place.worktree(), "update-index", "--assume-unchanged", "README.md")
    git(place.worktree(), "update-index", "--skip-worktree", "src/a.py")
    (place.worktree() / "README.md").write_text("changed")
    (place.worktree() / "src" / "a.py").unlink()

    files = place.published(session, place.worktrees.commit(session, TEXT).sha)

    assert files == {".gitignore": "*.log", "README.md": "changed"}


def test_without_the_kept_index_all_files_are_read(place: Place) -> None:
    session = place.prepared()
    (place.session_folder() / "index").unlink()
    (place.worktree() / "new").write_text("x")

    assert set(place.published(session, place.worktrees.commit(session, TEXT).sha)) == {
        *(".gitignore", "README.md", "new", "src/a.py")
    }


def test_the_configured_author_is_used(tmp_path: Path, origin: Origin) -> None:
    place = a_place(tmp_path / "home", origin, author="A Bot <bot@example.org>")
    session = place.prepared()
    (place.worktree() / "new").write_text("x")

    sha = place.worktrees.commit(session, TEXT).sha

    by = git(place.session_folder() / "publish.git", "log", "-1", "--format=%an %ae %cn %ce", sha)
    assert by == "A Bot bot@example.org A Bot bot@example.org"


@pytest.mark.parametrize("author", [None, "nobody", "<a@b>", "A <b", "A <a b>"])
def test_without_an_identity_nothing_is_committed_and_the_cure_is_named(
    tmp_path: Path, origin: Origin, home: Path, author: str | None
) -> None:
    place = a_place(tmp_path / "home", origin, author=author)
    session = place.prepared()
    (place.worktree() / "new").write_text("x")
    (home / ".gitconfig").unlink()

    with pytest.raises(RefusedError, match=r"publish\.author"):
        place.worktrees.commit(session, TEXT)


@pytest.mark.parametrize("message", ["-m\n--amend", "nul\0byte", "sur\udcffrogate", "# not a comment", "x" * 100_000])
def test_any_message_is_a_message(place: Place, message: str) -> None:
    session = place.prepared()
    (place.worktree() / "new").write_text("x")

    assert place.worktrees.commit(session, CommitText(message=message, at=NOW)).changed


def _publish_if_possible(place: Place, session: Session) -> str | None:
    try:
        commit = place.worktrees.commit(session, TEXT)
    except RefusedError:
        return None
    place.worktrees.push(session, commit.sha)
    return commit.sha


def test_what_an_agent_leaves_behind_is_neither_seen_nor_published_unless_the_repository_has_it(place: Place) -> None:
    place.origin.commit({"kept/.aider.tags": "1\n"})
    place = replace(place, worktrees=replace(place.worktrees, leaves=(".aider*", ".opencode/node_modules/")))
    base = place.base()
    session = replace(a_session(), base=base.branch, base_sha=base.sha)
    place.worktrees.prepare(session, base)
    session, tree = replace(session, workspace="ready", worktree=str(place.worktree())), place.worktree()
    (tree / ".aider.chat.md").write_text("x\n")
    (tree / ".opencode" / "node_modules").mkdir(parents=True)
    (tree / ".opencode" / "node_modules" / "a.js").write_text("x\n")

    assert git(tree, "status", "--porcelain") == ""
    assert not place.worktrees.commit(session, TEXT).changed

    (tree / ".opencode" / "opencode.md").write_text("x\n")
    (tree / "kept" / ".aider.tags").write_text("2\n")
    made = place.worktrees.commit(session, TEXT)
    rows = git(place.session_folder(7) / "publish.git", "diff", "--name-only", f"{base.sha}..{made.sha}").split("\n")
    assert rows == [".opencode/opencode.md", "kept/.aider.tags"]
