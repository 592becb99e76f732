"""What a worker is given to do, and what can be seen of it. Free of I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import Literal

from issue_intake.core.attempt import End
from issue_intake.core.record import record


@record
class Step:
    """One argv the worker runs. `name`: prepare, take_in, after_create, before_run, agent, verify, after_run.

    `stdin`: a file's path, None for /dev/null. `timeout` in seconds, None for the order's own. `env` holds no secrets.
    `title` and `required`: of a verify step, its name and whether its failure counts.
    """

    name: Literal["prepare", "take_in", "after_create", "before_run", "agent", "verify", "after_run"]
    argv: tuple[str, ...]
    cwd: str
    timeout: float | None = None
    stdin: str | None = None
    title: str = ""
    required: bool = True
    env: Mapping[str, str]


@record
class Order:
    """All a worker needs to know. `run` is its mark, `<slug>/<n>/<attempt>`, also the name it is found by.

    `timeout` (wall clock of the agent step) and `stall` in seconds, `memory` (bytes) and `processes` that its steps may
    use at once, each with all it starts; None for no limit. `env` is the whole
    environment of every step and is handed over in memory alone: it may hold the agent's keys. `reader` names
    the preset whose record of its own is read at the end ("command" for none). `resumed`: it goes on with an earlier
    conversation. `conversation`: the agent's, where it is known before the agent tells it. `login`: what a person runs
    where nobody is logged in. `currency`: that in which its record counts, None for the reader's own. `facts`: plain
    JSON, what the order was made from.
    """

    run: str
    folder: Path
    worktree: Path
    prompt: str
    steps: tuple[Step, ...]
    reader: str
    timeout: float | None
    stall: float | None
    env: Mapping[str, str] = field(repr=False)
    memory: int | None = None
    processes: int | None = None
    resumed: bool = False
    conversation: str | None = None
    login: str = ""
    currency: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@record(kw_only=False)
class Alive:
    """The worker is at work. `stopping`: it was asked to end."""

    pid: int | None
    started_at: datetime | None
    stopping: bool = False


@record(kw_only=False)
class Ended:
    """The worker wrote its end and is gone."""

    end: End


@record(kw_only=False)
class Lost:
    """The worker is gone without an end. `ran`: the supervisor had begun. What it left may still be at work.

    `told`: what its agent had told of itself by then; no outcome of it counts. None where nothing ran.
    """

    ran: bool
    told: End | None = None


@record(kw_only=False)
class Rebooted:
    """The machine was started anew since: the worker and all it left are gone. `told`: see `Lost`."""

    told: End | None = None


@record(kw_only=False)
class Absent:
    """No folder of that attempt exists: nothing was ever started for it, or the folder was taken away."""


@record(kw_only=False)
class Unknown:
    """It cannot be told whether the worker lives."""

    reason: str


Sight = Alive | Ended | Lost | Rebooted | Absent | Unknown


@record
class Ref:
    """An order that was, or was about to be, started: its mark, its places, and its handle if that was kept."""

    run: str
    folder: Path
    worktree: Path
    handle: Mapping[str, str | int] | None
