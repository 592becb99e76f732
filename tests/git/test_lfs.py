"""A repository that uses Git LFS is worked where that is written, by intake's configuration and nobody else's."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.core.leaving import Extent
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.git.remote import Credential
from tests.git.places import TEXT, Origin, Place, a_place, git
from tests.git.server import TOKEN, Served, serving

ATTRIBUTES = "*.bin filter=lfs diff=lfs merge=lfs -text\n"
BIG = "big " * 1000
needs_lfs = pytest.mark.skipif(shutil.which("git-lfs") is None, reason="needs the package git-lfs")


def oid(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def pointer(text: str) -> str:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid(text)}\nsize {len(text)}\n"


@pytest.fixture
def server(origin: Origin) -> Iterator[Served]:
    """Serves the origin, which has one large file, over HTTP."""
    git(origin.path, "config", "http.receivepack", "true")
    origin.commit({".gitattributes": ATTRIBUTES, "old.bin": pointer(BIG), "same.bin": pointer("same")})
    with serving(origin.path.parent) as served:
        served.objects |= {oid(text): text.encode() for text in (BIG, "same")}
        yield served


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Served]:
    """A server that nobody may ask for anything."""
    with serving(tmp_path) as served:
        yield served


@pytest.fixture
def large(tmp_path: Path, origin: Origin, server: Served) -> Place:
    """A home in which Git LFS is run."""
    return at(server, tmp_path / "home", origin)


def at(server: Served, home: Path, origin: Origin) -> Place:
    credential = Credential(origin=server.origin, token=TOKEN)
    return a_place(home, origin, url=f"{server.origin}/origin.git", credential=credential, lfs=True)


@pytest.mark.parametrize("where", [".gitattributes", "assets/.gitattributes"])
def test_without_it_the_project_rests_with_the_cure_before_anything_is_made(place: Place, where: str) -> None:
    place.origin.commit({where: f"# nothing\n[attr]big filter=lfs -text\n*.psd big\n{ATTRIBUTES}"})

    with pytest.raises(UnavailableError, match="uses Git LFS") as caught:
        place.prepared()

    assert caught.value.hint == "set workspace.lfs: true"
    assert not place.worktree().exists()


@pytest.mark.parametrize("attributes", ["# *.bin filter=lfs\n", "*.bin filter=lfsx\n", "*.bin -filter\n", ""])
def test_other_attributes_are_no_obstacle(place: Place, attributes: str) -> None:
    place.origin.commit({".gitattributes": f"* text=auto\n{attributes}"})

    assert place.prepared().workspace == "ready"


def test_a_missing_program_is_told_by_its_package(tmp_path: Path, origin: Origin) -> None:
    origin.commit({".gitattributes": ATTRIBUTES})
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "git").symlink_to(shutil.which("git") or "")
    place = a_place(tmp_path / "home", origin, lfs=True, environ={"PATH": str(tools), "HOME": str(tmp_path)})

    with pytest.raises(UnavailableError, match="git-lfs is missing") as caught:
        place.prepared()

    assert "package git-lfs" in caught.value.hint


@needs_lfs
def test_large_files_are_there_and_git_in_the_worktree_knows_them_by_their_pointers(large: Place) -> None:
    large.prepared()
    tree = large.worktree()

    assert (tree / "old.bin").read_text() == BIG
    assert git(tree, "status", "--porcelain") == ""
    (tree / "old.bin").write_text("changed")
    git(tree, "commit", "-q", "-a", "-m", "mine")
    assert git(tree, "show", "HEAD:old.bin") == pointer("changed").strip()


@needs_lfs
def test_what_is_published_are_pointers_and_their_objects_are_uploaded_first(large: Place, server: Served) -> None:
    session = large.prepared()
    tree = large.worktree()
    assert not large.worktrees.commit(session, TEXT).changed
    (tree / "old.bin").write_text("changed")
    (tree / "new.bin").write_text("new")
    (tree / "copy.bin").write_text(pointer("same"))

    commit = large.worktrees.commit(session, TEXT)
    assert oid("changed") not in server.objects
    large.worktrees.push(session, commit.sha)

    files = large.published(session, commit.sha)
    assert files["old.bin"] == pointer("changed").strip()
    assert files["new.bin"] == pointer("new").strip()
    assert files["same.bin"] == files["copy.bin"] == pointer("same").strip()
    assert {oid("changed"), oid("new")} < set(server.objects)
    assert large.origin.head("agent/issue-7") == commit.sha
    after = replace(session, pushed_sha=commit.sha)
    assert not large.worktrees.commit(after, TEXT).changed
    large.worktrees.push(after, commit.sha)
    assert large.worktrees.remove(after) == ""


@needs_lfs
@pytest.mark.parametrize("most", [1_000_000, 2000])
def test_a_secret_in_a_large_file_is_found_though_the_commit_has_a_pointer_alone(large: Place, most: int) -> None:
    knowing = replace(large, worktrees=replace(large.worktrees, secrets=(TOKEN,)))
    session = knowing.prepared()
    (knowing.worktree() / "new.bin").write_text(f"{BIG}\n{TOKEN}\n")
    commit = knowing.worktrees.commit(session, TEXT)
    base = knowing.clone.last_seen(None)
    assert base is not None

    (found,) = knowing.worktrees.inspect(session, base, commit.sha, Extent(max_file=most)).secrets

    assert (found.where, found.line) == ("new.bin", 2 if most > len(BIG) else 0)


@needs_lfs
def test_with_the_index_lost_unchanged_large_files_are_no_change(large: Place) -> None:
    session = large.prepared()
    (large.session_folder() / "index").unlink()

    assert not large.worktrees.commit(session, TEXT).changed


@needs_lfs
def test_a_lfsconfig_redirects_neither_download_nor_upload_nor_the_token(
    large: Place, server: Served, stranger: Served, tmp_path: Path
) -> None:
    keys = "\n".join(
        [
            f"[lfs]\n\turl = {stranger.origin}/origin.git/info/lfs",
            f"\tpushurl = {stranger.origin}/origin.git/info/lfs",
            "\tfetchexclude = *\n\tallowincompletepush = true",
            f'[remote "origin"]\n\tlfsurl = {stranger.origin}/x\n\tlfspushurl = {stranger.origin}/x',
            f'[lfs "{server.origin}/origin.git/info/lfs"]\n\taccess = none',
        ]
    )
    large.origin.commit({".lfsconfig": f"{keys}\n"})
    session = large.prepared()
    assert (large.worktree() / "old.bin").read_text() == BIG
    (large.worktree() / ".lfsconfig").write_text(f"{keys}\n[lfs]\n\tstorage = {tmp_path}/elsewhere\n")
    (large.worktree() / "new.bin").write_text("new")

    commit = large.worktrees.commit(session, TEXT)
    large.worktrees.push(session, commit.sha)

    assert server.objects[oid("new")] == b"new"
    assert stranger.seen == []
    assert not (tmp_path / "elsewhere").exists()


@needs_lfs
def test_a_filter_of_the_agents_repository_is_not_the_one_that_publishes(large: Place, tmp_path: Path) -> None:
    session = large.prepared()
    canary = tmp_path / "canary"
    config = large.session_folder() / "repo.git" / "config"
    config.write_text(config.read_text().replace("git-lfs", f"touch {canary}; git-lfs"))
    (large.worktree() / "new.bin").write_text("new")

    commit = large.worktrees.commit(session, TEXT)

    assert large.published(session, commit.sha)["new.bin"] == pointer("new").strip()
    assert not canary.exists()


@needs_lfs
def test_an_object_that_the_server_lacks_is_told(large: Place, server: Served) -> None:
    del server.objects[oid(BIG)]
    server.objects[oid("other")] = b"other"

    with pytest.raises(UnavailableError, match="git lfs failed"):
        large.prepared()

    assert not large.worktree().exists()


@needs_lfs
def test_an_attribute_that_comes_later_is_run_too(place: Place) -> None:
    home = replace(place, worktrees=replace(place.worktrees, lfs=True))
    session = home.prepared()
    (home.worktree() / ".gitattributes").write_text(ATTRIBUTES)
    (home.worktree() / "new.bin").write_text("new")

    commit = home.worktrees.commit(session, TEXT)

    assert home.published(session, commit.sha)["new.bin"] == pointer("new").strip()
    with pytest.raises(RefusedError, match="belongs into Git LFS"):
        place.worktrees.commit(session, TEXT)
