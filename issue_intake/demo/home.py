"""The folder of a demonstration: its configuration, its ticks, and an end to whatever still works in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import issue_intake
from issue_intake.core.record import record

TOKEN_VARIABLE = "INTAKE_DEMO_TOKEN"  # noqa: S105 - the name, not the token
_TICK_SECONDS = 60.0
_STOP_SECONDS = 15.0  # a worker gives its agent ten
_FOREIGN = ("GIT_", "GITHUB_", "GH_", "INTAKE_", "XDG_")
_NO_PROXY = "127.0.0.1,localhost"


@record
class Tick:
    """One invocation of the command: what it printed, stdout and stderr together, and how it ended."""

    output: str
    exit_code: int


@record(kw_only=False)
class DemoHome:
    """An installation of intake in a folder of its own."""

    path: Path

    def write_config(self, git_url: str, api_url: str, token: str) -> None:
        """Write config.yaml, and the token into an env file that only the user can read."""
        env_file = self.path / "env"
        env_file.touch(mode=0o600)
        env_file.write_text(f"{TOKEN_VARIABLE}={token}\n")
        (self.path / "config.yaml").write_text(config_text(git_url, api_url), encoding="utf-8")

    def tick(self) -> Tick:
        """Run `intake run` as cron would, but for the width of the terminal."""
        argv = [sys.executable, "-m", "issue_intake", "run"]
        done = subprocess.run(
            argv,
            check=False,
            cwd=self.path,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TICK_SECONDS,
        )
        return Tick(output=done.stdout.rstrip(), exit_code=done.returncode)

    def stages(self) -> dict[int, str]:
        """The stage of each session by its issue's number, from the memory."""
        try:
            sessions = json.loads((self.path / "state.json").read_text(encoding="utf-8"))["sessions"]
        except FileNotFoundError:
            return {}
        return {int(key.rpartition("#")[2]): str(session["stage"]) for key, session in sessions.items()}

    def traces(self) -> frozenset[str]:
        """What workers have finished so far: clones and attempts. Another one means that a tick has something to do."""
        return frozenset(map(str, [*self.path.glob("repos/*.git"), *self.path.glob("sessions/*/*/*/exit.json")]))

    def stop_workers(self) -> None:
        """Ask whatever still works to end, and wait for it."""
        for order in self._unfinished():
            (order.parent / "cancel").touch()
        give_up = time.monotonic() + _STOP_SECONDS
        while self._unfinished() and time.monotonic() < give_up:
            time.sleep(0.05)

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _unfinished(self) -> list[Path]:
        """Orders that were started and have no end yet, wherever they lie outside the worktrees."""
        orders = (found for part in ("sessions", "repos") for found in (self.path / part).rglob("order.json"))
        return [order for order in orders if not (order.parent / "exit.json").exists()]

    def _environment(self) -> dict[str, str]:
        """The user's environment without what would reach another GitHub, or other settings of git."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        return inherited | {
            "INTAKE_HOME": os.fspath(self.path),
            "COLUMNS": str(shutil.get_terminal_size().columns),
            "PYTHONPATH": _python_path(),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "NO_PROXY": _NO_PROXY,
            "no_proxy": _NO_PROXY,
        }


def config_text(git_url: str, api_url: str) -> str:
    """The configuration. JSON strings are YAML too, so that no path needs more care than that."""
    agent = [sys.executable, os.fspath(Path(__file__).with_name("agent.py"))]
    command = json.dumps([*agent, "{prompt_file}", "{result_file}", "{issue_number}"])
    return f"""\
# A demonstration: the repository lives on a stand-in for GitHub on this machine.
version: 1
env_file: env
limits: {{disk: 1MB}}
projects:
  - repo: {git_url}
    github: {{api_url: "{api_url}", token_env: {TOKEN_VARIABLE}}}
    intake: {{labels: ["agent:queued"]}}
    agent: {{command: {command}}}
    publish: {{mode: ready, author: "Demo Agent <agent@example.org>"}}
    merge: auto
"""


def _python_path() -> str:
    """Where this very package is, so that a checkout need not be installed."""
    package = os.fspath(Path(issue_intake.__file__).resolve().parents[1])
    return os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
