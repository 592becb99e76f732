"""The clean clone: made once, by a detached order, holding what came from its origin and nothing else."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.core.attempt import End, Outcome
from issue_intake.core.ports import Base, Clone
from issue_intake.core.work import Alive, Ended, Lost, Rebooted, Sight, Unknown
from issue_intake.errors import IntakeError, RefusedError, UnavailableError
from issue_intake.git.program import Git, origin_url
from issue_intake.git.remote import Remote
from tests.git.places import NOW, Origin, Place, a_place, git, make_origin


def test_the_first_look_starts_the_copy_and_the_next_has_it(place: Place) -> None:
    seam: Clone = place.clone

    assert seam.refresh(None) is None
    assert seam.refresh(None) == Base(branch="main", sha=place.origin.head() or "")
    assert len(place.worker.orders) == 1
    assert sorted(path.name for path in place.clone.folder.parent.iterdir()) == ["acme-webshop.git"]


def test_whether_it_is_copied_is_told_without_starting_or_changing_anything(place: Place) -> None:
    assert not place.clone.copied()
    assert not place.worker.orders
    place.clone.refresh(None)
    assert place.clone.copied(), "the next look puts it in its place"
    assert not place.clone.folder.exists()
    place.base()
    assert place.clone.copied()


def test_the_order_runs_git_alone_in_a_folder_of_its_own(place: Place) -> None:
    place.clone.refresh(None)

    (order,) = place.worker.orders
    assert order.run == "acme-webshop/clone/1"
    assert [step.name for step in order.steps] == ["prepare"]
    assert order.steps[0].argv[0] == "git"
    assert order.steps[0].timeout
    assert order.worktree == Path(order.steps[0].cwd)
    assert order.worktree.is_dir()
    assert order.worktree.parent == order.folder.parent == place.clone.orders


def test_only_branches_of_the_origin_are_in_the_clone(place: Place) -> None:
    git(place.origin.desk, "tag", "v1")
    git(place.origin.desk, "push", "-q", "origin", "v1", "HEAD:refs/pull/1/head", "HEAD:refs/heads/topic")
    place.base()

    refs = git(place.clone.folder, "for-each-ref", "--format=%(refname)").splitlines()
    assert refs == ["refs/heads/main", "refs/heads/topic"]


def test_every_refresh_sees_new_deleted_and_rewritten_branches(place: Place) -> None:
    place.origin.commit({"a": "1"}, branch="topic")
    place.base()
    new = place.origin.commit({"b": "2"})
    git(place.origin.path, "update-ref", "-d", "refs/heads/topic")
    git(place.origin.path, "update-ref", "refs/heads/topic/inner", new)

    assert place.base() == Base(branch="main", sha=new)
    assert place.base("topic/inner").sha == new
    assert "refs/heads/topic\n" not in git(place.clone.folder, "for-each-ref", "--format=%(refname)")

    git(place.origin.desk, "commit", "-q", "--amend", "-m", "rewritten")
    git(place.origin.desk, "push", "-q", "-f", "origin", "HEAD:main")
    assert place.base().sha == place.origin.head()


def test_the_default_branch_is_the_remotes(place: Place) -> None:
    sha = place.origin.commit({"a": "1"}, branch="trunk")
    git(place.origin.path, "symbolic-ref", "HEAD", "refs/heads/trunk")

    assert place.base() == Base(branch="trunk", sha=sha)


def test_an_empty_repository_is_told_with_a_cure_until_it_has_a_commit(tmp_path: Path) -> None:
    place = a_place(tmp_path / "home", make_origin(tmp_path / "server", {}))
    assert place.clone.refresh(None) is None

    for base in (None, "main"):
        with pytest.raises(UnavailableError, match="push a first commit"):
            place.clone.refresh(base)
    sha = place.origin.commit({"a": "1"})
    assert place.clone.refresh(None) == Base(branch="main", sha=sha)


@pytest.mark.parametrize("branch", ["nope", "-upload-pack=x", "main~1", "refs/heads/main", "*"])
def test_a_base_that_is_no_branch_is_told_with_a_cure(place: Place, branch: str) -> None:
    place.base()

    with pytest.raises(UnavailableError, match=r"has no branch .*workspace\.base"):
        place.clone.refresh(branch)


def test_a_head_that_is_no_branch_asks_for_a_base(place: Place) -> None:
    place.base()
    (place.origin.path / "HEAD").write_text(f"{place.origin.head()}\n")

    with pytest.raises(UnavailableError, match=r"set workspace\.base"):
        place.clone.refresh(None)
    assert place.base("main").branch == "main"


def test_a_copy_that_failed_says_why_and_is_started_again_by_the_call_after(place: Place) -> None:
    place.origin.path.rename(place.origin.path.with_name("away"))
    assert place.clone.refresh(None) is None

    with pytest.raises(UnavailableError, match=r"origin\.git' does not appear to be a git repository"):
        place.clone.refresh(None)
    assert not place.clone.orders.exists()
    assert not place.clone.folder.exists()
    place.origin.path.with_name("away").rename(place.origin.path)
    assert place.base().branch == "main"
    assert len(place.worker.orders) == 2


@pytest.mark.parametrize("sight", [Lost(ran=True), Lost(ran=False), Rebooted()])
def test_a_copy_that_was_broken_off_is_cleared_away_and_started_again(place: Place, sight: Sight) -> None:
    place.clone.refresh(None)
    (order,) = place.worker.orders
    place.worker.sights[order.folder] = sight
    (order.worktree / "litter").write_text("")

    assert place.clone.refresh(None) is None
    assert not (order.worktree / "litter").exists()
    assert place.clone.refresh(None)


def test_while_leftovers_of_a_broken_off_copy_are_at_work_nothing_is_started(place: Place) -> None:
    place.clone.refresh(None)
    (order,) = place.worker.orders
    place.worker.sights[order.folder] = Lost(ran=True)
    place.worker.survivors = True

    with pytest.raises(UnavailableError, match="still at work"):
        place.clone.refresh(None)
    assert len(place.worker.orders) == 1


def test_a_running_copy_is_waited_for_and_an_unknown_one_never_doubled(place: Place) -> None:
    place.clone.refresh(None)
    (order,) = place.worker.orders
    place.worker.sights[order.folder] = Alive(pid=1, started_at=None)
    assert place.clone.refresh(None) is None
    place.worker.sights[order.folder] = Unknown("another machine")

    with pytest.raises(UnavailableError, match="another machine"):
        place.clone.refresh(None)
    assert len(place.worker.orders) == 1


def test_a_copy_whose_files_are_gone_is_not_taken_for_whole(place: Place) -> None:
    place.clone.refresh(None)
    (order,) = place.worker.orders
    (order.worktree / "acme-webshop.git").rename(place.home / "elsewhere")

    with pytest.raises(UnavailableError, match="copying"):
        place.clone.refresh(None)


@pytest.mark.parametrize("outcome", [o for o in Outcome if o not in {Outcome.DONE, Outcome.NO_CHANGES}])
def test_no_bad_end_is_taken_for_a_copy(place: Place, outcome: Outcome) -> None:
    place.clone.refresh(None)
    (order,) = place.worker.orders
    place.worker.sights[order.folder] = Ended(End(outcome=outcome, ended_at=NOW, error="no good"))

    with pytest.raises(UnavailableError, match="no good"):
        place.clone.refresh(None)
    assert not place.clone.folder.exists()


@pytest.mark.parametrize("left", ["work folder", "order after the rename"])
def test_killed_around_the_start_or_the_rename_the_copy_goes_on(place: Place, left: str) -> None:
    if left == "work folder":
        (place.clone.orders / "1.copy").mkdir(parents=True)
    else:
        place.base()
        (place.clone.orders / "1").mkdir(parents=True)

    assert place.base().branch == "main"
    assert not place.clone.orders.exists()


def test_a_local_clone_saves_the_download_and_is_not_needed_after(tmp_path: Path, origin: Origin) -> None:
    reference = tmp_path / "mine"
    git(tmp_path, "clone", "-q", origin.url, str(reference))
    git(reference, "branch", "private")
    place = a_place(tmp_path / "home", origin, reference=reference)
    place.base()
    reference.rename(tmp_path / "gone")

    assert not (place.clone.folder / "objects" / "info" / "alternates").exists()
    assert "private" not in git(place.clone.folder, "for-each-ref")
    git(place.clone.folder, "fsck")


def test_a_local_clone_that_cannot_lend_is_done_without(tmp_path: Path, origin: Origin) -> None:
    place = a_place(tmp_path / "home", origin, reference=tmp_path / "nothing there")

    assert place.base().sha == origin.head()


def test_a_renamed_repository_is_fetched_from_its_new_place(place: Place) -> None:
    place.base()
    moved = place.origin.path.with_name("renamed.git")
    place.origin.path.rename(moved)
    clone = replace(place.clone, remote=Remote(git=Git(), url=f"file://{moved}"))

    assert clone.refresh(None)
    assert git(clone.folder, "config", "remote.origin.url") == f"file://{moved}"


@pytest.mark.parametrize("damage", ["HEAD", "refs", "objects", "config"])
def test_a_damaged_clone_names_the_folder_to_delete(place: Place, damage: str) -> None:
    place.base()
    path = place.clone.folder / damage
    path.write_text("[") if damage == "config" else path.rename(place.home / "taken")

    with pytest.raises(UnavailableError, match=f"delete {place.clone.folder}"):
        place.clone.refresh(None)


def test_a_lock_left_by_a_power_cut_is_taken_away_a_fresh_one_is_not(place: Place) -> None:
    place.base()
    place.origin.commit({"b": "2"})
    lock = place.clone.folder / "refs" / "heads" / "main.lock"
    lock.write_text("")

    with pytest.raises(UnavailableError):
        place.clone.refresh(None)
    os.utime(lock, (0, 0))
    assert place.base().sha == place.origin.head()


def test_a_remote_out_of_reach_is_unavailable(place: Place) -> None:
    place.base()
    place.origin.path.rename(place.origin.path.with_name("away"))

    with pytest.raises(UnavailableError, match="check the repository's name"):
        place.clone.refresh(None)
    with pytest.raises(UnavailableError):
        place.clone.remote_head("main")


def test_the_remote_head_is_that_of_the_very_branch(place: Place) -> None:
    sha = place.origin.commit({"a": "1"}, branch="topic")
    git(place.origin.path, "update-ref", "refs/other/refs/heads/lonely", sha)
    git(place.origin.path, "tag", "tagged")

    assert place.clone.remote_head("topic") == sha
    for name in ("lonely", "tagged", "opic", "top*", "--heads"):
        assert place.clone.remote_head(name) is None


def test_a_file_of_the_base_is_read_from_the_commit(place: Place) -> None:
    text = "---\nx: ü\n---\r\nHello {{ issue }}\n\n"
    place.origin.commit({"docs/WORKFLOW.md": "old"})
    (place.origin.desk / "docs" / "WORKFLOW.md").write_bytes(text.encode())
    (place.origin.desk / "link.md").symlink_to("docs/WORKFLOW.md")
    place.origin.commit({"-dash": "dashing"})
    base = place.base()

    assert place.clone.read_file(base, "docs/WORKFLOW.md") == text
    assert place.clone.read_file(base, "./docs/../link.md") == text
    assert place.clone.read_file(base, "-dash") == "dashing"
    assert place.clone.read_file(base, "nothing.md") is None


def test_what_is_no_text_file_of_the_repository_is_refused(place: Place) -> None:
    (place.origin.desk / "out").symlink_to("/etc/passwd")
    (place.origin.desk / "bytes").write_bytes(b"\xff\xfe")
    place.origin.commit({"big": "x" * (1024 * 1024 + 1)})
    base = place.base()

    for path in ("bytes", "big", "src", "../x", "/etc/passwd", "a\nb"):
        with pytest.raises(RefusedError):
            place.clone.read_file(base, path)
    assert place.clone.read_file(base, "out") is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-u",
        "--upload-pack=touch x",
        "ext::sh -c touch% x",
        "https://user:pass@example.org/x",
        "https://tok@h/x",
        "a\nb",
    ],
)
def test_a_url_git_must_not_be_given_is_refused_without_showing_its_password(place: Place, url: str) -> None:
    remote = replace(place.clone.remote, url=url)

    with pytest.raises(RefusedError) as caught:
        remote.head("main")
    assert "pass@" not in str(caught.value)
    assert "tok@" not in str(caught.value)


def test_the_users_rewritten_urls_hold(place: Place, home: Path) -> None:
    with (home / ".gitconfig").open("a") as file:
        file.write(f'[url "file://{place.origin.path.parent}/"]\n\tinsteadOf = https://example.org/acme/\n')
    remote = replace(place.clone.remote, url="https://example.org/acme/origin.git")

    assert remote.head("main") == place.origin.head()


def test_the_origin_url_of_a_local_clone_is_read_as_it_is_written(tmp_path: Path, origin: Origin, home: Path) -> None:
    git(tmp_path, "clone", "-q", str(origin.path), "mine")
    git(tmp_path / "mine", "remote", "set-url", "origin", "git@github.com:acme/webshop.git")
    git(tmp_path, "init", "-q", "lonely")
    with (home / ".gitconfig").open("a") as file:
        file.write('[remote "origin"]\n\turl = https://example.org/not/this.git\n')

    assert origin_url(tmp_path / "mine") == "git@github.com:acme/webshop.git"
    assert origin_url(tmp_path / "mine" / "src") == "git@github.com:acme/webshop.git"
    assert origin_url(tmp_path / "lonely") is None
    assert origin_url(tmp_path) is None
    assert origin_url(tmp_path / "nothing") is None


def test_everything_that_can_go_wrong_leaves_as_one_sentence(place: Place) -> None:
    with pytest.raises(IntakeError) as caught:
        place.clone.read_file(Base(branch="main", sha="1" * 40), "x")
    assert "\n" not in str(caught.value)
