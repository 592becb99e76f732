"""Start-up: what every command pays before it does anything."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.bench import Bench
from tests.benchmarks.homes import floor, make_home, remember, ten_sessions, workers
from tests.benchmarks.table import Row


def version(bench: Bench) -> Iterator[Row]:
    """`intake --version`."""
    yield from _same(bench, "--version")


def show_help(bench: Bench) -> Iterator[Row]:
    """`intake --help`."""
    yield from _same(bench, "--help")


def _same(bench: Bench, option: str) -> Iterator[Row]:
    home = make_home(bench.folder / "home")
    pair = bench.programs(floor("two_commands", option), home.intake(option), home.env)
    yield bench.row(f"intake {option}", pair, most_times=1.15)


def status(bench: Bench) -> Iterator[Row]:
    """`intake status`, ten sessions."""
    home = make_home(bench.folder / "home")
    sessions = ten_sessions()
    remember(home, sessions)
    with workers(home, sessions):
        pair = bench.programs(floor("table", "status"), home.intake("status"), home.env)
    yield bench.row("intake status, 10 sessions", pair, most_times=1.25)
