"""What a worker took in is published with the work, and never undone by it."""

from __future__ import annotations

import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.core.attempt import Attempt, Role
from issue_intake.core.model import Session
from issue_intake.core.ports import CommitText
from issue_intake.errors import RefusedError
from tests.git.places import NOW, TEXT, Origin, Place, git

MERGE = CommitText(message="Merge main", at=NOW)


def attempt(takes: str | None) -> Attempt:
    return Attempt(number=2, role=Role.CODER, agent="command:true", claimed_at=NOW, takes=takes)


def pushed(place: Place, session: Session) -> Session:
    """The session with its worktree's files published."""
    commit = place.worktrees.commit(session, TEXT)
    place.worktrees.push(session, commit.sha)
    return replace(session, pushed_sha=commit.sha, announced_sha=commit.sha)


def merged(place: Place, session: Session) -> Session:
    """The session with the base merged and pushed, and an attempt that takes that."""
    merge = place.worktrees.merge(session, place.base(), MERGE)
    assert merge.sha
    place.worktrees.push(replace(session, announced_sha=merge.sha), merge.sha)
    return replace(session, pushed_sha=merge.sha, announced_sha=merge.sha, attempts=(attempt(merge.sha),))


def in_conflict(place: Place, session: Session) -> Session:
    """The session with an attempt that takes the base itself, because it does not merge."""
    base = place.base()
    assert place.worktrees.merge(session, base, MERGE).sha is None
    return replace(session, attempts=(attempt(base.sha),))


def take_in(place: Place, session: Session) -> None:
    """What a worker does before the agent begins: commit, fetch, merge; conflicts stay in the files."""
    assert session.last
    assert session.last.takes
    bundle, tree = place.worktrees.bundle(session, session.last.takes), place.worktree()
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "--allow-empty", "-m", "the work so far")
    git(tree, "fetch", "-q", str(bundle), "refs/intake/incoming")
    merge = ("git", "-C", str(tree), "merge", "-q", "--no-edit", "FETCH_HEAD")
    subprocess.run(merge, capture_output=True, check=False)


@pytest.fixture
def session(place: Place) -> Session:
    """One that published a change to f and a file of its own; main has since changed g and added h."""
    place.origin.commit({"f": "1\n2\n3\n4\n5\n6\n7\n8\n", "g": "g\n", "gone": "x\n"})
    session = place.prepared()
    (place.worktree() / "f").write_text("mine\n2\n3\n4\n5\n6\n7\n8\n")
    (place.worktree() / "mine").write_text("mine\n")
    session = pushed(place, session)
    git(place.origin.desk, "rm", "-q", "gone")
    place.origin.commit({"g": "changed\n", "dir/h": "new\n"})
    return session


@pytest.fixture
def conflicting(place: Place, session: Session) -> Session:
    """The same, and main has changed the very line of f."""
    place.origin.commit({"f": "theirs\n2\n3\n4\n5\n6\n7\n8\n"})
    return in_conflict(place, session)


def test_a_clean_merge_is_taken_in_and_worked_on(place: Place, session: Session) -> None:
    session = merged(place, session)
    take_in(place, session)
    assert not place.worktrees.commit(session, TEXT).changed
    (place.worktree() / "fix").write_text("x\n")

    commit = place.worktrees.commit(session, TEXT)

    assert git(place.session_folder() / "publish.git", "log", "-1", "--format=%P", commit.sha) == session.pushed_sha
    files = place.published(session, commit.sha)
    assert files["g"] == "changed"
    assert {"mine", "fix", "dir/h"} < set(files)
    assert "gone" not in files


def test_a_resolved_conflict_is_published_on_top_of_both(place: Place, conflicting: Session) -> None:
    take_in(place, conflicting)
    (place.worktree() / "f").write_text("both\n")

    commit = place.worktrees.commit(conflicting, TEXT)

    assert conflicting.last
    parents = git(place.session_folder() / "publish.git", "log", "-1", "--format=%P", commit.sha)
    assert parents == f"{conflicting.pushed_sha} {conflicting.last.takes}"
    assert place.published(conflicting, commit.sha)["f"] == "both"
    place.worktrees.push(conflicting, commit.sha)
    assert place.origin.head("agent/issue-7") == commit.sha
    after = replace(conflicting, pushed_sha=commit.sha)
    assert not place.worktrees.commit(after, TEXT).changed
    assert place.worktrees.merge(after, place.base(), MERGE).sha == commit.sha
    assert place.worktrees.touched(after, place.base()) == ("f", "mine")
    assert place.worktrees.remove(after) == ""


@pytest.mark.parametrize("side", ["mine", "theirs"])
def test_a_conflict_may_be_resolved_as_either_side_has_it(place: Place, conflicting: Session, side: str) -> None:
    take_in(place, conflicting)
    (place.worktree() / "f").write_text(f"{side}\n2\n3\n4\n5\n6\n7\n8\n")

    commit = place.worktrees.commit(conflicting, TEXT)

    assert place.published(conflicting, commit.sha)["f"].startswith(side)


def test_taking_in_what_changes_no_file_is_still_published(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / "same").write_text("x\n")
    session = pushed(place, session)
    base = place.origin.commit({"same": "x\n"})
    place.base()
    session = replace(session, attempts=(attempt(base),))
    take_in(place, session)

    commit = place.worktrees.commit(session, TEXT)

    assert commit.changed
    assert git(place.session_folder() / "publish.git", "log", "-1", "--format=%P", commit.sha).endswith(base)


@pytest.mark.parametrize("kind", ["clean", "conflicting"])
def test_a_worktree_that_never_took_it_in_is_not_published(place: Place, session: Session, kind: str) -> None:
    if kind == "conflicting":
        place.origin.commit({"f": "theirs\n2\n3\n4\n5\n6\n7\n8\n"})
    session = merged(place, session) if kind == "clean" else in_conflict(place, session)
    (place.worktree() / "fix").write_text("x\n")

    with pytest.raises(RefusedError, match="lacks what main brought: dir/h, g, gone; nothing was pushed") as refused:
        place.worktrees.commit(session, TEXT)
    assert refused.value.hint


@pytest.mark.parametrize("undone", ["changed", "added", "removed", "all"])
@pytest.mark.parametrize("kind", ["clean", "conflicting"])
def test_undoing_what_was_taken_in_is_refused_by_name(place: Place, session: Session, kind: str, undone: str) -> None:
    if kind == "conflicting":
        place.origin.commit({"f": "theirs\n2\n3\n4\n5\n6\n7\n8\n"})
    session = merged(place, session) if kind == "clean" else in_conflict(place, session)
    take_in(place, session)
    (place.worktree() / "f").write_text("resolved\n")
    if undone in {"changed", "all"}:
        (place.worktree() / "g").write_text("g\n")
    if undone in {"added", "all"}:
        (place.worktree() / "dir" / "h").unlink()
    if undone in {"removed", "all"}:
        (place.worktree() / "gone").write_text("x\n")

    named = {"changed": "g", "added": "dir/h", "removed": "gone", "all": "dir/h, g, gone"}[undone]
    with pytest.raises(RefusedError, match=f"brought: {named}; nothing"):
        place.worktrees.commit(session, TEXT)


def test_at_most_three_paths_are_named(place: Place, session: Session) -> None:
    place.origin.commit({f"more-{n}": "x" for n in range(5)})
    session = merged(place, session)

    with pytest.raises(RefusedError, match="dir/h, g, gone and 5 more; nothing"):
        place.worktrees.commit(session, TEXT)


def test_what_the_session_makes_of_a_file_main_changed_is_its_own_business(place: Place, session: Session) -> None:
    session = merged(place, session)
    take_in(place, session)
    (place.worktree() / "g").write_text("better\n")
    (place.worktree() / "dir" / "h").rename(place.worktree() / "h")

    files = place.published(session, place.worktrees.commit(session, TEXT).sha)

    assert files["g"] == "better"
    assert files["h"] == "new"


@pytest.mark.parametrize("left", ["untouched", "with one more edit"])
def test_unresolved_conflicts_are_not_published(place: Place, conflicting: Session, left: str) -> None:
    take_in(place, conflicting)
    if left != "untouched":
        (place.worktree() / "f").write_text((place.worktree() / "f").read_text() + "9\n")

    with pytest.raises(RefusedError, match="conflicts are not resolved: f; nothing was pushed"):
        place.worktrees.commit(conflicting, TEXT)


def test_files_about_conflicts_are_files(place: Place, session: Session) -> None:
    about = "<<<<<<< ours\n=======\n>>>>>>> theirs\n"
    place.origin.commit({"f": "theirs\n2\n3\n4\n5\n6\n7\n8\n", "docs/theirs.md": about})
    session = in_conflict(place, session)
    take_in(place, session)
    (place.worktree() / "f").write_text("resolved\n<<<<<<< only one mark\n")
    (place.worktree() / "docs" / "theirs.md").write_text(f"{about}more\n")

    assert place.worktrees.commit(session, TEXT).changed


def test_without_anything_taken_in_marks_are_nobodys_business(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / "about.md").write_text("<<<<<<< a\n=======\n>>>>>>> b\n")

    assert place.worktrees.commit(replace(session, attempts=(attempt(None),)), TEXT).changed
    assert place.worktrees.commit(replace(session, attempts=(attempt(session.base_sha),)), TEXT).changed


def test_a_base_the_worktree_was_made_from_was_not_taken_in(place: Place) -> None:
    place.origin.commit({"f": "theirs\n"}, branch="side")
    git(place.origin.desk, "checkout", "-q", "main")
    git(place.origin.desk, "merge", "-q", "--no-ff", "-m", "a merge of main's own", "side")
    git(place.origin.desk, "push", "-q", "origin", "main")
    session = place.prepared()
    (place.worktree() / "f").unlink()
    (place.worktree() / "mine").write_text("x")

    commit = place.worktrees.commit(replace(session, attempts=(attempt(session.base_sha),)), TEXT)

    assert "f" not in place.published(session, commit.sha)


@pytest.mark.parametrize("resolved", ["kept", "deleted"])
def test_a_file_one_side_deleted_may_stay_or_go(place: Place, resolved: str) -> None:
    place.origin.commit({"f": "one\n"})
    session = place.prepared()
    (place.worktree() / "f").unlink()
    session = pushed(place, session)
    place.origin.commit({"f": "two\n"})
    session = in_conflict(place, session)
    take_in(place, session)
    if resolved == "deleted":
        (place.worktree() / "f").unlink()

    assert ("f" in place.published(session, place.worktrees.commit(session, TEXT).sha)) == (resolved == "kept")


def test_binary_conflicts_links_and_odd_names_pass_through(place: Place, session: Session) -> None:
    place.origin.commit({"img": "\0one"})
    (place.origin.desk / "link").symlink_to("/etc/passwd")
    place.origin.commit({"with\nnewline": "x", '-q"ü': "x", "f": "theirs\n2\n3\n4\n5\n6\n7\n8\n"})
    session = in_conflict(place, session)
    take_in(place, session)
    (place.worktree() / "f").write_bytes(b"\0<<<<<<< \n>>>>>>> \n")

    files = place.published(session, place.worktrees.commit(session, TEXT).sha)

    assert files["link"] == "/etc/passwd"
    assert {"with\nnewline", '-q"ü', "img"} < set(files)


def test_a_file_main_tracks_although_it_is_ignored_is_kept(place: Place, session: Session) -> None:
    (place.origin.desk / "kept.log").write_text("tracked\n")
    git(place.origin.desk, "add", "-f", "kept.log")
    place.origin.commit({"f": "theirs\n2\n3\n4\n5\n6\n7\n8\n"})
    session = in_conflict(place, session)
    take_in(place, session)
    (place.worktree() / "f").write_text("resolved\n")
    (place.worktree() / "noise.log").write_text("ignored\n")

    files = place.published(session, place.worktrees.commit(session, TEXT).sha)

    assert files["kept.log"] == "tracked"
    assert "noise.log" not in files


def test_a_folder_in_place_of_a_file_of_the_sessions(place: Place, session: Session) -> None:
    place.origin.commit({"mine/inner.txt": "x\n"})
    session = in_conflict(place, session)
    take_in(place, session)
    for path in place.worktree().glob("mine~*"):
        path.unlink()

    files = place.published(session, place.worktrees.commit(session, TEXT).sha)

    assert "mine" not in files
    assert files["mine/inner.txt"] == "x"


def _with_submodule(origin: Origin, sha: str) -> None:
    git(origin.desk, "update-index", "--add", "--cacheinfo", f"160000,{sha},libs/inner")
    git(origin.desk, "commit", "-q", "-m", "a submodule")
    git(origin.desk, "push", "-q", "origin", "main")


@pytest.mark.parametrize("before", ["none", "there"])
def test_a_submodule_main_moved_moves(place: Place, before: str) -> None:
    first = place.origin.head() or ""
    place.origin.commit({"f": "one\n"})
    if before == "there":
        _with_submodule(place.origin, first)
    session = place.prepared()
    (place.worktree() / "f").write_text("mine\n")
    session = pushed(place, session)
    second = place.origin.commit({"f": "theirs\n"}) if before == "none" else _bumped(place.origin)
    if before == "none":
        _with_submodule(place.origin, second)
    session = in_conflict(place, session)
    take_in(place, session)
    (place.worktree() / "f").write_text("resolved\n")

    files = place.published(session, place.worktrees.commit(session, TEXT).sha)

    assert files["libs/inner"] == f"160000 commit {second}"


def _bumped(origin: Origin) -> str:
    (origin.desk / "f").write_text("theirs\n")
    git(origin.desk, "commit", "-q", "-a", "-m", "theirs")
    sha = git(origin.desk, "rev-parse", "HEAD")
    _with_submodule(origin, sha)
    return sha


@pytest.mark.parametrize("planted", ["in place of main's submodule", "anywhere"])
def test_a_repository_planted_where_main_brought_a_submodule_is_never_opened(
    place: Place, tmp_path: Path, planted: str
) -> None:
    place.origin.commit({"f": "one\n"})
    session = place.prepared()
    (place.worktree() / "f").write_text("mine\n")
    session = pushed(place, session)
    _with_submodule(place.origin, place.origin.commit({"f": "theirs\n"}))
    session = in_conflict(place, session)
    take_in(place, session)
    (place.worktree() / "f").write_text("resolved\n")
    inner = place.worktree() / ("libs/inner" if "place" in planted else "elsewhere")
    inner.mkdir(parents=True, exist_ok=True)
    git(inner, "init", "-q")
    (inner / "x").write_text("x")
    git(inner, "add", "-A")
    git(inner, "commit", "-q", "-m", "x")
    git(inner, "config", "core.fsmonitor", f"touch {tmp_path / 'canary'}")

    with pytest.raises(RefusedError):
        place.worktrees.commit(session, TEXT)
    assert not (tmp_path / "canary").exists()
    git(inner, "status")
    assert (tmp_path / "canary").exists()


def test_a_tracked_lfs_file_main_brought_as_it_is_stands(place: Place, session: Session) -> None:
    place.origin.commit(
        {"f": "theirs\n2\n3\n4\n5\n6\n7\n8\n", ".gitattributes": "*.bin filter=lfs\n", "a.bin": "no pointer"}
    )
    session = in_conflict(place, session)
    take_in(place, session)
    (place.worktree() / "f").write_text("resolved\n")
    assert place.worktrees.commit(session, TEXT).changed

    (place.worktree() / "b.bin").write_text("mine, and no pointer")
    with pytest.raises(RefusedError, match=r"b\.bin belongs into Git LFS"):
        place.worktrees.commit(session, TEXT)


class TestBundles:
    """The one way by which commits come into an agent's repository."""

    def test_it_is_a_private_file_with_one_ref(self, place: Place, session: Session) -> None:
        session = merged(place, session)
        (place.session_folder() / "incoming.bundle").write_text("an older one")
        (place.session_folder() / ".incoming.bundle.new.lock").write_text("left by a git that was killed")

        file = place.worktrees.bundle(session, session.pushed_sha or "")

        assert file == place.session_folder() / "incoming.bundle"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        heads = git(place.worktree(), "bundle", "list-heads", str(file))
        assert heads == f"{session.pushed_sha} refs/intake/incoming"
        assert [path.name for path in place.session_folder().iterdir() if path.name.startswith(".")] == []

    def test_what_the_worktree_was_made_with_is_not_in_it(self, place: Place, session: Session) -> None:
        session = merged(place, session)
        file = place.worktrees.bundle(session, session.pushed_sha or "")

        assert f"-{session.base_sha}".encode() in file.read_bytes().split(b"\n\n")[0]

    def test_a_base_that_was_written_anew_can_be_taken_in(self, place: Place, session: Session) -> None:
        git(place.origin.desk, "commit", "-q", "--amend", "-m", "another")
        git(place.origin.desk, "push", "-q", "--force", "origin", "HEAD:main")
        base = place.base()

        file = place.worktrees.bundle(session, base.sha)

        git(place.worktree(), "fetch", "-q", str(file), "refs/intake/incoming")
        assert git(place.worktree(), "rev-parse", "FETCH_HEAD") == base.sha

    def test_what_was_taken_in_survives_a_gc_of_the_clone_when_the_remote_forgets_it(
        self, place: Place, conflicting: Session
    ) -> None:
        take_in(place, conflicting)
        git(place.origin.desk, "reset", "-q", "--hard", "HEAD~2")
        git(place.origin.desk, "push", "-q", "--force", "origin", "HEAD:main")
        place.base()

        git(place.clone.folder, "gc", "-q", "--prune=now")

        git(place.worktree(), "fsck")
        (place.worktree() / "f").write_text("resolved\n")
        assert place.worktrees.commit(conflicting, TEXT).changed

    @pytest.mark.parametrize("sha", ["", "main", "--all", "0" * 40])
    def test_what_is_no_commit_is_refused(self, place: Place, session: Session, sha: str) -> None:
        with pytest.raises(RefusedError, match="cannot be bundled"):
            place.worktrees.bundle(session, sha)

    def test_nothing_new_is_refused(self, place: Place, session: Session) -> None:
        with pytest.raises(RefusedError, match="holds nothing that"):
            place.worktrees.bundle(session, session.base_sha or "")

    def test_an_unknown_commit_is_refused(self, place: Place, session: Session) -> None:
        with pytest.raises(RefusedError, match="nowhere to be found"):
            place.worktrees.bundle(session, "1" * 40)
        with pytest.raises(RefusedError, match="nowhere to be found"):
            place.worktrees.commit(replace(session, attempts=(attempt("1" * 40),)), TEXT)

    def test_it_goes_with_the_worktree(self, place: Place, session: Session) -> None:
        session = merged(place, session)
        place.worktrees.bundle(session, session.pushed_sha or "")
        take_in(place, session)

        assert place.worktrees.remove(session) == ""
        assert list(place.session_folder().iterdir()) == []
        assert "refs/intake" not in git(place.clone.folder, "for-each-ref")
