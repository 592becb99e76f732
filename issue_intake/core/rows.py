"""What a person is shown, derived from what is stored and seen: rows, footer, report."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from pathlib import Path

from issue_intake.core.cost import Cost
from issue_intake.core.model import Backoff, LastRun, Pull, Session
from issue_intake.core.record import record


class Group(IntEnum):
    """The order of the table: what needs a person comes first."""

    NEEDS_PERSON = 0
    BLOCKED = 1
    READY_TO_MERGE = 2
    RUNNING = 3
    REVIEW = 4
    QUEUED = 5
    WAITING = 6
    ENDED = 7


@record
class Row:
    """One line of the table. `tries` like "1/3"; `what` one cleaned line.

    `stage` is a Stage's value, "waiting", or "cancelling" while a worker is being stopped.
    """

    key: str
    label: str
    url: str
    group: Group
    stage: str
    since: datetime
    tries: str
    pull: Pull | None
    what: str
    changed: bool = False


@record
class Footer:
    """What stands below the table. `backoffs`: (project, backoff); `rests`: (agent, sentence).

    `spent`: what attempts that ended in the last 24 hours cost, in each currency; `cost_per_day`: their limit, or None.
    """

    last_run: LastRun | None
    running: int
    limit: int
    backoffs: tuple[tuple[str, Backoff], ...] = ()
    rests: tuple[tuple[str, str], ...] = ()
    writes_off: bool = True
    overdue: bool = False
    spent: tuple[Cost, ...] = ()
    cost_per_day: float | None = None


@record
class Acted:
    """One action of a tick, done or (dry run) planned. `label`: `project#12`, for people."""

    action: str
    key: str
    reason: str
    label: str = ""


@record
class Skip:
    """An open issue that was looked at and not started, with a code for programs and a sentence for people."""

    key: str
    code: str
    reason: str
    label: str = ""


@record
class ProjectLine:
    """A project as `--json` shows it."""

    name: str
    last_poll_at: datetime | None
    backoff: Backoff | None
    paused: bool = False


@record
class SessionLine:
    """A session as `--json` shows it; `pid` None when no worker of it runs here. `cancelling`: it is being stopped."""

    session: Session
    pid: int | None
    cancelling: bool = False


@record
class Report:
    """Everything a command prints, however it prints it. `more_waiting`: issues that wait and have no row."""

    now: datetime
    rows: tuple[Row, ...]
    footer: Footer
    projects: tuple[ProjectLine, ...]
    sessions: tuple[SessionLine, ...]
    more_waiting: int = 0


@record
class TickReport:
    """A tick's report: the table, what was done (`planned` when a dry run), what was skipped, and each poll's sentence.

    `problems`: one line each for stderr. `attention`: one line per session that began to need a person in this tick,
    and for what else began that a person wants to know of.
    """

    report: Report
    actions: tuple[Acted, ...]
    skipped: tuple[Skip, ...]
    polls: tuple[str, ...]
    problems: tuple[str, ...] = ()
    attention: tuple[str, ...] = ()
    planned: bool = False


@record
class Detail:
    """One session whole, for `status ISSUE`. `next_step` says in one sentence what intake or a person does next."""

    now: datetime
    row: Row
    session: Session
    pid: int | None
    next_step: str
    worktree: Path
    prompt: Path | None
    log: Path | None
    log_tail: tuple[str, ...]
    cancelling: bool = False
