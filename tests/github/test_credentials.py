"""Where a token comes from, and that it goes nowhere else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from issue_intake.errors import UnavailableError
from issue_intake.github.credentials import Token, find_token, gh_asker
from tests.github.builders import CANARY


def _never(host: str) -> str | None:
    raise AssertionError(f"gh was asked for {host}")


def test_the_usual_variables_are_tried_in_order_and_gh_last() -> None:
    environ = {"INTAKE_GITHUB_TOKEN": "one", "GITHUB_TOKEN": "two", "GH_TOKEN": "three"}
    for name, value in list(environ.items()):
        found = find_token(environ, None, "github.com", _never)
        assert (found.value, found.source) == (value, name)
        del environ[name]
    found = find_token(environ, None, "ghe.example.org", lambda host: f"of-{host}")
    assert (found.value, found.source) == ("of-ghe.example.org", "`gh auth token --hostname ghe.example.org`")


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert find_token({"GITHUB_TOKEN": "", "GH_TOKEN": "x"}, None, "github.com", _never).source == "GH_TOKEN"


def test_a_named_variable_is_the_only_place_looked_at() -> None:
    assert find_token({"SHOP": "x", "GITHUB_TOKEN": "y"}, "SHOP", "github.com", _never).value == "x"
    with pytest.raises(UnavailableError, match="looked at SHOP ") as caught:
        find_token({"GITHUB_TOKEN": CANARY}, "SHOP", "github.com", _never)
    assert CANARY not in str(caught.value)


def test_no_token_names_every_place_looked_at() -> None:
    with pytest.raises(UnavailableError) as caught:
        find_token({}, None, "github.com", lambda _: None)
    for place in ("INTAKE_GITHUB_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "`gh auth token --hostname github.com`"):
        assert place in str(caught.value)


@pytest.mark.parametrize("bad", [f"{CANARY}\n", f" {CANARY}", f"{CANARY} x", f"{CANARY}é", f"{CANARY}\x00", " "])
def test_a_token_no_header_can_carry_is_refused_and_not_echoed(bad: str) -> None:
    with pytest.raises(UnavailableError, match="the token from GITHUB_TOKEN has") as caught:
        find_token({"GITHUB_TOKEN": bad}, None, "github.com", _never)
    assert CANARY not in str(caught.value)


def test_a_token_is_not_in_its_repr_nor_in_its_fingerprint() -> None:
    token = Token(CANARY, "GITHUB_TOKEN")
    assert CANARY not in repr(token)
    assert token.fingerprint == Token(CANARY, "elsewhere").fingerprint != Token("other", "x").fingerprint
    assert CANARY not in token.fingerprint


def _gh(folder: Path, script: str) -> dict[str, str]:
    program = folder / "gh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_gh_is_asked_once_per_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = _gh(tmp_path, f'echo "$@" >> {tmp_path}/calls; echo token-of-$4')
    monkeypatch.setenv("PATH", environ["PATH"])
    ask = gh_asker(environ)
    assert [ask("github.com"), ask("github.com"), ask("ghe.example.org")] == [
        "token-of-github.com",
        "token-of-github.com",
        "token-of-ghe.example.org",
    ]
    assert (tmp_path / "calls").read_text().splitlines() == [
        "auth token --hostname github.com",
        "auth token --hostname ghe.example.org",
    ]


def test_gh_has_five_seconds_and_nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def run(argv: list[str], **options: Any) -> None:
        asked.append(options)
        raise subprocess.TimeoutExpired(argv, options["timeout"])

    monkeypatch.setattr(subprocess, "run", run)
    assert gh_asker({"PATH": "/bin"})("github.com") is None
    (options,) = asked
    assert (options["timeout"], options["stdin"]) == (5, subprocess.DEVNULL)
    assert options["env"]["GH_PROMPT_DISABLED"] == "1"


def test_gh_that_fails_is_missing_or_hangs_gives_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = _gh(tmp_path, "echo secret; exit 1")
    assert gh_asker(environ)("github.com") is None
    assert gh_asker({"PATH": str(tmp_path / "nowhere")})("github.com") is None
    monkeypatch.setattr("issue_intake.github.credentials.GH_TIMEOUT", 0.1)
    assert gh_asker(_gh(tmp_path, "exec sleep 30"))("github.com") is None
