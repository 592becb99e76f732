"""What ten thousand finished sessions cost a command, compared with none."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.bench import Bench
from tests.benchmarks.homes import Home, finished_sessions, make_home, remember, ten_sessions, workers
from tests.benchmarks.measure import program
from tests.benchmarks.server import serving
from tests.benchmarks.table import Row

_FINISHED = 10_000


def history(bench: Bench) -> Iterator[Row]:
    """`status` and an idle `run`."""
    with serving(issues=10) as api:
        young, old = (make_home(bench.folder / age / "home", api=api) for age in ("young", "old"))
        open_ones = ten_sessions()
        remember(young, open_ones)
        remember(old, [*open_ones, *finished_sessions(_FINISHED)])
        with workers(young, open_ones), workers(old, open_ones):
            for home in (young, old):
                program(home.intake("run"), home.env)()  # what is to leave the hot state leaves it now
            for command in ("status", "run"):
                yield _compared(bench, command, young, old)


def _compared(bench: Bench, command: str, young: Home, old: Home) -> Row:
    pair = bench.acts(program(young.intake(command), young.env), program(old.intake(command), old.env))
    idle = "idle run" if command == "run" else command
    return bench.row(f"{idle}, 10,000 finished sessions (floor: none)", pair, most_times=1.15)
