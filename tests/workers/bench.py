"""Real orders on this host, and what tests ask about their processes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import uuid4

import psutil

from issue_intake.core.attempt import End, Outcome
from issue_intake.core.work import Alive, Ended, Lost, Order, Ref, Sight, Step
from issue_intake.workers.local import LocalWorker
from issue_intake.workers.supervisor.records import read_json

T = TypeVar("T")
StepName = Literal["prepare", "take_in", "after_create", "before_run", "agent", "verify", "after_run"]
PYTHON = (sys.executable, "-I", "-S", "-c")

# Starts a child of each kind that a careless end of a tree would miss; `shield` is run first in each of them.
FAMILY = """
import os, sys, time
shield = sys.argv[1]
def live(name):
    exec(shield)
    with open(f"{name}.part", "w") as file: file.write(str(os.getpid()))
    os.rename(f"{name}.part", f"{name}.pid")
    os.close(1); os.close(2)
    time.sleep(600); os._exit(0)
def daemon(name, run):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: run(name)
        os._exit(0)
def bare(name):
    code = f"name={name!r}\\nshield={shield!r}\\n" + SOURCE
    os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", code, "child"], {})
SOURCE = '''
import os, time
exec(shield)
with open(f"{name}.part", "w") as file: file.write(str(os.getpid()))
os.rename(f"{name}.part", f"{name}.pid")
os.close(1); os.close(2)
time.sleep(600)
'''
if os.fork() == 0: live("plain")
if os.fork() == 0: os.setsid(); live("session")
daemon("daemon", live)
daemon("bare", bare)
names = ["plain", "session", "daemon", "bare"]
while not all(os.path.exists(f"{name}.pid") for name in names): time.sleep(0.01)
open("ready", "w").close()
"""
KINDS = ("plain", "session", "daemon", "bare")
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"


def read_end(folder: Path, record: Mapping[str, object]) -> End:
    """The exit record's own words, no preset's."""
    if not record:
        return End(outcome=None, ended_at=datetime.fromtimestamp(0, UTC), conversation=folder.name)
    good = record["end"] == "exited" and record["exit_code"] == 0
    return End(
        outcome=None if good else Outcome.FAILED,
        ended_at=datetime.fromisoformat(str(record["ended_at"])).astimezone(UTC),
        error=f"{record['end']}: {record['error']}",
        hook_done=record["hook_done"] is True,
    )


def is_lost(seen: Sight | None) -> bool:
    """Whether the worker had begun and is gone, and what its agent had told is looked up."""
    return isinstance(seen, Lost) and seen.ran and seen.told is not None


@dataclass
class Bench:
    """A home of its own for orders; whatever they start is ended after the test."""

    root: Path
    worker: LocalWorker = field(default_factory=lambda: LocalWorker(read_end, grace=0.3))
    environ: dict[str, str] = field(default_factory=lambda: {"PATH": "/usr/local/bin:/usr/bin:/bin"})
    slug: str = field(default_factory=lambda: f"acme-{uuid4().hex[:8]}")
    attempts: int = 0

    @property
    def worktree(self) -> Path:
        return self.root / "worktree"

    def step(
        self, *argv: str, name: StepName = "agent", timeout: float | None = None, stdin: str | None = None
    ) -> Step:
        return Step(
            name=name,
            argv=argv,
            cwd=str(self.worktree),
            timeout=timeout,
            stdin=stdin,
            env={},
        )

    def shell(self, line: str, name: StepName = "agent", timeout: float | None = None) -> Step:
        return self.step("/bin/sh", "-c", line, name=name, timeout=timeout)

    def order(self, *steps: Step, timeout: float | None = 60.0, stall: float | None = None) -> Order:
        self.attempts += 1
        return Order(
            run=f"{self.slug}/7/{self.attempts}",
            folder=self.root / "sessions" / self.slug / "7" / str(self.attempts),
            worktree=self.worktree,
            prompt="Do the thing.\n",
            steps=steps,
            reader="command",
            timeout=timeout,
            stall=stall,
            env=self.environ,
        )

    def start(self, *steps: Step, timeout: float | None = 60.0, stall: float | None = None) -> Ref:
        order = self.order(*steps, timeout=timeout, stall=stall)
        return ref_of(order, self.worker.start(order))

    def run(self, *steps: Step, timeout: float | None = 60.0, stall: float | None = None) -> Ref:
        ref = self.start(*steps, timeout=timeout, stall=stall)
        self.settle(ref)
        return ref

    def settle(self, ref: Ref) -> Sight:
        """Wait until the worker is gone."""

        until(lambda: None if isinstance(self.worker.look(ref), Alive) else True)
        return self.worker.look(ref)

    def settle_lost(self, ref: Ref) -> Sight:
        """Wait until a killed supervisor has let go of its lock and left the process table."""
        return until(lambda: seen if isinstance(seen := self.worker.look(ref), Lost) else None)

    def supervisor(self, ref: Ref) -> psutil.Process:
        """The supervisor, once it has begun."""
        until(lambda: (ref.folder / "start.json").exists() or None)
        seen = self.worker.look(ref)
        assert isinstance(seen, Alive), seen
        return psutil.Process(seen.pid)

    def record(self, ref: Ref) -> dict[str, Any]:
        """The exit record of an order that ended."""
        seen = self.settle(ref)
        assert isinstance(seen, Ended), seen
        return read_json(str(ref.folder / "exit.json"))

    def family(self, shield: str = "", then: str = "import time; time.sleep(600)") -> Step:
        """An agent with a child of each kind, which does `then` once all of them are there."""
        return self.step(*PYTHON, f"{FAMILY}\n{then}", shield)

    def kin(self) -> dict[str, psutil.Process]:
        """The children of `family`, once they are all there."""
        until(lambda: (self.worktree / "ready").exists() or None)
        return {kind: psutil.Process(int((self.worktree / f"{kind}.pid").read_text())) for kind in KINDS}


def ref_of(order: Order, handle: Mapping[str, str | int] | None = None) -> Ref:
    return Ref(run=order.run, folder=order.folder, worktree=order.worktree, handle=handle)


def until(look: Callable[[], T | None], seconds: float = 30.0) -> T:
    """The first thing but None that `look` gives."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return found


def alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def bench(root: Path) -> Iterator[Bench]:
    """A bench below `root`; at the end, nothing that worked below `root` is left."""
    made = Bench(root)
    made.worktree.mkdir()
    yield made
    while found := [process for process in psutil.process_iter() if _works_below(process, str(root))]:
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(found, timeout=5)


def _works_below(process: psutil.Process, root: str) -> bool:
    with suppress(psutil.Error):
        return alive(process) and (root in " ".join(process.cmdline()) or process.cwd().startswith(root))
    return False
