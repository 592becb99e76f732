"""An installation of intake in a folder, a stand-in for GitHub beside it, and the real command run over both."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.e2e.begun import ROOT, Begun, begin
from tests.e2e.place import Place, until

LABEL = "agent:queued"
AGENT = Path(__file__).with_name("agent.py")
FUSE = Path(__file__).with_name("fuse.py")
_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How one invocation ended and what it printed."""

    code: int
    out: str
    err: str


class Scene(Place):
    """A place, one stand-in for GitHub, one repository on it."""

    def __init__(self, root: Path, standin: StandIn, repo: Hosted | None = None) -> None:
        # A name of its own: marks of processes must not meet those of other tests.
        self.owner = f"acme{uuid4().hex[:8]}"
        super().__init__(root, f"{self.owner}-")
        self.standin = standin
        self.repo = repo or self.add_repository("webshop")
        self.env = self._environment()
        self._begun: list[Begun] = []
        self.configure()

    def add_repository(self, name: str) -> Hosted:
        """Another repository with the label the rule asks for; octocat, who writes its issues, may push."""
        repo = self.standin.add_repository(self.owner, name)
        repo.add_label(LABEL)
        repo.set_permission("octocat", "write")
        return repo

    def project(self, behaviour: str = "edit", repo: Hosted | None = None, **keys: object) -> dict[str, object]:
        """An entry of the configuration; `keys` win."""
        return {
            "repo": (repo or self.repo).git_url,
            "github": {"api_url": self.standin.api_url},
            "intake": {"labels": [LABEL]},
            "agent": {"command": self.agent(behaviour)},
            "publish": {"mode": "ready", "author": "Test Agent <agent@example.org>"},
            **keys,
        }

    def agent(self, behaviour: str) -> list[str]:
        """The command of an agent that behaves like that."""
        program = [sys.executable, "-I", "-S", str(AGENT)]
        return [*program, behaviour, str(self.ledger), "{result_file}", "{issue_number}"]

    def configure(
        self, *projects: Mapping[str, object], limits: Mapping[str, object] | None = None, token: str | None = None
    ) -> None:
        """Write config.yaml (JSON is YAML) and the env file; one usual project unless some are given."""
        content = {"limits": {"disk": "1MB", **(limits or {})}, "projects": projects or (self.project(),)}
        (self.home / "config.yaml").write_text(json.dumps(content, indent=1))
        env_file = self.home / "env"
        env_file.touch(mode=0o600)
        env_file.write_text(f"INTAKE_GITHUB_TOKEN={token or self.standin.token}\n")

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
        return kept | {
            "INTAKE_HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
            "GIT_CONFIG_NOSYSTEM": "1",
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def start(self, *args: str, program: Path | None = None, env: Mapping[str, str] | None = None) -> Begun:
        """Begin an invocation, or a program in its place. `env`: more of its environment."""
        begun = begin(*args, env={**self.env, **(env or {})}, program=program)
        self._begun.append(begun)
        return begun

    def finish(self, begun: Begun) -> Completed:
        """Its end, checked for what must never be in any output."""
        out, err = begun.communicate(_SECONDS)
        self._begun.remove(begun)
        for text in (out, err):
            assert self.standin.token not in text
            assert "Traceback" not in text, text
            assert not [c for c in text if ord(c) < 32 and c != "\n"], text
        assert begun.code is not None
        return Completed(code=begun.code, out=out, err=err)

    def give_up(self) -> None:
        """Kill all that was begun here and not finished."""
        for begun in self._begun:
            begun.send_signal(signal.SIGKILL)
            begun.close()
        self._begun.clear()

    def run(self, *args: str) -> Completed:
        """One invocation from its begin to its end."""
        return self.finish(self.start(*args))

    def tick(self, *args: str, code: int = 0) -> Completed:
        """`intake run`, which must end with `code`."""
        done = self.run("run", *args)
        assert done.code == code, f"{done.code}\n{done.out}\n{done.err}"
        return done

    def add_issue(
        self, title: str = "Say that we ship abroad", body: str = "Please.", *, repo: Hosted | None = None
    ) -> int:
        """An eligible issue; its number."""
        return (repo or self.repo).add_issue(title, body, labels=[LABEL])

    def reach(self, stage: str, number: int = 1, *, ticks: int = 10) -> dict[str, Any]:
        """Tick, waiting for workers in between, until the issue's session is in that stage."""
        for _ in range(ticks):
            self.wait()
            if self.stage(number) == stage:
                return self.session(number)
            self.tick()
        raise AssertionError(f"#{number} is {self.stage(number)}, not {stage}\n{self.state()}\n{self.log()}")

    def running(self, behaviour: str = "hold", limits: Mapping[str, object] | None = None) -> int:
        """The number of a new issue whose agent is at work, and behaves like that. `limits`: its project's."""
        self.configure(self.project(behaviour, limits=limits or {}))
        number = self.add_issue()
        self.launch()
        until(lambda: self.runs(number) or None)
        return number

    def launch(self) -> None:
        """Tick until what may start is started, the first copy being made."""
        self.tick()
        self.wait_for_clone()
        self.tick()

    def behave(self, number: int, behaviour: str, report: Mapping[str, object] | None = None) -> None:
        """How the agent behaves on this issue, and the result it hands in if it reports one."""
        (self.ledger / f"{number}.behaviour").write_text(behaviour)
        if report is not None:
            (self.ledger / f"{number}.report").write_text(json.dumps({"schema_version": 1, **report}))

    def pulls(self) -> list[str]:
        """`branch state` of each pull request."""
        return [f"{pull.branch} {pull.state}" for pull in self.repo.pulls()]

    def branches(self) -> list[str]:
        """The branches made by intake."""
        return sorted(set(self.repo.branches()) - {"main"})

    def merge(self) -> None:
        """Merge every open pull request."""
        for pull in self.repo.pulls():
            if pull.state == "open":
                self.repo.merge(pull.number)


@contextmanager
def scene(root: Path) -> Iterator[Scene]:
    """A scene below `root`; afterwards nothing of it is alive, however the test ended."""
    with StandIn() as standin:
        made = Scene(root, standin)
        try:
            yield made
        finally:
            made.give_up()
            for _ in range(3):
                for process in made.processes():
                    with suppress(psutil.Error):
                        process.kill()
