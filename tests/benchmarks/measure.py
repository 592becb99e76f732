"""Ours and its floor, one after the other, round after round: what else the machine does then hits both alike."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Pair:
    """What the floor took in each round, and what ours took; seconds."""

    floor: tuple[float, ...]
    ours: tuple[float, ...]

    @property
    def medians(self) -> tuple[float, float]:
        """(floor, ours) in milliseconds."""
        return median(self.floor) * 1000, median(self.ours) * 1000


def compare(floor: Act, ours: Act, rounds: int, *, before: Act | None = None) -> Pair:
    """Time both in each round, after one that does not count; `before` runs before each of them, untimed."""
    taken: dict[Act, list[float]] = {floor: [], ours: []}
    for number in range(rounds + 1):
        for act in (floor, ours) if number % 2 else (ours, floor):
            if before is not None:
                before()
            seconds = timed(act)
            if number:
                taken[act].append(seconds)
    return Pair(floor=tuple(taken[floor]), ours=tuple(taken[ours]))


def timed(act: Act) -> float:
    """How long `act` takes, in seconds."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def program(argv: Iterable[str], env: Mapping[str, str]) -> Act:
    """Running a program that must end well, its output thrown away."""
    command = tuple(argv)
    environment = dict(env)
    streams = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1)]

    def run() -> None:
        pid = os.posix_spawnp(command[0], command, environment, file_actions=streams)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert code == 0, f"exit {code}: {' '.join(command)}"

    return run


def peak(argv: Iterable[str], env: Mapping[str, str], report: Path) -> float:
    """The most memory (MiB) that a program started by `start.py` held."""
    program(argv, {**env, "BENCH_PEAK": os.fspath(report)})()
    return int(report.read_text()) / 1024
