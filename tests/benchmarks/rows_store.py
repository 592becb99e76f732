"""The memory on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from issue_intake.files import write_atomically
from issue_intake.wiring.home import installation
from tests.benchmarks.bench import Bench
from tests.benchmarks.homes import active_sessions, make_home, remember
from tests.benchmarks.table import Row

_SESSIONS = 500


def saving(bench: Bench) -> Iterator[Row]:
    """Five hundred active sessions, one of which has changed."""
    home = make_home(bench.folder / "home")
    remember(home, active_sessions(_SESSIONS))
    place = installation(home.path, None)
    memory = place.memory()
    data = place.paths.state.read_bytes()
    changing = next(iter(memory.state.sessions))
    written = bench.folder / "bytes"

    def change() -> None:
        session = memory.state.sessions[changing]
        memory.keep(replace(session, bad_ends=session.bad_ends + 1))

    def write() -> None:
        with written.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def replace_whole() -> None:
        write_atomically(written, data, durable=True)

    pair = bench.acts(write, memory.save, before=change)
    yield bench.row(f"saving {_SESSIONS} active sessions, {len(data) >> 10} KiB", pair, most_times=1.5)
    fair = bench.acts(replace_whole, memory.save, before=change)
    yield bench.row("  beside the same bytes written aside, renamed, folder synced", fair, most_times=1.5)
