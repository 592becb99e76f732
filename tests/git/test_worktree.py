"""Worktrees are made whole or made anew, and removed only when nothing in them would be lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.core.ports import Worktrees
from issue_intake.errors import IntakeError, RefusedError, UnavailableError
from issue_intake.git.files import check_below, open_up, remove_directory
from tests.git.places import TEXT, Place, a_session, git


def test_a_worktree_is_on_its_branch_from_the_base_and_can_commit(place: Place) -> None:
    session = place.prepared()
    tree = place.worktree()

    assert git(tree, "symbolic-ref", "HEAD") == "refs/heads/agent/issue-7"
    assert git(tree, "rev-parse", "HEAD") == session.base_sha
    assert git(tree, "status", "--porcelain") == ""
    (tree / "new").write_text("x")
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "mine")


def test_the_agents_repository_has_no_remote_and_no_identity(place: Place) -> None:
    place.prepared()

    assert git(place.worktree(), "remote") == ""
    config = (place.session_folder() / "repo.git" / "config").read_text()
    assert "user" not in config
    assert "url" not in config


def test_the_worktrees_protocol_is_met(place: Place) -> None:
    seam: Worktrees = place.worktrees
    assert seam.remove(a_session()) == ""


def test_borrowed_commits_survive_a_gc_of_the_clone_when_the_remote_forgets_them(place: Place) -> None:
    place.prepared()
    git(place.origin.desk, "commit", "-q", "--amend", "-m", "another first", "--allow-empty")
    git(place.origin.desk, "push", "-q", "--force", "origin", "main")
    place.base()

    git(place.clone.folder, "gc", "-q", "--prune=now")

    git(place.worktree(), "fsck")
    git(place.worktree(), "cat-file", "-e", "HEAD^{tree}")


@pytest.mark.parametrize(
    "left",
    [
        "pinned only",
        "unfinished repository",
        "repository without worktree",
        "empty folder without mark",
        "mark without folder",
        "worktree without files",
        "half removed before",
        "whole",
    ],
)
def test_killed_anywhere_in_prepare_it_is_made_anew(place: Place, left: str) -> None:
    session = place.prepared()
    tree, home = place.worktree(), place.session_folder()
    if left == "pinned only":
        shutil.rmtree(tree)
        shutil.rmtree(home)
    if left == "unfinished repository":
        shutil.rmtree(tree)
        (home / "worktree").unlink()
        (home / "repo.git").rename(home / ".repo.git.new")
        (home / ".repo.git.new" / "HEAD").unlink()
    if left == "repository without worktree":
        shutil.rmtree(tree)
        (home / "worktree").unlink()
    if left == "empty folder without mark":
        shutil.rmtree(tree)
        tree.mkdir()
        (home / "worktree").unlink()
    if left == "mark without folder":
        shutil.rmtree(tree)
    if left == "worktree without files":
        (tree / "README.md").unlink()
        (tree / ".git").unlink()
    if left == "half removed before":
        tree.rename(tree.with_name(f".{tree.name}.removing"))

    place.worktrees.prepare(replace(session, workspace="none"), place.base())

    assert git(tree, "status", "--porcelain") == ""
    assert git(tree, "rev-parse", "HEAD") == session.base_sha
    assert sorted(path.name for path in tree.parent.iterdir()) == ["issue-7"]


def test_a_folder_that_is_not_ours_is_refused_and_kept(place: Place) -> None:
    tree = place.worktree()
    tree.mkdir(parents=True)
    (tree / "thesis.txt").write_text("years of work")

    with pytest.raises(RefusedError, match="not the folder intake made"):
        place.prepared()

    assert (tree / "thesis.txt").read_text() == "years of work"


def test_another_folder_put_in_the_place_of_ours_is_refused_and_kept(place: Place) -> None:
    session = place.prepared()
    tree = place.worktree()
    tree.rename(tree.with_name("moved"))
    tree.mkdir()
    (tree / "thesis.txt").write_text("years of work")

    with pytest.raises(RefusedError):
        place.worktrees.prepare(replace(session, workspace="none"), place.base())
    with pytest.raises(RefusedError):
        place.worktrees.commit(session, TEXT)
    assert "not the folder intake made" in place.worktrees.remove(session)
    assert (tree / "thesis.txt").exists()


def test_an_empty_folder_in_place_of_the_worktree_is_not_taken_for_a_deletion_of_all_files(place: Place) -> None:
    session = place.prepared()
    place.worktree().rename(place.worktree().with_name("unmounted"))
    place.worktree().mkdir()

    with pytest.raises(RefusedError):
        place.worktrees.commit(session, TEXT)


def test_with_its_clone_gone_a_session_is_published_once_that_is_copied_anew(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / "new.txt").write_text("work")
    shutil.rmtree(place.clone.folder)

    with pytest.raises(UnavailableError, match="first copy"):
        place.worktrees.commit(session, TEXT)

    assert place.worktrees.commit(session, TEXT).changed


def test_a_worktree_that_was_worked_in_is_never_replaced(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / "work").write_text("x")

    with pytest.raises(RefusedError, match="holds work"):
        place.worktrees.prepare(session, place.base())

    assert (place.worktree() / "work").exists()


def test_an_untouched_worktree_is_removed_with_everything_that_belonged_to_it(place: Place) -> None:
    session = place.prepared()

    assert place.worktrees.remove(session) == ""

    assert list(place.worktree().parent.iterdir()) == []
    assert list(place.session_folder().iterdir()) == []
    assert "refs/intake/7/base" not in git(place.clone.folder, "for-each-ref")


def test_unpublished_work_is_kept_and_said(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / "new.txt").write_text("work")

    said = place.worktrees.remove(session)

    assert "not published" in said
    assert str(place.worktree()) in said
    assert (place.worktree() / "new.txt").exists()
    assert (place.session_folder() / "repo.git").exists()


def test_published_work_is_removed_ignored_files_and_own_commits_included(place: Place) -> None:
    session = place.prepared()
    tree = place.worktree()
    (tree / "new.txt").write_text("work")
    (tree / "build.log").write_text("ignored")
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "the agent's own")
    commit = place.worktrees.commit(session, TEXT)
    assert place.worktrees.remove(session) != ""
    place.worktrees.push(session, commit.sha)

    assert place.worktrees.remove(replace(session, pushed_sha=commit.sha)) == ""
    assert not tree.exists()


def test_removing_again_or_what_never_was_is_fine(place: Place) -> None:
    session = place.prepared()
    place.worktrees.remove(session)

    assert place.worktrees.remove(session) == ""
    assert place.worktrees.remove(a_session(8)) == ""


def test_a_removal_that_was_interrupted_is_finished(place: Place) -> None:
    session = place.prepared()
    aside = place.worktree().with_name(".issue-7.removing")
    place.worktree().rename(aside)
    (aside / "README.md").unlink()

    assert place.worktrees.remove(session) == ""
    assert not aside.exists()


def test_removal_follows_no_link(place: Place, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").write_text("x")
    session = place.prepared()
    (place.worktree() / "away.log").symlink_to(treasure)

    assert place.worktrees.remove(session) == ""
    assert (treasure / "gold").exists()


def test_a_worktree_replaced_by_a_link_is_refused_everywhere(place: Place, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").write_text("x")
    session = place.prepared()
    shutil.rmtree(place.worktree())
    place.worktree().symlink_to(treasure)

    with pytest.raises(RefusedError):
        place.worktrees.commit(session, TEXT)
    with pytest.raises(RefusedError):
        place.worktrees.prepare(replace(session, workspace="none"), place.base())
    assert place.worktrees.remove(session) != ""
    assert (treasure / "gold").exists()
    assert place.worktree().is_symlink()


@pytest.mark.parametrize("root", ["worktrees", "sessions"])
def test_a_linked_folder_on_the_way_is_refused(place: Place, tmp_path: Path, root: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (place.home / root).mkdir(parents=True)
    (place.home / root / "acme-webshop").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(RefusedError, match="no directory of intake's"):
        place.prepared()
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("path", ["", "..", "../x", "a/../../x", "/etc/passwd"])
def test_a_path_that_leaves_its_root_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(RefusedError):
        check_below(tmp_path, tmp_path / path)


def test_read_only_folders_are_opened_up_links_left_alone(tmp_path: Path) -> None:
    inner = tmp_path / "cache" / "mod"
    inner.mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o500)
    (inner / "link").symlink_to(outside)
    inner.chmod(0o500)
    (tmp_path / "cache").chmod(0o500)

    open_up(tmp_path / "cache")

    assert inner.stat().st_mode & 0o777 == 0o700
    assert outside.stat().st_mode & 0o777 == 0o500
    remove_directory(tmp_path / "cache")
    assert outside.exists()


def test_a_removal_the_system_forbids_is_told_with_a_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(UnavailableError, match="by hand"):
        remove_directory(tmp_path / "file")


def test_git_that_cannot_write_is_tried_again_later(place: Place) -> None:
    base = place.base()
    place.session_folder().parent.mkdir(parents=True)
    place.session_folder().write_text("in the way")

    with pytest.raises(IntakeError):
        place.worktrees.prepare(a_session(), base)
