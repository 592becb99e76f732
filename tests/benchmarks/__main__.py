"""`python -m tests.benchmarks [--only NAME …] [--rounds N] [--json FILE]`: each of ours beside its floor."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import rows_git, rows_history, rows_plan, rows_run, rows_startup, rows_store, rows_workers
from tests.benchmarks.bench import Bench
from tests.benchmarks.table import Row, lines, write_json

BENCHES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "version": rows_startup.version,
    "help": rows_startup.show_help,
    "status": rows_startup.status,
    "idle": rows_run.idle,
    "many": rows_run.many,
    "poll": rows_run.first_poll,
    "planning": rows_plan.planning,
    "history": rows_history.history,
    "saving": rows_store.saving,
    "launching": rows_git.launching,
    "publishing": rows_git.publishing,
    "rest": rows_workers.rest,
    "start": rows_workers.start,
}


def main() -> None:
    """Run what was asked for, print the table."""
    asked = _arguments()
    wanted = {name: bench for name, bench in BENCHES.items() if _named(name, asked.only)}
    rows = [row for name, bench in wanted.items() for row in _rows(name, bench, asked)]
    for line in lines(rows):
        sys.stdout.write(f"{line}\n")
    if asked.json:
        write_json(asked.json, rows, asked.rounds)


def _rows(name: str, bench: Callable[[Bench], Iterator[Row]], asked: argparse.Namespace) -> list[Row]:
    sys.stderr.write(f"{name} …\n")
    with tempfile.TemporaryDirectory(prefix="intake-bench-", dir=asked.scratch) as folder:
        return list(bench(Bench(Path(folder), asked.rounds, asked.minute)))


def _named(name: str, only: list[str]) -> bool:
    """A name, or what it begins with."""
    return not only or any(name == wanted or name.startswith(f"{wanted}-") for wanted in only)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help=f"of {', '.join(BENCHES)}")
    parser.add_argument("--rounds", type=int, default=9, help="rounds that count (default: %(default)s)")
    parser.add_argument("--minute", type=float, default=60.0, help="seconds of rest to watch (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples there")
    parser.add_argument("--scratch", type=Path, metavar="FOLDER", help="on the disk to measure (default: TMPDIR)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
