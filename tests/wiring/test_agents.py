"""Which agents there are, from programs on PATH that tell, hang, draw, or are missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from issue_intake.core.agents import KnownAgent
from issue_intake.errors import UsageError
from issue_intake.wiring import agents
from issue_intake.wiring.home import installation
from issue_intake.workers.presets import NAMES

Program = Callable[[str, str], Path]
PROJECTS = (
    "projects:\n- {repo: a/b, agent: codex, agent_by_label: {fast: {model: m}, other: goose}}\n"
    "- {repo: a/c, agent: {command: [deck, go]}}\n"
)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs, which is PATH but for sh and its like."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    for name in ("CODEX_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(agents, "SECONDS", 3.0)
    return folder


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def look(home: Path) -> dict[str, KnownAgent]:
    return {agent.name: agent for agent in agents.known_agents(installation(home, None))}


def test_without_a_configuration_all_presets_are_looked_for(tmp_path: Path, programs: Path) -> None:
    program(programs, "codex", 'case "$1" in --version) echo codex-cli 0.100.0;; login) exit 1;; esac')
    program(programs, "mini", 'test "$1" = --help && printf "\\033[1mThis is version 2.4.6.\\033[0m\\n"')
    found = look(tmp_path / "nothing")
    assert tuple(found) == tuple(sorted(NAMES))
    codex, mini, claude = found["codex"], found["mini-swe-agent"], found["claude"]
    assert (codex.installed, codex.version, codex.older, codex.logged_in) == (True, "0.100.0", True, False)
    assert (mini.version, mini.older, mini.logged_in, mini.limits) == ("2.4.6", False, None, ("max_turns", "max_cost"))
    assert (claude.installed, claude.version, claude.logged_in) == (False, None, None)
    assert claude.permissions == ("edits", "commands", "everything")
    assert not (tmp_path / "nothing").exists()


def test_each_question_has_five_seconds() -> None:
    assert agents.SECONDS == 5


def test_one_that_hangs_or_fails_is_installed_and_tells_nothing(
    tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agents, "SECONDS", 0.3)
    program(programs, "claude", "sleep 60")
    program(programs, "aider", "echo 9.9.9; exit 1")
    program(programs, "goose", "echo hello")
    found = look(tmp_path)
    for name in ("claude", "aider", "goose"):
        assert (found[name].installed, found[name].version, found[name].logged_in) == (True, None, None), name


def test_one_that_cannot_even_be_started_is_said_to_be_broken(tmp_path: Path, programs: Path) -> None:
    (programs / "gemini").write_text("#!/no/such/node\n")
    (programs / "codex").write_text("#!/usr/bin/env no-such-node\n")
    for name in ("gemini", "codex"):
        (programs / name).chmod(0o755)
        assert (look(tmp_path)[name].installed, look(tmp_path)[name].starts) == (True, False)


def test_the_env_files_path_and_keys_are_those_of_the_workers(tmp_path: Path, programs: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    program(other, "codex", 'case "$1" in --version) echo 0.200.0;; login) exit 1;; esac')
    program(other, "claude", 'test "$1" = --version && echo 3.0.0 || test -n "$ANTHROPIC_API_KEY"')
    (tmp_path / "config.yaml").write_text(PROJECTS)
    (tmp_path / "env").write_text(f"PATH={other}:/usr/bin:/bin\nCODEX_API_KEY=k\nANTHROPIC_API_KEY=k\n")
    (tmp_path / "env").chmod(0o600)
    found = look(tmp_path)
    assert (found["codex"].version, found["codex"].logged_in) == ("0.200.0", None)  # the key may do as well
    assert found["claude"].logged_in is True
    assert found["codex"].projects == found["goose"].projects == ("b",)


def test_a_version_is_asked_for_in_an_empty_home_without_keys_and_a_login_without_tokens(
    tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    seen = tmp_path / "seen"
    program(programs, "claude", f'env > {seen}-$1; ls -A "$HOME" > {seen}-files-$1; echo 2.1.197')
    assert look(tmp_path)["claude"].version == "2.1.197"
    version, login = Path(f"{seen}---version").read_text(), Path(f"{seen}-auth").read_text()
    assert "ANTHROPIC_API_KEY" not in version
    assert f"HOME={os.environ['HOME']}\n" not in version
    assert Path(f"{seen}-files---version").read_text() == ""
    assert "ANTHROPIC_API_KEY=k\n" in login
    assert f"HOME={os.environ['HOME']}\n" in login
    assert "GITHUB_TOKEN" not in version + login


def test_agents_of_ones_own_and_commands_of_projects_are_listed(tmp_path: Path, programs: Path) -> None:
    program(programs, "deckhand", "test $1 = -V && echo deckhand 1.4")
    own = (
        "agents: {deckhand: {program: deckhand, run: [go], edits: {}, version: [-V], made_for: '2.0'},"
        " codex: {program: /nowhere/codex}}\n"
    )
    (tmp_path / "config.yaml").write_text(own + PROJECTS)
    found = look(tmp_path)
    deckhand, command = found["deckhand"], found["command:deck"]
    assert (deckhand.version, deckhand.older, deckhand.permissions) == ("1.4", True, ("edits",))
    assert (found["codex"].program, found["codex"].installed) == ("/nowhere/codex", False)
    assert (command.program, command.installed, command.version, command.projects) == ("deck", False, None, ("c",))
    assert tuple(found)[-1] == "command:deck"


def test_a_relative_entry_of_path_is_not_looked_into(
    tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(programs, "codex", "echo 1.0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "bin:/usr/bin:/bin")
    assert not look(tmp_path)["codex"].installed


def test_a_faulty_configuration_is_said(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "config.yaml").write_text("projects: []\n")
    with pytest.raises(UsageError, match="projects: is empty"):
        look(tmp_path)


def test_the_command_prints_a_table_and_json(tmp_path: Path, programs: Path) -> None:
    program(programs, "codex", 'case "$1" in --version) printf "\\033[31m0.1.0\\033[0m\\n";; login) exit 1;; esac')
    env = {**os.environ, "INTAKE_HOME": str(tmp_path), "COLUMNS": "80"}
    env["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[2]), env.get("PYTHONPATH", "")])

    def run(*options: str) -> str:
        argv = (sys.executable, "-m", "issue_intake", "agents", *options)
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=True, timeout=60).stdout

    assert {agent["name"] for agent in json.loads(run("--json"))["agents"]} == set(NAMES)
    table = run()
    assert "codex: 0.1.0 is older than 0.169.0" in table
    assert "codex: not logged in: run codex login" in table
    assert "\x1b" not in table
