"""Every file below examples/ is what it claims to be."""

from __future__ import annotations

import configparser
import importlib.util
import json
import os
import plistlib
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from issue_intake.config.envfile import parse_env
from issue_intake.config.faults import Faults
from issue_intake.config.load import SMALLEST, load
from issue_intake.config.model import Config

EXAMPLES = Path(__file__).parents[1] / "examples"
CONFIGS = sorted((EXAMPLES / "configs").glob("*.yaml"))
SERVICE = EXAMPLES / "systemd" / "intake.service"
TIMER = EXAMPLES / "systemd" / "intake.timer"
RUN_OPTIONS = {"--project", "--max", "--dry-run", "--json", "-q"}
CHECKED = {"configs", "cron", "systemd", "launchd", "agents"}

# The sections and keys of systemd.unit(5), systemd.service(5) and systemd.timer(5) that are in use here.
SYSTEMD_KEYS = {
    "Unit": {"Description", "Documentation"},
    "Service": {"Type", "ExecStart", "KillMode", "SuccessExitStatus", "TimeoutStartSec"},
    "Timer": {"OnCalendar", "RandomizedDelaySec", "Persistent"},
    "Install": {"WantedBy"},
}


def _loaded(path: Path, folder: Path) -> Config:
    """The example as a user would have it: beside a private env file."""
    shutil.copy(path, folder / "config.yaml")
    shutil.copy(EXAMPLES / "configs" / "env", folder / "env")
    (folder / "env").chmod(0o600)
    return load(folder / "config.yaml", environ={"HOME": "/home/octocat"}, origin_url=lambda _: "acme/handbook")


def _assert_runs_intake(argv: list[str]) -> None:
    program, command, *options = argv
    assert program.endswith("/.local/bin/intake")
    assert command == "run"
    assert set(options) <= RUN_OPTIONS


def test_every_folder_of_examples_is_checked() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == CHECKED


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_configuration_loads(path: Path, tmp_path: Path) -> None:
    config = _loaded(path, tmp_path)
    assert config.projects
    assert not config.unresolved
    assert config.env.keys() >= {"PATH", "INTAKE_GITHUB_TOKEN"}


def test_the_smallest_configuration_is_the_one_intake_offers() -> None:
    text = (EXAMPLES / "configs" / "smallest.yaml").read_text()
    assert text.partition("\n")[2] == SMALLEST


def test_several_projects_share_what_they_do_not_say_themselves(tmp_path: Path) -> None:
    config = _loaded(EXAMPLES / "configs" / "several-projects.yaml", tmp_path)
    webshop, api, handbook, attic = config.projects
    assert (webshop.agent.preset, api.agent.preset) == ("claude", "codex")
    assert (webshop.transport, api.transport) == ("https", "ssh")
    assert (api.limits.running, api.limits.timeout) == (2, 3600.0)
    assert handbook.reference == Path("/home/octocat/src/handbook")
    assert not attic.enabled


def test_a_project_is_followed_through_to_its_merge(tmp_path: Path) -> None:
    (webshop,) = _loaded(EXAMPLES / "configs" / "follow-through.yaml", tmp_path).projects
    assert (webshop.merge.mode, webshop.writes, webshop.review.rounds) == ("auto", "full", 3)
    assert [verify.name for verify in webshop.verify] == ["make lint", "unit tests"]


def test_an_enterprise_server_has_its_own_api(tmp_path: Path) -> None:
    config = _loaded(EXAMPLES / "configs" / "github-enterprise.yaml", tmp_path)
    assert [project.api_url for project in config.projects] == [
        "https://ghe.example.org/api/v3",
        "https://ghe.example.org/api/v3",
        "https://api.github.com",
    ]
    assert config.projects[1].git_url == "ssh://git@ghe.example.org:2222/platform/ledger.git"


def test_the_env_file_has_no_faults() -> None:
    path = EXAMPLES / "configs" / "env"
    faults = Faults(path)
    assert parse_env(path.read_text(), path, faults)
    faults.raise_any()


def test_the_own_command_edits_the_worktree_and_reports(tmp_path: Path) -> None:
    agent = _loaded(EXAMPLES / "configs" / "own-command.yaml", tmp_path).projects[0].agent
    assert agent.command is not None
    program = EXAMPLES / "agents" / Path(agent.command[0]).name
    prompt, result, worktree = tmp_path / "prompt.md", tmp_path / "result.json", tmp_path / "worktree"
    worktree.mkdir()
    (worktree / "README.md").write_text("# Webshop\n")
    prompt.write_text("Improve the README.")
    filled = {"{prompt_file}": str(prompt), "{result_file}": str(result)}
    argv = [sys.executable, str(program), *(filled[item] for item in agent.command[1:])]
    subprocess.run(argv, cwd=worktree, env={**os.environ, **agent.env}, check=True, timeout=30)
    assert (worktree / "README.md").read_text() == "# Webshop\n\nImproved by a small agent.\n"
    report = json.loads(result.read_text())
    assert (report["schema_version"], report["status"]) == (1, "done")
    assert report.keys() == {"schema_version", "status", "summary", "pr_title", "pr_body", "blockers"}


@pytest.mark.parametrize("path", sorted((EXAMPLES / "agents").iterdir()), ids=lambda path: path.name)
def test_an_agent_can_be_started(path: Path) -> None:
    assert path.stat().st_mode & stat.S_IXUSR
    assert path.read_text().startswith("#!/usr/bin/env python3\n")


def test_the_crontab_has_times_absolute_paths_and_known_options() -> None:
    lines = (EXAMPLES / "cron" / "crontab").read_text().splitlines()
    jobs = [line for line in lines if line and not line.startswith("#") and not re.match(r"[A-Z]+=", line)]
    assert jobs
    for job in jobs:
        found = re.fullmatch(r"((?:[\d*/,-]+ ){5})(/\S+(?: \S+)*)", job)
        assert found
        assert "%" not in job  # a new line to cron
        _assert_runs_intake(shlex.split(found[2]))


@pytest.mark.skipif(importlib.util.find_spec("issue_intake.cli.main") is None, reason="there is no command line yet")
def test_the_options_in_use_are_options_of_the_command(home: Path) -> None:
    argv = [sys.executable, "-c", "from issue_intake.cli.main import main; main()", "run", "--help"]
    env = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    out = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60, env=env).stdout
    assert all(re.search(rf"(?<!\S){option}(?![\w-])", out) for option in RUN_OPTIONS)


def _unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    parser.read(path)
    return parser


@pytest.mark.parametrize("path", [SERVICE, TIMER], ids=lambda path: path.name)
def test_a_systemd_unit_has_known_keys_alone(path: Path) -> None:
    unit = _unit(path)
    for section in unit.sections():
        assert set(unit[section]) <= SYSTEMD_KEYS[section]


def test_the_systemd_service_lets_workers_live_and_takes_a_held_lock_for_success() -> None:
    service = _unit(SERVICE)["Service"]
    assert (service["Type"], service["KillMode"], service["SuccessExitStatus"]) == ("oneshot", "process", "75")
    _assert_runs_intake(shlex.split(service["ExecStart"].replace("%h", "/home/octocat")))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    for path in (SERVICE, TIMER):
        text = path.read_text().replace("%h/.local/bin/intake", "/bin/true")  # it wants the program to exist
        (tmp_path / path.name).write_text(text)
    env = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_LOG_LEVEL": "warning"}
    argv = ["systemd-analyze", "--user", "verify", *(str(tmp_path / path.name) for path in (SERVICE, TIMER))]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, env=env, check=False)
    of_ours = [line for line in done.stderr.splitlines() if SERVICE.name in line or TIMER.name in line]
    assert (done.returncode, of_ours) == (0, []), "what it says of this machine's own units is no matter"


def test_the_launchd_job_lets_workers_live() -> None:
    job = plistlib.loads((EXAMPLES / "launchd" / "issue-intake.plist").read_bytes())
    assert job["AbandonProcessGroup"] is True
    assert job["StartInterval"] == 300
    _assert_runs_intake(job["ProgramArguments"])
    assert all(Path(job[key]).is_absolute() for key in ("StandardOutPath", "StandardErrorPath"))
