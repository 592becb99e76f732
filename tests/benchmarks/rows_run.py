"""`intake run` against a canned GitHub on loopback: idle, with many projects, the first poll of many issues."""

from __future__ import annotations

from collections.abc import Iterator

from issue_intake.core.model import Stage
from tests.benchmarks.bench import Bench
from tests.benchmarks.homes import floor, make_home, remember, session, ten_sessions, workers
from tests.benchmarks.measure import peak, program
from tests.benchmarks.server import serving
from tests.benchmarks.table import Row

_PROJECTS = 200
_LATENCY = 0.005
_ISSUES = 1000
_ALIKE = "  beside one that starts alike (Typer, YAML, table)"


def idle(bench: Bench) -> Iterator[Row]:
    """One project, ten sessions, one request that is answered 304."""
    with serving(issues=10) as api:
        home = make_home(bench.folder / "home", api=api)
        sessions = ten_sessions()
        remember(home, sessions)
        with workers(home, sessions):
            program(home.intake("run"), home.env)()  # from here on there is a validator
            beside = floor("idle", "run", str(home.path / "config.yaml"), f"{api}/repos/acme/shop-1/issues")
            pair = bench.programs(beside, home.intake("run"), home.env)
    yield bench.row("intake run, 1 project, idle, 10 sessions", pair, most_times=1.25)


def many(bench: Bench) -> Iterator[Row]:
    """Two hundred projects, each answered 304 after five milliseconds."""
    with serving(seconds=_LATENCY) as api:
        home = make_home(bench.folder / "home", api=api, projects=_PROJECTS)
        remember(home, [], _PROJECTS)
        program(home.intake("run"), home.env)()
        beside = floor("gets", api, str(_PROJECTS))
        pair = bench.programs(beside, home.intake("run"), home.env)
        alike = floor("whole", "gets", str(home.path / "config.yaml"), api, str(_PROJECTS))
        fair = bench.programs(alike, home.intake("run"), home.env)
        report = bench.folder / "peak"
        held = peak(beside, home.env, report), peak(home.intake("run"), home.env, report)
    yield bench.row("intake run, 200 projects, idle, 5 ms each", pair, most_times=1.3)
    yield bench.row(_ALIKE, fair, most_times=1.3)
    yield Row(what="  its memory", floor=held[0], ours=held[1], unit="MiB", most=120)


def first_poll(bench: Bench) -> Iterator[Row]:
    """A thousand eligible issues on ten cursor pages, nothing cached; both slots of the limit are taken."""
    with serving(issues=_ISSUES) as api:
        home = make_home(bench.folder / "home", api=api, limits="{running: 2}")
        sessions = [session(number, Stage.IN_PROGRESS) for number in (1, 2)]
        url = f"{api}/repos/acme/shop-1/issues?per_page=100"
        beside = program(floor("pages", url, str(_ISSUES)), home.env)
        alike = program(floor("whole", "pages", str(home.path / "config.yaml"), url, str(_ISSUES)), home.env)
        ours = program(home.intake("run"), home.env)

        def forget() -> None:
            for file in (home.path / "cache").glob("*.json"):
                file.unlink()
            remember(home, sessions)

        forget()
        with workers(home, sessions):
            whole = bench.acts(beside, ours, before=forget)
            fair = bench.acts(alike, ours, before=forget)
    yield bench.row("intake run, first poll of 1,000 issues", whole, most_times=1.3)
    yield bench.row(_ALIKE, fair, most_times=1.3)
