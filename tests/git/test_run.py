"""Starting git: limits on time and output, a known version, errors of one line."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.errors import UnavailableError
from issue_intake.git import run as run_module
from issue_intake.git.fault import GitError, redact
from issue_intake.git.run import Call, check_version, command, run


@pytest.fixture
def fake_git(tmp_path: Path) -> Iterator[Path]:
    """A folder for a program called git; write its script to `git` in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    yield folder
    check_version.cache_clear()


def _script(folder: Path, body: str, version: str = "git version 2.45.1") -> dict[str, str]:
    path = folder / "git"
    path.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{version}"; exit; fi\n{body}\n')
    path.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_a_call_that_takes_too_long_is_ended_with_all_it_started(fake_git: Path, tmp_path: Path) -> None:
    env = _script(fake_git, f"(sleep 30; touch {tmp_path}/late) & echo $! > {tmp_path}/pid\nsleep 30")
    started = time.monotonic()

    with pytest.raises(GitError, match="git fetch did not end within"):
        run(("fetch",), Call(env=env, seconds=0.3))

    assert time.monotonic() - started < 10
    _gone(int((tmp_path / "pid").read_text()))


def test_a_child_that_keeps_the_output_open_does_not_keep_us(fake_git: Path, tmp_path: Path) -> None:
    env = _script(fake_git, f"sleep 30 & echo $! > {tmp_path}/pid")

    with pytest.raises(GitError, match="did not end"):
        run(("fetch",), Call(env=env, seconds=0.3))
    _gone(int((tmp_path / "pid").read_text()))


def test_output_is_bounded(fake_git: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "OUTPUT_LIMIT", 1000)
    env = _script(fake_git, "head -c 500000 /dev/zero")

    with pytest.raises(GitError, match="said more than"):
        run(("log",), Call(env=env))


def test_output_and_errors_beyond_a_pipes_size_do_not_block(fake_git: Path) -> None:
    env = _script(fake_git, "head -c 300000 /dev/zero >&2; cat")

    assert run(("log",), Call(env=env, stdin=b"x" * 300_000)) == b"x" * 300_000


@pytest.mark.parametrize(
    ("version", "fine"),
    [
        ("git version 2.39.4", True),
        ("git version 2.39.5 (Apple Git-154)", True),
        ("git version 2.54.0.windows.1", True),
        ("git version 3.0", True),
        ("git version 2.39.3", False),
        ("git version 2.39", False),
        ("git version 1.8.3.1", False),
        ("hello", False),
    ],
)
def test_a_git_too_old_to_be_safe_is_refused_once_and_clearly(fake_git: Path, version: str, fine: bool) -> None:  # noqa: FBT001
    env = _script(fake_git, "echo ran", version)

    if fine:
        assert run(("status",), Call(env=env)) == b"ran\n"
        return
    with pytest.raises(UnavailableError, match=r"install git 2\.39\.4 or newer"):
        run(("status",), Call(env=env))


def test_a_missing_git_is_told_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="install git"):
        run(("status",), Call(env={"PATH": str(tmp_path)}))


def test_every_command_switches_off_what_runs_programs() -> None:
    argv = command("status")

    assert argv[0] == "git"
    assert argv[-1] == "status"
    for setting in (
        *("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.attributesFile=/dev/null"),
        *("gc.auto=0", "maintenance.auto=false", "commit.gpgsign=false", "push.gpgsign=false"),
        *("submodule.recurse=false", "protocol.ext.allow=never"),
    ):
        assert argv[argv.index(setting) - 1] == "-c"


def test_a_remote_that_is_a_command_is_not_run_whatever_the_users_configuration_allows(tmp_path: Path) -> None:
    canary, allowed = tmp_path / "canary", tmp_path / "allowed"
    allowed.write_text('[protocol "ext"]\n\tallow = always\n')
    env = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": str(allowed), "GIT_DIR": os.devnull}
    asked = ("ls-remote", f"ext::touch {canary}")

    with pytest.raises(GitError):
        run(asked, Call(env=env, seconds=20))

    assert not canary.exists()
    subprocess.run(("git", *asked), env=env, capture_output=True, check=False, timeout=20)
    assert canary.exists(), "anybody else's git would have run it"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("remote: Repository not found.\nfatal: repository 'x' not found\n", "repository 'x' not found"),
        (
            "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.\n\n"
            "Please make sure you have the correct access rights\nand the repository exists.\n",
            "git@github.com: Permission denied (publickey).",
        ),
        ("error: one\nhint: do this\n", "one"),
        ("", ""),
        ("\x1b[31mfatal: red\x1b[0m", "red"),
    ],
)
def test_the_reason_is_gits_last_telling_line(fake_git: Path, said: str, reason: str) -> None:
    (fake_git / "said").write_text(said)
    env = _script(fake_git, f"cat {fake_git}/said >&2; exit 128")

    with pytest.raises(GitError) as caught:
        run(("fetch",), Call(env=env))
    assert caught.value.reason == reason
    assert caught.value.code == 128


@given(before=st.text(), secret=st.text(min_size=8).filter(str.isprintable), after=st.text())
def test_a_secret_is_in_no_redacted_line(before: str, secret: str, after: str) -> None:
    assert secret not in redact(before + secret + after, (secret,)) or secret in before + after


def test_a_password_in_a_url_is_in_no_redacted_line() -> None:
    assert redact("fatal: 'https://me:pa55@h/x'") == "fatal: 'https://***@h/x'"


def _gone(pid: int) -> None:
    """Wait until a process has ended; a zombie that waits for its parent counts."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        time.sleep(0.01)
    raise AssertionError(f"{pid} is still there")
