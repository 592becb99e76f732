"""The token reaches the API's host and nothing else: no file, no argument, no error, no other host."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.errors import IntakeError
from issue_intake.git.program import Git
from issue_intake.git.remote import Credential, Remote
from tests.git.places import TEXT, Origin, Place, a_place, git, texts_below
from tests.git.server import TOKEN, Served, serving


@pytest.fixture
def server(origin: Origin) -> Iterator[Served]:
    """Serves the origin over HTTP."""
    git(origin.path, "config", "http.receivepack", "true")
    with serving(origin.path.parent) as served:
        yield served


@pytest.fixture
def place(tmp_path: Path, origin: Origin, server: Served) -> Place:
    """A home that knows the token."""
    credential = Credential(origin=server.origin, token=TOKEN)
    return a_place(tmp_path / "home", origin, url=f"{server.origin}/origin.git", credential=credential)


def test_a_whole_round_over_http_leaves_no_token_in_any_file(place: Place, home: Path) -> None:
    session = place.prepared()
    (place.worktree() / "new").write_text("x")
    commit = place.worktrees.commit(session, TEXT)
    place.worktrees.push(session, commit.sha)

    assert place.origin.head("agent/issue-7") == commit.sha
    assert place.clone.remote_head("agent/issue-7") == commit.sha
    holders = [path for path, data in texts_below(place.home, home) if TOKEN.encode() in data]
    assert holders == []
    assert place.worktrees.remove(replace(session, pushed_sha=commit.sha)) == ""


def test_the_token_is_in_no_argument_and_no_representation(place: Place) -> None:
    place.base()

    assert all(TOKEN not in word for order in place.worker.orders for step in order.steps for word in step.argv)
    assert all(
        TOKEN not in value for order in place.worker.orders for step in order.steps for value in step.env.values()
    )
    assert TOKEN not in repr(place.clone.remote)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_process_shows_the_token_in_its_arguments(place: Place) -> None:
    lines: set[bytes] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    lines.add(path.read_bytes())
                except OSError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        place.base()
    finally:
        over.set()
        watcher.join()
    assert any(b"remote-http" in line for line in lines)
    assert not any(TOKEN.encode() in line for line in lines)


@pytest.mark.parametrize("when", ["before it was shown", "after it was shown"])
def test_the_token_follows_no_redirect_to_another_host(place: Place, origin: Origin, server: Served, when: str) -> None:
    first = when == "before it was shown"
    with serving(origin.path.parent) as other:
        server.redirect = other.origin
        server.redirect_first = first
        with pytest.raises(IntakeError):
            place.clone.remote_head("main")

        assert other.seen
        assert set(other.seen) == {None}
        assert first or any(server.seen)


def test_another_host_is_not_shown_the_token(origin: Origin, place: Place) -> None:
    with serving(origin.path.parent) as other:
        elsewhere = replace(place.clone.remote, url=f"{other.origin}/origin.git")
        with pytest.raises(IntakeError, match="check that the token"):
            elsewhere.head("main")
        assert set(other.seen) == {None}


def test_a_wrong_token_is_told_with_a_cure_and_not_shown(place: Place, server: Served) -> None:
    wrong = "ghp_" + "wrong" * 8
    remote = replace(place.clone.remote, credential=Credential(origin=server.origin, token=wrong))

    with pytest.raises(IntakeError, match="check that the token") as caught:
        remote.head("main")
    assert wrong not in str(caught.value)
    clone = replace(place.clone, remote=remote)
    assert clone.refresh(None) is None
    with pytest.raises(IntakeError, match="check that the token") as caught:
        clone.refresh(None)
    assert wrong not in str(caught.value)


def test_a_missing_repository_is_told_with_a_cure(place: Place, server: Served) -> None:
    remote = replace(place.clone.remote, url=f"{server.origin}/nothing.git")

    with pytest.raises(IntakeError, match="check the repository's name"):
        remote.head("main")


def test_helpers_of_the_users_are_not_asked_and_what_helpers_are_told_is_not_kept(place: Place, home: Path) -> None:
    asked = home / "asked"
    with (home / ".gitconfig").open("a") as file:
        file.write(f'[credential]\n\thelper = "!touch {asked}; cat >> {asked}; :"\n[core]\n\taskPass = touch {asked}\n')

    place.base()

    assert not asked.exists()


def test_a_token_in_an_error_is_blanked(tmp_path: Path, origin: Origin) -> None:
    credential = Credential(origin="https://example.org", token=TOKEN)
    remote = Remote(git=Git(), url=f"file://{tmp_path}/{TOKEN}.git", credential=credential)

    with pytest.raises(IntakeError) as caught:
        remote.head("main")
    assert TOKEN not in str(caught.value)
    assert "***" in str(caught.value)


def test_the_environment_is_an_allow_list(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "GITHUB_TOKEN",
        "GIT_TRACE",
        "GIT_DIR",
        "GIT_CURL_VERBOSE",
        "SSH_AUTH_SOCK",
        "GIT_ASKPASS",
        "OPENAI_API_KEY",
    ):
        monkeypatch.setenv(name, "/nowhere")

    env = place.clone.remote.environment()

    assert not {"GITHUB_TOKEN", "GIT_TRACE", "GIT_DIR", "GIT_CURL_VERBOSE", "SSH_AUTH_SOCK", "OPENAI_API_KEY"} & set(
        env
    )
    assert env["GIT_ASKPASS"] == ""
    assert env["GIT_TERMINAL_PROMPT"] == "0"
    ssh = replace(place.clone.remote, ssh=True).environment()
    assert ssh["SSH_AUTH_SOCK"] == "/nowhere"
    assert TOKEN not in "".join(ssh.values())
    assert "BatchMode=yes" in ssh["GIT_SSH_COMMAND"]


def test_git_hands_the_token_only_to_its_origin(place: Place, server: Served) -> None:
    def fill(url: str) -> str:
        env = {**place.clone.remote.environment(), "GIT_DIR": os.devnull}
        scheme, _, host = url.partition("://")
        question = f"protocol={scheme}\nhost={host}\n\n"
        done = subprocess.run(
            ("git", "credential", "fill"), input=question, env=env, capture_output=True, text=True, check=False
        )
        return done.stdout

    assert TOKEN in fill(server.origin)
    for url in (
        "http://127.0.0.1",
        "https://127.0.0.1",
        "http://localhost",
        f"{server.origin}1",
        "https://example.org",
    ):
        assert TOKEN not in fill(url)


def test_a_token_that_is_fetched_is_fetched_when_git_is_started(tmp_path: Path) -> None:
    fetched = iter(["first", "second", "third"])
    credential = Credential(origin="https://example.org", token=fetched.__next__)
    remote = Remote(git=Git(), url="https://example.org/r.git", credential=credential)
    assert [remote.environment()["INTAKE_GIT_TOKEN"] for _ in range(2)] == ["first", "second"]
    assert "third" not in repr(remote)
