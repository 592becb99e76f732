"""A push adds commits to intake's own branch, or does nothing at all."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issue_intake.core.model import Session
from issue_intake.core.ports import CommitText
from issue_intake.errors import IntakeError, RefusedError, UnavailableError
from tests.git.places import NOW, TEXT, Origin, Place, a_place, a_session, git, make_origin


def _committed(place: Place) -> tuple[Session, str]:
    session = place.prepared()
    (place.worktree() / "new").write_text("x")
    return session, place.worktrees.commit(session, TEXT).sha


def test_a_first_push_makes_the_branch_and_repeating_it_is_success(place: Place) -> None:
    session, sha = _committed(place)

    place.worktrees.push(session, sha)
    place.worktrees.push(session, sha)

    assert place.origin.head("agent/issue-7") == sha


def test_somebody_elses_branch_of_that_name_is_left_alone(place: Place) -> None:
    session, sha = _committed(place)
    theirs = place.origin.commit({"theirs": "x"}, branch="agent/issue-7")

    with pytest.raises(RefusedError, match="somebody else's commits are on agent/issue-7"):
        place.worktrees.push(session, sha)
    assert place.origin.head("agent/issue-7") == theirs


def test_a_branch_that_moved_since_the_last_push_is_left_alone(place: Place) -> None:
    session, sha = _committed(place)
    place.worktrees.push(session, sha)
    theirs = place.origin.commit({"theirs": "x"}, branch="agent/issue-7")
    (place.worktree() / "more").write_text("x")
    session = replace(session, pushed_sha=sha)
    second = place.worktrees.commit(session, TEXT)

    with pytest.raises(RefusedError, match="hands off"):
        place.worktrees.push(session, second.sha)
    assert place.origin.head("agent/issue-7") == theirs


def test_a_branch_somebody_deleted_is_not_made_again(place: Place) -> None:
    session, sha = _committed(place)
    place.worktrees.push(session, sha)
    git(place.origin.path, "update-ref", "-d", "refs/heads/agent/issue-7")

    with pytest.raises(RefusedError, match="deleted"):
        place.worktrees.push(replace(session, pushed_sha=sha), sha)
    assert place.origin.head("agent/issue-7") is None


def test_after_a_crash_between_push_and_save_the_announced_commit_is_ours(place: Place) -> None:
    session, sha = _committed(place)
    place.worktrees.push(session, sha)
    announced = replace(session, announced_sha=sha, announced_for=1)

    place.worktrees.push(announced, sha)

    assert place.origin.head("agent/issue-7") == sha


HOSTILE = [
    *("main", "agent/issue-", "agent/issue-7x", "agent/issue-7\n", "+agent/issue-7", "agent/issue-7:main", ""),
    *("--force", "-f", "--mirror", "--delete", "+refs/heads/main", ":refs/heads/main", "refs/heads/main", "HEAD"),
    *("agent/issue-7:refs/heads/main", "agent/issue-7 main", "agent/issue-7\nrefs/heads/main", "agent/issue-7\0"),
    *("agent/issue-7/../../main", "agent/../main", "../agent/issue-7", "refs/heads/agent/issue-7", "agent/issue-7~1"),
    *("agent/issue-7^{}", "agent/issue-7@{1}", "agent/issue-7.lock", "Agent/issue-7", "agent/issue-1\u0667", "tags/v1"),
]


def test_no_other_branch_is_ever_pushed_to(place: Place) -> None:
    session, sha = _committed(place)
    before = place.origin.refs()

    for branch in HOSTILE:
        with pytest.raises(RefusedError, match="no branch of intake's"):
            place.worktrees.push(replace(session, branch=branch), sha)
    assert place.origin.refs() == before


def test_a_push_is_one_commit_to_one_whole_ref_and_never_a_force(
    tmp_path: Path, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen from the process that git is."""
    log, real = tmp_path / "log", shutil.which("git")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {log}\nexec {real} "$@"\n')
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    place = a_place(tmp_path / "home", origin)
    session, sha = _committed(place)
    place.worktrees.push(session, sha)

    (pushed,) = (line.split(" push ")[1] for line in log.read_text().splitlines() if " push " in line)

    options, _, what = pushed.partition(" -- ")
    assert what == f"{origin.url} {sha}:refs/heads/agent/issue-7"
    assert set(options.split(" ")) == {
        *("--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"),
    }


def test_a_message_with_dashes_is_words_and_nothing_else(place: Place) -> None:
    session = place.prepared()
    (place.worktree() / "--force").write_text("x")
    before = place.origin.refs()
    message = "--force --amend -m x\n\n-d\n:refs/heads/main\n+main\n--all"

    sha = place.worktrees.commit(session, CommitText(message=message, at=NOW)).sha
    place.worktrees.push(session, sha)

    assert git(place.origin.path, "log", "-1", "--format=%B", "agent/issue-7") == message
    assert place.origin.refs() == {**before, "refs/heads/agent/issue-7": sha}


@pytest.mark.parametrize("sha", ["", "HEAD", "0" * 40, "+" + "1" * 40, "main", ":", "1" * 39])
def test_only_a_commit_is_pushed(place: Place, sha: str) -> None:
    session, first = _committed(place)
    place.worktrees.push(session, first)

    with pytest.raises(RefusedError, match="is no commit"):
        place.worktrees.push(replace(session, pushed_sha=first), sha)
    assert place.origin.head("agent/issue-7") == first


def _hook(place: Place, name: str, body: str) -> None:
    path = place.origin.path / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_a_remote_that_says_no_is_final_with_its_reason(place: Place) -> None:
    session, sha = _committed(place)
    _hook(
        place, "update", 'echo "error: GH006: Protected branch update failed for $1." >&2\necho "see docs" >&2\nexit 1'
    )

    with pytest.raises(RefusedError, match=r"refused the push to agent/issue-7: GH006: Protected branch update failed"):
        place.worktrees.push(session, sha)


def test_a_silent_no_is_told_by_gits_own_word(place: Place) -> None:
    session, sha = _committed(place)
    _hook(place, "pre-receive", "exit 1")

    with pytest.raises(RefusedError, match="pre-receive hook declined"):
        place.worktrees.push(session, sha)


def test_a_branch_made_between_look_and_push_is_not_overwritten(place: Place) -> None:
    session, sha = _committed(place)
    theirs = place.origin.commit({"theirs": "x"}, branch="side")
    _hook(place, "pre-receive", f"unset GIT_QUARANTINE_PATH; git update-ref refs/heads/agent/issue-7 {theirs}")

    with pytest.raises(IntakeError):
        place.worktrees.push(session, sha)
    assert place.origin.head("agent/issue-7") == theirs


def test_a_locked_ref_on_the_remote_is_tried_again_later(place: Place) -> None:
    session, sha = _committed(place)
    lock = place.origin.path / "refs" / "heads" / "agent" / "issue-7.lock"
    lock.parent.mkdir()
    lock.write_text("")

    with pytest.raises(UnavailableError):
        place.worktrees.push(session, sha)


def test_a_remote_out_of_reach_is_tried_again_later(place: Place) -> None:
    session, sha = _committed(place)
    place.origin.path.rename(place.origin.path.with_name("away"))

    with pytest.raises(UnavailableError):
        place.worktrees.push(session, sha)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, identity: None) -> tuple[Place, dict[str, str]]:
    """A place with commits of every kin: before, ours, ours on top, theirs on top, unrelated."""
    folder = tmp_path_factory.mktemp("shared")
    place = a_place(folder / "home", make_origin(folder / "server"))
    session, ours = _committed(place)
    place.worktrees.push(session, ours)
    (place.worktree() / "more").write_text("x")
    further = place.worktrees.commit(replace(session, pushed_sha=ours), TEXT).sha
    kin = {
        "base": session.base_sha or "",
        "ours": ours,
        "theirs": place.origin.commit({"theirs": "x"}, branch="agent/issue-7"),
        "side": place.origin.commit({"side": "x"}, branch="side"),
        "further": further,
    }
    git(place.session_folder() / "publish.git", "push", "-q", place.origin.url, f"{further}:refs/heads/keep")
    return place, kin


KIN = st.sampled_from(["base", "ours", "theirs", "side", "further"])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    remote=st.none() | KIN, pushed=st.none() | KIN, announced=st.none() | KIN, sha=st.sampled_from(["ours", "further"])
)
def test_a_push_never_deletes_never_goes_back_and_touches_no_other_ref(
    shared: tuple[Place, dict[str, str]], remote: str | None, pushed: str | None, announced: str | None, sha: str
) -> None:
    place, kin = shared
    at = kin.get(remote or "")
    ref = "refs/heads/agent/issue-7"
    git(place.origin.path, "update-ref", *((ref, at) if at else ("-d", ref)))
    before = place.origin.refs()
    session = replace(a_session(), pushed_sha=kin.get(pushed or ""), announced_sha=kin.get(announced or ""))

    try:
        place.worktrees.push(session, kin[sha])
    except IntakeError:
        assert place.origin.refs() == before
        return

    after = place.origin.refs()
    assert after.pop(ref) == kin[sha]
    assert after == {name: value for name, value in before.items() if name != ref}
    known = {session.pushed_sha, session.announced_sha, kin[sha]} | ({None} if not session.pushed_sha else set())
    assert at in known
    assert at is None or git(place.origin.path, "merge-base", at, kin[sha]) == at
