"""An installation of intake in a folder, a stand-in for GitHub beside it, and the real command run over both."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import psutil

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn

ROOT = Path(__file__).parents[2]
LABEL = "agent:queued"
AGENT = Path(__file__).with_name("agent.py")
_COMMAND = (sys.executable, "-m", "issue_intake")
_SECONDS = 60.0
_PAST = "2020-01-01T00:00:00Z"
_DELAYS = ("until", "next_attempt_at")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How one invocation ended and what it printed."""

    code: int
    out: str
    err: str


class Scene:
    """One home, one stand-in, one repository; `home` and `ledger` (what agents note down) lie below `root`."""

    def __init__(self, root: Path, standin: StandIn, repo: Hosted | None = None) -> None:
        self.root = root
        self.standin = standin
        # A name of its own: marks of processes must not meet those of other tests.
        self.owner = f"acme{uuid4().hex[:8]}"
        self.repo = repo or self.add_repository("webshop")
        self.home = root / "home"
        self.ledger = root / "ledger"
        for folder in (self.home, self.ledger):
            folder.mkdir(parents=True)
        self.env = self._environment()
        self.configure()

    def add_repository(self, name: str) -> Hosted:
        """Another repository with the label the rule asks for."""
        repo = self.standin.add_repository(self.owner, name)
        repo.add_label(LABEL)
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

    def start(self, *args: str, command: tuple[str, ...] = _COMMAND, **env: str) -> subprocess.Popen[str]:
        """Begin an invocation."""
        return subprocess.Popen(
            [*command, *args],
            env=self.env | env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, begun: subprocess.Popen[str]) -> Completed:
        """Its end, checked for what must never be in any output."""
        out, err = begun.communicate(timeout=_SECONDS)
        for text in (out, err):
            assert self.standin.token not in text
            assert "Traceback" not in text, text
            assert not [c for c in text if ord(c) < 32 and c != "\n"], text
        return Completed(code=begun.returncode, out=out, err=err)

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

    def state(self) -> dict[str, Any]:
        """state.json."""
        found: dict[str, Any] = json.loads((self.home / "state.json").read_text())
        return found

    def session(self, number: int = 1) -> dict[str, Any]:
        """The issue's session in state.json."""
        found: dict[str, Any] = next(s for k, s in self.state()["sessions"].items() if k.endswith(f"#{number}"))
        return found

    def stage(self, number: int = 1) -> str | None:
        """Where the issue stands, None where it has no session."""
        with suppress(FileNotFoundError, StopIteration):
            return str(self.session(number)["stage"])
        return None

    def later(self) -> None:
        """Let every delay be over: in the memory, and in the records it would be rebuilt from."""
        for file in (self.home / "state.json", *self.home.glob("sessions/*/*/session.json")):
            file.write_text(json.dumps(_without_delays(json.loads(file.read_text()))))

    def forget(self) -> None:
        """Delete the memory."""
        (self.home / "state.json").unlink(missing_ok=True)

    def forget_all(self) -> None:
        """Delete all of the home but the configuration."""
        for entry in self.home.iterdir():
            if entry.name in {"config.yaml", "env"}:
                continue
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def log(self) -> str:
        """intake's own log."""
        return (self.home / "logs" / "intake.log").read_text()

    def runs(self, number: int = 1) -> list[str]:
        """The pid of each run of an agent on the issue."""
        with suppress(FileNotFoundError):
            return (self.ledger / f"{number}.runs").read_text().split()
        return []

    def attempts(self, number: int = 1) -> list[Path]:
        """The folders of the issue's attempts, in order."""
        folders = [f for f in self.home.glob(f"sessions/*/{number}/*") if f.name.isdigit()]
        return sorted(folders, key=lambda folder: int(folder.name))

    def worktree(self, number: int = 1) -> Path | None:
        """The issue's worktree, None where there is none."""
        return next(self.home.glob(f"worktrees/*/issue-{number}"), None)

    def at_work(self) -> list[Path]:
        """The folders of orders whose supervisor holds its lock."""
        locks = (*self.home.glob("sessions/*/*/*/lock"), *self.home.glob("repos/.*/*/lock"))
        return [lock.parent for lock in locks if _held(lock)]

    def wait(self) -> None:
        """Until no worker is at work."""
        until(lambda: not self.at_work() or None)

    def wait_for_clone(self) -> None:
        """Until no first copy is being made."""
        until(lambda: not [f for f in self.at_work() if "repos" in f.parts] or None)

    def release(self) -> None:
        """Let agents that hold end, and wait for them."""
        (self.ledger / "release").touch()
        self.wait()

    def supervisor(self, number: int = 1) -> psutil.Process:
        """The supervisor of the issue's latest attempt."""
        start = until(lambda: _read(self.attempts(number)[-1] / "start.json"))
        return psutil.Process(int(start["pid"]))

    def processes(self) -> list[psutil.Process]:
        """Every living process that belongs to this scene, but for the stand-in's."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def _owns(self, process: psutil.Process) -> bool:
        mark = f"{self.owner}-"
        with suppress(psutil.Error):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                return False
            if str(self.root) in " ".join(process.cmdline()) or process.cwd().startswith(str(self.root)):
                return True
            return mark in process.environ().get("INTAKE_RUN", "") or process.environ().get("INTAKE_HOME") == str(
                self.home
            )
        return False

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

    def check_never_two_at_once(self) -> None:
        """No agent ever ran beside another, or beside what another had left, on the same issue."""
        assert not (self.ledger / "overlaps").exists()


@contextmanager
def scene(root: Path) -> Iterator[Scene]:
    """A scene below `root`; afterwards nothing of it is alive, however the test ended."""
    with StandIn() as standin:
        made = Scene(root, standin)
        try:
            yield made
        finally:
            for _ in range(3):
                for process in made.processes():
                    with suppress(psutil.Error):
                        process.kill()


def until(look: Callable[[], T | None], seconds: float = 30.0) -> T:
    """The first thing but None that `look` gives."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
    return found


def alive(pid: int) -> bool:
    """Whether the process runs."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def _held(lock: Path) -> bool:
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _read(path: Path) -> dict[str, Any] | None:
    with suppress(FileNotFoundError, ValueError):
        found: dict[str, Any] = json.loads(path.read_text())
        return found
    return None


def _without_delays(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_delays(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {k: _PAST if k in _DELAYS and v else _without_delays(v) for k, v in value.items()}
