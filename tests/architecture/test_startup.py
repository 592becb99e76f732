"""What each command may load: a start from cron every minute pays for nothing it does not use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from issue_intake.cli.commands import PLACES
from issue_intake.demo.standin import StandIn
from tests.architecture.source import package

LIBRARIES = {
    "detect_secrets",
    "requests",
    "yaml",
    "psutil",
    "rich.table",
    "rich.markdown",
    "liquid",
    "tenacity",
    "humanize",
    "pydantic",
}
OWN = {"git.run", "github.http", "workers.local", "workers.outcome.result", "config.load", "tick.cycle"}
HEAVY = LIBRARIES | {"logging", "concurrent.futures"} | {f"issue_intake.{name}" for name in OWN}

LOOKING = {"pydantic", "yaml", "rich.table", "issue_intake.config.load", "issue_intake.workers.local"}

HELP = {"pydantic", "rich.table", "rich.markdown"}

# What tells of agents and sandboxes: no worker is looked for, nobody asked, no run made.
ASKING = {"issue_intake.config.load", "issue_intake.git.run"}

# pydantic: Typer itself loads it as soon as a command runs. rich: Typer draws its help with it.
MAY_LOAD: dict[tuple[str, ...], set[str]] = {
    ("--version",): {"pydantic"},
    ("--help",): HELP,
    **{(command, "--help"): HELP for command in PLACES},
    ("status",): LOOKING,
    ("agents",): {"pydantic", "yaml", "rich.table", "logging", "concurrent.futures", *ASKING},
    ("sandbox", "webshop"): {"pydantic", "yaml", "humanize", *ASKING},
}

SCRIPT = """
import sys
from issue_intake.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code, f"exit {end.code}"
finally:
    sys.stderr.write("loaded: " + " ".join(sorted(sys.modules)))
"""

# What an idle run loads besides. No git is started, no prompt written, no process looked for, no end read.
RUNNING = {"requests", "logging", "concurrent.futures"} | {
    f"issue_intake.{name}" for name in ("git.run", "github.http", "tick.cycle")
}

# What only a run needs that starts, publishes, merges or writes something.
NOT_WHEN_IDLE = {
    f"issue_intake.{name}"
    for name in (
        *("tick.leaving", "git.inspect", "git.secrets", "core.judge", "core.paths"),
        *(
            "tick.pursue",
            "tick.acts",
            "tick.claim",
            "tick.mirror",
            "tick.answer",
            "tick.vet",
            "core.trust",
            "core.folding",
            "core.brief",
        ),
        *(
            "git.repository",
            "git.worktree",
            "github.reviews",
            "github.steering",
            "github.notes",
            "github.provenance",
            "wiring.orders",
        ),
    )
}

CONFIGURED = {"yaml", "issue_intake.config.load"}

CONFIG = "projects: [{repo: acme/webshop, intake: {labels: agent:queued}, agent: {command: ['true']}}]\n"


def test_every_module_named_here_is_there() -> None:
    """Nothing loads what was moved or renamed: its name here would hold no command to anything."""
    named = {name.removeprefix("issue_intake.") for name in HEAVY | NOT_WHEN_IDLE if name.startswith("issue_intake.")}
    assert named <= {module.name for module in package()}


@pytest.mark.parametrize("command", MAY_LOAD, ids=" ".join)
def test_a_command_loads_only_what_it_needs(command: tuple[str, ...], tmp_path: Path) -> None:
    pytest.importorskip("issue_intake.cli.main")
    (tmp_path / "config.yaml").write_text(CONFIG)
    assert loaded_by(command, tmp_path) & HEAVY <= MAY_LOAD[command]


def test_an_idle_run_loads_only_what_it_needs(tmp_path: Path) -> None:
    with StandIn() as github:
        repository = github.add_repository("acme", "webshop")
        entry = {
            "repo": repository.git_url,
            "github": {"api_url": github.api_url},
            "intake": {"labels": "agent:queued"},
        }
        (tmp_path / "config.yaml").write_text(json.dumps({"projects": [{**entry, "agent": {"command": ["true"]}}]}))
        (tmp_path / "env").touch(mode=0o600)
        (tmp_path / "env").write_text(f"INTAKE_GITHUB_TOKEN={github.token}\n")
        loaded = loaded_by(("run",), tmp_path)
    assert "requests" in loaded
    assert loaded & HEAVY <= LOOKING | RUNNING
    assert loaded & NOT_WHEN_IDLE == set()
    assert loaded_by(("status",), tmp_path) & HEAVY <= {"humanize", *LOOKING} - CONFIGURED


def test_importing_the_package_loads_nothing_of_it() -> None:
    script = "import sys, issue_intake; print(*[m for m in sys.modules if m.startswith('issue_intake.')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def loaded_by(command: tuple[str, ...], home: Path) -> set[str]:
    """The modules in memory when `intake <command>` ends."""
    environment = {**os.environ, "INTAKE_HOME": str(home), "NO_COLOR": "1"}
    argv = [sys.executable, "-c", SCRIPT, *command]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.rpartition("loaded: ")[2].split())
