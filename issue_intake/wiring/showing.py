"""`status` from the memory to a report: reads files, asks nobody, changes nothing."""

from __future__ import annotations

import os
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from issue_intake.core.model import Configured, Session
from issue_intake.core.redact import redact
from issue_intake.core.report import Scene, cancelling, next_step, pid_of, report, row
from issue_intake.core.requests import Verb
from issue_intake.core.rows import Detail, Report
from issue_intake.core.text import as_drawn, one_line
from issue_intake.errors import UsageError
from issue_intake.store.memory import Memory
from issue_intake.store.requests import pending
from issue_intake.store.tail import tail
from issue_intake.tick.sights import look_at_workers
from issue_intake.wiring.home import Installation
from issue_intake.wiring.meaning import meant

_TAIL_LINES = 20


def overview(home: Installation, *, everything: bool) -> Report:
    """The table's report. Raises UsageError on a memory that cannot be read, or none and a faulty configuration."""
    return report(_scene(home, home.memory(), everything=everything))


def detail(home: Installation, issue: str) -> Detail:
    """One session whole. Raises UsageError when no session is meant, naming the nearest."""
    memory = home.memory()
    session = meant(memory, issue)
    scene = _scene(home, memory, everything=False)
    ref = home.ref(session)
    log = ref.folder / "worker.log"
    prompt = ref.folder / "prompt.md"
    return Detail(
        now=scene.now,
        row=row(scene, session),
        session=session,
        pid=pid_of(scene.sights.get(session.key)),
        next_step=next_step(session, scene.sights.get(session.key), scene.asked.get(session.key, ())),
        worktree=ref.worktree,
        prompt=prompt if session.attempts and prompt.exists() else None,
        log=log if session.attempts and log.exists() else None,
        log_tail=_tail(log, home.secrets),
        cancelling=cancelling(scene, session),
    )


def _scene(home: Installation, memory: Memory, *, everything: bool) -> Scene:
    configured = _configured(home, memory)
    sessions: list[Session] = list(memory.state.sessions.values())
    return Scene(
        now=datetime.now(UTC).replace(microsecond=0),
        state=memory.everything() if everything else memory.state,
        sights=look_at_workers(sessions, home.worker, home.ref),
        configured=configured,
        everything=everything,
        asked=wishes(home),
    )


def wishes(home: Installation) -> dict[str, tuple[Verb, ...]]:
    """What was asked since the last run, by key, in order."""
    found: dict[str, tuple[Verb, ...]] = {}
    for request in pending(home.paths.requests).requests:
        found[request.key] = (*found.get(request.key, ()), request.verb)
    return found


def _configured(home: Installation, memory: Memory) -> Configured:
    """What the latest run found in the configuration; before the first one, what is in it.

    Raises UsageError where there is neither a memory nor a configuration that can be read.
    """
    if memory.state.configured is not None:
        return memory.state.configured
    from issue_intake.config.load import load  # noqa: PLC0415 - it costs more than all the rest

    try:
        config = load(home.paths.config, environ=os.environ, origin_url=lambda _: None)
    except UsageError:
        if memory.rebuilt and not memory.state.sessions:
            raise
        return Configured()
    return Configured(
        running=config.limits.running,
        attempts={project.name: project.limits.attempts for project in config.projects},
        writes=any(project.writes != "off" for project in config.projects),
        cost_per_day=config.limits.cost_per_day,
    )


def _tail(log: Path, secrets: tuple[str, ...]) -> tuple[str, ...]:
    """The last lines: what runs still may have written what no run has taken out yet."""
    cleaned = "\n".join(as_drawn(line) for line in tail(log).split("\n"))
    said = redact(cleaned, secrets)
    return tuple(deque((one_line(line, 500) for line in said.splitlines()), maxlen=_TAIL_LINES))
