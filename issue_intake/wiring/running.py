"""`run` from the lock to the report: reads the memory, wires the parts, ticks, remembers how it ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from issue_intake.core.model import Configured, LastRun
from issue_intake.core.report import Scene, report
from issue_intake.core.rows import TickReport
from issue_intake.errors import ExitCode
from issue_intake.store.lock import tick_lock
from issue_intake.store.log import Log, open_log
from issue_intake.store.records import Records
from issue_intake.tick.cycle import Ticked, rehearse, run_tick
from issue_intake.tick.journal import Journal
from issue_intake.tick.setting import Setting
from issue_intake.wiring.home import Installation
from issue_intake.wiring.projects import Asked, wire


def tick(home: Installation, asked: Asked) -> tuple[TickReport, int]:
    """One tick, or the rehearsal of one, told as a report; and the exit code. Raises IntakeError."""
    _ = home.config  # a faulty configuration is said before anything is touched
    if asked.dry:
        return _tick(home, asked, _silent)
    with tick_lock(home.paths.lock), open_log(home.paths.log) as log:
        return _tick(home, asked, log)


def _tick(home: Installation, asked: Asked, log: Log) -> tuple[TickReport, int]:
    memory = home.memory()
    setting = replace(wire(home, asked, memory.state.sessions.values()), requests=home.paths.requests)
    journal = Journal(_now(), memory, log, None if asked.dry else Records(home.paths.sessions), secrets=setting.secrets)
    memory.keep_configured(_configured(setting))
    ticked = rehearse(setting, journal) if asked.dry else _lasting(setting, journal)
    code = exit_code(setting, journal)
    if not asked.dry:
        memory.keep_run(LastRun(at=_now(), exit_code=code, summary=_summary(journal)))
        memory.save()
    return _report(setting, journal, ticked, asked), code


def _configured(setting: Setting) -> Configured:
    policies = [project.policy for project in setting.projects]
    return Configured(
        running=setting.limits.running,
        attempts={policy.name: policy.attempts for policy in policies},
        writes=any(policy.writes != "off" for policy in policies),
        cost_per_day=setting.limits.cost_per_day,
    )


def exit_code(setting: Setting, journal: Journal) -> int:
    """0, 1 when something outside failed, 2 when no project could be worked at all."""
    if (setting.faults or journal.barred) and not setting.parts.keys() - journal.barred:
        return ExitCode.USAGE
    return ExitCode.OUTSIDE if journal.problems else ExitCode.OK


def _lasting(setting: Setting, journal: Journal) -> Ticked:
    """A tick whose memory is kept whatever ends it."""
    try:
        return run_tick(setting, journal)
    except KeyboardInterrupt:
        journal.memory.save()
        raise


def _report(setting: Setting, journal: Journal, ticked: Ticked, asked: Asked) -> TickReport:
    scene = Scene(
        now=journal.now,
        state=journal.memory.state,
        sights=ticked.sights,
        configured=_configured(setting),
        changed=frozenset(journal.changed),
    )
    return TickReport(
        report=report(scene),
        actions=tuple(journal.actions),
        skipped=ticked.selection.skipped,
        polls=tuple(journal.polls),
        problems=tuple(journal.problems),
        attention=tuple(journal.attention),
        planned=asked.dry,
    )


def _summary(journal: Journal) -> str:
    if journal.problems:
        return journal.problems[0]
    from issue_intake.view.plain import done  # noqa: PLC0415 - as `run` itself says it

    return done(journal.actions)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _silent(event: str, /, **fields: object) -> None:
    """A dry run writes no log."""
