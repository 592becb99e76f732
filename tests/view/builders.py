"""Rows, sessions and reports with everything filled in that a test does not care for."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from issue_intake.core.attempt import Attempt, Outcome, Role
from issue_intake.core.model import Backoff, LastRun, Pull, Session, Stage
from issue_intake.core.rows import Detail, Footer, Group, ProjectLine, Report, Row, SessionLine
from issue_intake.view.console import open_console

NOW = datetime(2026, 11, 21, 10, 51, 40, tzinfo=UTC)
HOSTILE = "\x1b]0;owned\x07[red]bold[/red] :boom: $(id)\r\nsecond\u202e line\x9b \ud800 {0} %s"


def ago(**span: float) -> datetime:
    """The moment that lies so many days, hours, minutes before NOW."""
    return NOW - timedelta(**span)


def a_pull(number: int = 14) -> Pull:
    return Pull(
        number=number,
        url=f"https://github.com/acme/webshop/pull/{number}",
        state="open",
        branch="agent/issue-12",
        head_sha="a" * 40,
        draft=True,
    )


def a_row(number: int = 12, **fields: object) -> Row:
    row = Row(
        key=f"github:acme/webshop#{number}",
        label=f"webshop#{number}",
        url=f"https://github.com/acme/webshop/issues/{number}",
        group=Group.RUNNING,
        stage="in_progress",
        since=ago(minutes=3),
        tries="1/3",
        pull=None,
        what="Fix the cart total",
    )
    return replace(row, **fields)  # type: ignore[arg-type]  # the fields are checked by each caller's rule


def an_attempt(number: int = 1, **fields: object) -> Attempt:
    attempt = Attempt(
        number=number,
        role=Role.CODER,
        agent="claude",
        claimed_at=ago(minutes=41),
        started_at=ago(minutes=40),
        ended_at=ago(minutes=28),
        outcome=Outcome.FAILED,
        counted=True,
        note="exit code 3: cannot find module cart",
        cost_usd=0.42,
        tokens=12_345,
    )
    return replace(attempt, **fields)  # type: ignore[arg-type]  # as above


def a_session(number: int = 12, **fields: object) -> Session:
    session = Session(
        key=f"github:acme/webshop#{number}",
        project="webshop",
        repository="acme/webshop",
        repo_id=1,
        number=number,
        title="Fix the cart total",
        url=f"https://github.com/acme/webshop/issues/{number}",
        stage=Stage.IN_PROGRESS,
        since=ago(minutes=3),
        created_at=ago(hours=1),
        branch=f"agent/issue-{number}",
        worktree=f"/home/ann/intake/acme-webshop/issue-{number}",
        workspace="ready",
        attempts=(an_attempt(),),
    )
    return replace(session, **fields)  # type: ignore[arg-type]  # as above


def a_footer(**fields: object) -> Footer:
    footer = Footer(last_run=LastRun(at=ago(minutes=5), exit_code=0, summary="1 launched"), running=2, limit=4)
    return replace(footer, **fields)  # type: ignore[arg-type]  # as above


def a_report(*rows: Row, footer: Footer | None = None, sessions: tuple[Session, ...] = ()) -> Report:
    return Report(
        now=NOW,
        rows=rows,
        footer=footer or a_footer(),
        projects=(ProjectLine(name="webshop", last_poll_at=ago(minutes=5), backoff=None),),
        sessions=tuple(SessionLine(session=session, pid=4242) for session in sessions),
    )


def a_backoff() -> Backoff:
    return Backoff(until=NOW + timedelta(minutes=10), reason="GitHub answers 503 (asked for acme/docs)")


def a_detail(session: Session | None = None, **fields: object) -> Detail:
    session = session or a_session()
    detail = Detail(
        now=NOW,
        row=a_row(session.number, stage=session.stage.value),
        session=session,
        pid=4242,
        next_step="The worker is at work; the next run looks again.",
        worktree=Path(session.worktree),
        prompt=Path("/home/ann/.local/state/intake/sessions/acme-webshop/12/2/prompt.md"),
        log=Path("/home/ann/.local/state/intake/sessions/acme-webshop/12/2/worker.log"),
        log_tail=("reading src/cart.py", "  running the tests"),
    )
    return replace(detail, **fields)  # type: ignore[arg-type]  # as above


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def file_console(width: int = 80) -> tuple[Console, io.StringIO]:
    """A console on something that is no terminal, `width` columns wide."""
    stream = io.StringIO()
    console = open_console(stream)
    console.width = width
    return console, stream
