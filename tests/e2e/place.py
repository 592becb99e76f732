"""An installation as it is found on disk and in the process table, whatever a tick said of it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil

_PAST = "2020-01-01T00:00:00Z"
_DELAYS = ("until", "next_attempt_at")
T = TypeVar("T")


class Place:
    """One home, and the ledger that agents note their runs in; both lie below `root`.

    `mark` is what the marks of its processes, and of nobody else's, begin with.
    """

    def __init__(self, root: Path, mark: str) -> None:
        self.root = root
        self.home = root / "home"
        self.ledger = root / "ledger"
        self._mark = mark
        for folder in (self.home, self.ledger):
            folder.mkdir(parents=True)

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
        with suppress(psutil.Error):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                return False
            if str(self.root) in " ".join(process.cmdline()) or process.cwd().startswith(str(self.root)):
                return True
            environment = process.environ()
            ours = environment.get("INTAKE_HOME") == str(self.home)
            return ours or environment.get("INTAKE_RUN", "").startswith(self._mark)
        return False

    def check_never_two_at_once(self) -> None:
        """No agent ever ran beside another, or beside what another had left, on the same issue."""
        assert not (self.ledger / "overlaps").exists()


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
