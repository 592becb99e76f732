"""The base is merged in intake's own repository: nothing of a tree's runs, and the same merge is the same commit."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from issue_intake.core.model import Session
from issue_intake.core.ports import Base, CommitText
from issue_intake.errors import RefusedError
from issue_intake.git import worktree
from tests.git.places import NOW, TEXT, Origin, Place, a_place, git

MERGE = CommitText(message="Merge main", at=NOW + timedelta(hours=1))


def pushed(place: Place, files: dict[str, str | None], session: Session | None = None) -> Session:
    """A session that published these files; None takes one away."""
    session = session or place.prepared()
    for name, text in files.items():
        path = place.worktree() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink() if text is None else path.write_text(text)
    commit = place.worktrees.commit(session, TEXT)
    assert commit.changed
    place.worktrees.push(session, commit.sha)
    return replace(session, pushed_sha=commit.sha, announced_sha=commit.sha)


def publish_git(place: Place, *arguments: str) -> str:
    return git(place.session_folder() / "publish.git", *arguments)


def test_a_clean_merge_stands_on_both_and_says_what_it_was_told_to(place: Place) -> None:
    session = pushed(place, {"mine": "mine\n"})
    place.origin.commit({"theirs": "theirs\n"})
    base = place.base()

    merged = place.worktrees.merge(session, base, MERGE)

    assert merged.conflicts == ()
    assert merged.sha
    assert publish_git(place, "log", "-1", "--format=%P|%an|%cn|%at|%B", merged.sha) == (
        f"{session.pushed_sha} {base.sha}|Test Person|Test Person|{int(MERGE.at.timestamp())}|Merge main"
    )
    assert {"mine", "theirs"} < set(place.published(session, merged.sha))
    assert not (place.worktree() / "theirs").exists()
    place.worktrees.push(session, merged.sha)
    assert place.origin.head("agent/issue-7") == merged.sha


def test_the_same_merge_is_the_same_commit_in_any_home(place: Place, tmp_path: Path) -> None:
    other = a_place(tmp_path / "another home", place.origin)
    sessions = [(each, pushed(each, {"mine": "x"})) for each in (place, other)]
    place.origin.commit({"theirs": "x"})

    shas = {each.worktrees.merge(session, each.base(), MERGE).sha for each, session in sessions for _ in range(2)}

    assert len(shas) == 1
    assert None not in shas


def test_a_base_that_holds_nothing_new_leaves_what_was_pushed(place: Place) -> None:
    session = pushed(place, {"mine": "x"})

    assert place.worktrees.merge(session, place.base(), MERGE).sha == session.pushed_sha


def test_a_base_that_went_back_holds_nothing_new(place: Place) -> None:
    first = place.base().sha
    place.origin.commit({"more": "x"})
    session = pushed(place, {"mine": "x"})

    assert place.worktrees.merge(session, Base(branch="main", sha=first), MERGE).sha == session.pushed_sha


def test_the_merge_of_a_base_that_moved_twice(place: Place) -> None:
    session = pushed(place, {"mine": "x"})
    for name in ("one", "two"):
        place.origin.commit({name: name})
        merged = place.worktrees.merge(session, place.base(), MERGE)
        assert merged.sha
        place.worktrees.push(replace(session, announced_sha=merged.sha), merged.sha)
        session = replace(session, pushed_sha=merged.sha)

    assert {"mine", "one", "two"} < set(place.published(session, session.pushed_sha or ""))
    assert publish_git(place, "rev-list", "--count", "--merges", session.pushed_sha or "") == "2"
    assert place.worktrees.touched(session, place.base()) == ("mine",)


def test_a_rename_on_one_side_takes_the_others_lines_along(place: Place) -> None:
    place.origin.commit({"old.txt": "".join(f"line {n}\n" for n in range(50))})
    session = place.prepared()
    (place.worktree() / "old.txt").rename(place.worktree() / "new.txt")
    session = pushed(place, {}, session)
    place.origin.commit({"old.txt": "".join(f"line {n}\n" for n in range(49)) + "line 50, corrected\n"})

    merged = place.worktrees.merge(session, place.base(), MERGE)

    files = place.published(session, merged.sha or "")
    assert "old.txt" not in files
    assert files["new.txt"].endswith("corrected")


@pytest.mark.parametrize("conflict", ["text", "binary", "delete/modify", "modify/delete", "both add", "link"])
def test_a_conflict_is_told_by_its_paths_and_makes_no_commit(place: Place, conflict: str) -> None:
    place.origin.commit({"f": "one\ntwo\n", "img": "\0\1\2"})
    mine: dict[str, dict[str, str | None]] = {"delete/modify": {"f": None}, "binary": {"img": "\0mine"}}
    session = pushed(place, mine.get(conflict, {"new": "mine"} if conflict == "both add" else {"f": "mine\n"}))
    if conflict == "modify/delete":
        git(place.origin.desk, "rm", "-q", "f")
    if conflict == "link":
        (place.origin.desk / "f").unlink()
        (place.origin.desk / "f").symlink_to("/etc/passwd")
    theirs = {"text": {"f": "theirs\n"}, "binary": {"img": "\0theirs"}, "delete/modify": {"f": "theirs\n"}}
    place.origin.commit(theirs.get(conflict, {"new": "theirs"} if conflict == "both add" else {}))

    merged = place.worktrees.merge(session, place.base(), MERGE)

    assert merged.sha is None
    assert len(merged.conflicts) >= 1
    assert merged.conflicts[0].split("~")[0] in {"f", "img", "new"}
    assert publish_git(place, "rev-parse", "agent/issue-7") == session.pushed_sha


def test_conflicting_names_are_cleaned_and_at_most_fifty(place: Place) -> None:
    names = ["a\nb\x1b[31m", *(f"f{n}" for n in range(60))]
    place.origin.commit(dict.fromkeys(names, "one"))
    session = pushed(place, dict.fromkeys(names, "mine"))
    place.origin.commit(dict.fromkeys(names, "theirs"))

    conflicts = place.worktrees.merge(session, place.base(), MERGE).conflicts

    assert len(conflicts) == 50
    assert conflicts[0] == "a b"


def test_links_are_merged_as_links(place: Place, tmp_path: Path) -> None:
    session = place.prepared()
    (place.worktree() / "mine").symlink_to(tmp_path)
    session = pushed(place, {}, session)
    (place.origin.desk / "theirs").symlink_to("/etc/passwd")
    place.origin.commit({})

    merged = place.worktrees.merge(session, place.base(), MERGE)

    files = place.published(session, merged.sha or "")
    assert (files["mine"], files["theirs"]) == (str(tmp_path), "/etc/passwd")


@pytest.mark.parametrize("side", ["session", "base", "both"])
def test_no_driver_filter_or_hook_of_a_tree_ever_runs(place: Place, tmp_path: Path, side: str) -> None:
    canary, script = tmp_path / "canary", tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {canary}\nexit 0\n")
    script.chmod(0o755)
    place.origin.commit({"f": "".join(f"{n}\n" for n in range(20))})
    evil = {
        ".gitattributes": "* merge=evil filter=evil diff=evil text eol=crlf\n",
        ".gitconfig": f'[merge "evil"]\n\tdriver = {script} %A\n[core]\n\tfsmonitor = {script}\n',
        ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::{script}\n',
    }
    lines = [f"{n}\n" for n in range(20)]
    mine = {"f": "".join(["mine\n", *lines[1:]])} | (evil if side in {"session", "both"} else {})
    theirs = {"f": "".join([*lines[:-1], "theirs\n"])} | (evil if side in {"base", "both"} else {})
    session = pushed(place, {**mine})
    repo = place.session_folder() / "repo.git"
    git(repo, "config", "merge.evil.driver", f"{script} %A")
    git(repo, "config", "filter.evil.smudge", str(script))
    (repo / "hooks").mkdir(exist_ok=True)
    for name in ("post-merge", "pre-merge-commit", "commit-msg", "reference-transaction", "post-rewrite"):
        (repo / "hooks" / name).symlink_to(script)
    (repo / "info").mkdir(exist_ok=True)
    (repo / "info" / "attributes").write_text("* merge=evil\n")
    place.origin.commit(theirs)
    canary.unlink(missing_ok=True)

    merged = place.worktrees.merge(session, place.base(), MERGE)
    assert merged.sha
    place.worktrees.bundle(session, merged.sha)
    place.worktrees.touched(session, place.base())

    assert not canary.exists()
    assert place.published(session, merged.sha)["f"] == "\n".join(["mine", *map(str, range(1, 19)), "theirs"])
    git(place.worktree(), "config", "user.name", "careless")
    git(place.worktree(), "fetch", "-q", str(place.origin.path), "main")
    attributes = place.worktree() / ".gitattributes"
    attributes.write_text(evil[".gitattributes"])
    for careless in (("add", "-A"), ("commit", "-q", "-m", "x"), ("merge", "-q", "--no-edit", "FETCH_HEAD")):
        subprocess.run(("git", *careless), cwd=place.worktree(), capture_output=True, check=False)
    assert canary.exists(), "the attack would have worked on anybody else"


def _submodule(origin: Origin, sha: str) -> None:
    git(origin.desk, "update-index", "--add", "--cacheinfo", f"160000,{sha},inner")
    git(origin.desk, "commit", "-q", "-m", "the submodule")
    git(origin.desk, "push", "-q", "origin", "main")


def test_a_submodule_is_never_opened_to_merge_it(place: Place, tmp_path: Path) -> None:
    first = git(place.origin.desk, "rev-parse", "HEAD")
    _submodule(place.origin, first)
    session = pushed(place, {"mine": "x"})
    inner = place.worktree() / "inner"
    git(inner, "init", "-q")
    git(inner, "config", "core.fsmonitor", f"touch {tmp_path / 'canary'}")
    second = git(place.origin.desk, "rev-parse", "HEAD")
    _submodule(place.origin, second)

    merged = place.worktrees.merge(session, place.base(), MERGE)

    assert place.published(session, merged.sha or "")["inner"] == f"160000 commit {second}"
    assert not (tmp_path / "canary").exists()


def test_nothing_pushed_or_no_history_in_common_is_refused(place: Place) -> None:
    session = place.prepared()
    with pytest.raises(RefusedError, match="nothing was pushed"):
        place.worktrees.merge(session, place.base(), MERGE)
    with pytest.raises(RefusedError, match="nothing was pushed"):
        place.worktrees.touched(session, place.base())
    session = pushed(place, {"mine": "x"})
    git(place.origin.desk, "checkout", "-q", "--orphan", "another")
    git(place.origin.desk, "commit", "-q", "-m", "another root")
    git(place.origin.desk, "push", "-q", "--force", "origin", "HEAD:main")

    with pytest.raises(RefusedError, match="no history in common"):
        place.worktrees.merge(session, place.base(), MERGE)


def test_a_merged_base_survives_a_gc_of_the_clone_when_the_remote_forgets_it(place: Place) -> None:
    session = pushed(place, {"mine": "x"})
    place.origin.commit({"theirs": "x"})
    merged = place.worktrees.merge(session, place.base(), MERGE)
    git(place.origin.desk, "commit", "-q", "--amend", "-m", "another")
    git(place.origin.desk, "push", "-q", "--force", "origin", "main")
    place.base()

    git(place.clone.folder, "gc", "-q", "--prune=now")

    publish_git(place, "rev-list", "--objects", merged.sha or "")
    assert place.worktrees.remove(session) == ""
    assert "refs/intake" not in git(place.clone.folder, "for-each-ref")


def test_touched_names_what_the_session_changed_and_not_what_the_base_did(place: Place) -> None:
    place.origin.commit({"kept": "x", "old": "x" * 100, "ünï\ncode": "x"})
    session = place.prepared()
    (place.worktree() / "old").rename(place.worktree() / "moved")
    (place.worktree() / os.fsdecode(b"raw \xff")).write_text("x")
    session = pushed(place, {'quo"te': "x", "ünï\ncode": None}, session)
    place.origin.commit({"kept": "changed", "more": "x"})

    touched = place.worktrees.touched(session, place.base())

    assert set(touched) == {"moved", "old", 'quo"te', "ünï\ncode", os.fsdecode(b"raw \xff")}


def test_a_list_of_touched_paths_never_ends_early(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    session = pushed(place, {"a": "x", "b": "x"})
    monkeypatch.setattr(worktree, "TOUCHED_LIMIT", 1)

    with pytest.raises(RefusedError, match="more than 1 paths"):
        place.worktrees.touched(session, place.base())
