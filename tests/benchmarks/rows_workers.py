"""The supervisor, of which there is one for each agent at work: how soon it is there, what it costs meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median

from issue_intake.core.work import Order, Step
from issue_intake.workers.folder import Folder
from issue_intake.workers.local import LocalWorker, _launch
from issue_intake.workers.outcome.result import read_end
from tests.benchmarks.bench import Bench
from tests.benchmarks.measure import timed
from tests.benchmarks.table import Row

_PLAIN = (sys.executable, "-I", "-S", "-c")
_STALL = 1200.0
_MIB = 1024 * 1024
_MEASURABLE = 0.0005  # of one core: below that top and ps show 0.0 %


class Orders:
    """Orders below `folder`, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        (folder / "worktree").mkdir()

    def make(self, *argv: str) -> Order:
        """An order of one step."""
        number = next(self._numbers)
        worktree = self._folder / "worktree"
        return Order(
            run=f"acme-bench-{os.getpid()}/1/{number}",
            folder=self._folder / "attempts" / str(number),
            worktree=worktree,
            prompt="",
            steps=(Step(name="agent", argv=argv, cwd=os.fspath(worktree), env={}),),
            reader="command",
            timeout=7200.0,
            stall=_STALL,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )


def start(bench: Bench) -> Iterator[Row]:
    """From the start of the supervisor to the first sign of its agent, a shell that writes a line."""
    orders, fifo = Orders(bench.folder), bench.folder / "fifo"
    os.mkfifo(fifo)
    shell = ("/bin/sh", "-c", f"echo > '{fifo}'")

    def supervised() -> float:
        order = orders.make(*shell)
        folder = Folder(order.folder)
        folder.make()
        with folder.new_lock() as lock:
            folder.write_order(order, grace=1.0, log_limit=1 << 20, seal="")
            return timed(lambda: _until_written(fifo, lambda: _launch(order, lock, "")))

    def bare() -> float:
        return timed(lambda: subprocess.run((*_PLAIN, "pass"), check=True, env={}, cwd="/"))

    taken = [(bare(), supervised()) for _ in range(bench.rounds + 1)][1:]
    floor, ours = zip(*taken, strict=True)
    yield Row(
        what="supervisor start to agent start",
        floor=median(floor) * 1000,
        ours=median(ours) * 1000,
        most_times=4,
        samples={"floor": floor, "ours": ours},
    )


def _until_written(fifo: Path, begin: Callable[[], object]) -> None:
    begin()
    fifo.read_bytes()  # ends when the agent has closed it


def rest(bench: Bench) -> Iterator[Row]:
    """A supervisor whose agent sleeps, beside a Python that waits for a line: memory, and CPU over a minute."""
    order = Orders(bench.folder).make("/bin/sleep", str(bench.minute + 60))
    with subprocess.Popen((*_PLAIN, "input()"), stdin=subprocess.PIPE, cwd="/", env={}) as plain:
        with supervisor(order) as pid:
            time.sleep(3.0)  # until both are at rest
            before = _cpu(plain.pid), _cpu(pid)
            time.sleep(bench.minute)
            used = [after - earlier for after, earlier in zip((_cpu(plain.pid), _cpu(pid)), before, strict=True)]
            held = _resident(plain.pid), _resident(pid)
        plain.communicate(b"\n")
    yield Row(what="a supervisor at rest: memory", floor=held[0], ours=held[1], unit="MiB", most=15)
    what = f"a supervisor at rest: CPU in {bench.minute:g} s"
    yield Row(what=what, floor=used[0], ours=used[1], most=_MEASURABLE * bench.minute * 1000)


@contextmanager
def supervisor(order: Order) -> Iterator[int]:
    """The pid of a supervisor at work on the order."""
    worker = LocalWorker(read_end, grace=0.5)
    handle = worker.start(order)
    try:
        yield int(handle["pid"])
    finally:
        (order.folder / "cancel").touch()
        while Folder(order.folder).held():
            time.sleep(0.05)


def _cpu(pid: int) -> float:
    """Milliseconds on a CPU so far, as the scheduler counts them."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB
