"""What programs read: `--json` of run and status. Keys are only ever added."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from math import isfinite
from typing import TextIO

from issue_intake.core.attempt import Attempt, Verified
from issue_intake.core.cost import Cost
from issue_intake.core.ledger import Cause, Ledger, Standing
from issue_intake.core.model import Pull, Stage
from issue_intake.core.rows import Acted, Detail, ProjectLine, Report, SessionLine, Skip, TickReport
from issue_intake.core.spending import of_session, tokens_of
from issue_intake.core.stages import COARSE
from issue_intake.view.words import clean, log_line, timestamp

Record = dict[str, object]


def report_json(report: Report) -> str:
    """`status --json`: every stage is counted, those without a session as 0."""
    return _dump(_report(report))


def tick_json(tick: TickReport) -> str:
    """`run --json`: the report, what was done (or, in a dry run, would be) and what was not started."""
    acts = {"actions": list(map(_acted, tick.actions)), "skipped": list(map(_skipped, tick.skipped))}
    return _dump(_report(tick.report) | acts)


def detail_json(detail: Detail) -> str:
    """`status ISSUE --json`: the session as in the report, with its attempts and files."""
    session = _session(SessionLine(session=detail.session, pid=detail.pid, cancelling=detail.cancelling))
    more: Record = {
        "next_step": clean(detail.next_step),
        "prompt": _text(detail.prompt),
        "log": _text(detail.log),
        "log_tail": list(map(log_line, detail.log_tail)),
    }
    return _dump(_head(detail.now) | {"session": session | more})


def write_json(text: str, stream: TextIO) -> None:
    """Write a document to `stream` as UTF-8 whatever the locale."""
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(f"{text}\n")
        return
    stream.flush()
    buffer.write(f"{text}\n".encode())
    buffer.flush()


def _dump(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False)


def _head(now: datetime) -> Record:
    return {"schema_version": 1, "generated_at": timestamp(now)}


def _report(report: Report) -> Record:
    counts = Counter(line.session.stage for line in report.sessions)
    return _head(report.now) | {
        "counts": {stage.value: counts[stage] for stage in Stage},
        "projects": list(map(_project, report.projects)),
        "sessions": list(map(_session, report.sessions)),
        "spent_24h": list(map(_cost, report.footer.spent)),
    }


def _project(line: ProjectLine) -> Record:
    backoff = line.backoff and {"until": timestamp(line.backoff.until), "reason": clean(line.backoff.reason)}
    return {
        "name": clean(line.name),
        "last_poll_at": _time(line.last_poll_at),
        "backoff": backoff,
        "paused": line.paused,
    }


def _session(line: SessionLine) -> Record:
    session, last = line.session, line.session.last
    return {
        "key": clean(session.key),
        "project": clean(session.project),
        "number": session.number,
        "title": clean(session.title),
        "url": clean(session.url),
        "stage": session.stage.value,
        "status": COARSE[session.stage],
        "role": last.role.value if last else None,
        "attempt": last.number if last else 0,
        "branch": clean(session.branch),
        "worktree": None if session.workspace == "removed" else _text(session.worktree or None),
        "pid": line.pid,
        "pull": session.pull and _pull(session.pull),
        "note": clean(session.note),
        "next_attempt_at": _time(session.next_attempt_at),
        "started_at": _time(last.started_at) if last else None,
        "cancelling": line.cancelling,
        "outcome": last.outcome.value if last and last.outcome else None,
        "cause": session.cause and _cause(session.cause),
        "standing": session.standing and _standing(session.standing),
        "counters": _counters(session.ledger),
        "asides": list(map(clean, session.asides)),
        "attempts": list(map(_attempt, session.attempts)),
        "spent": list(map(_cost, of_session(session))),
        "tokens": tokens_of(session),
    }


def _pull(pull: Pull) -> Record:
    return {"number": pull.number, "url": clean(pull.url), "state": pull.state, "head_sha": _text(pull.head_sha)}


def _attempt(attempt: Attempt) -> Record:
    usd, cost = attempt.cost_usd, attempt.cost
    return {
        "number": attempt.number,
        "role": attempt.role.value,
        "agent": clean(attempt.agent),
        "chosen_by": list(map(clean, attempt.chosen_by)),
        "conflicting": list(map(clean, attempt.conflicting)),
        "started_at": _time(attempt.started_at),
        "ended_at": _time(attempt.ended_at),
        "outcome": attempt.outcome and attempt.outcome.value,
        "note": clean(attempt.note),
        "cost_usd": usd if usd is not None and isfinite(usd) else None,
        "cost": cost and cost.amount,
        "currency": cost and clean(cost.currency),
        "tokens": attempt.tokens,
        "cause": attempt.cause and _cause(attempt.cause),
        "resumed": attempt.resumed,
        "verified": list(map(_verified, attempt.verified)),
    }


def _cost(cost: Cost) -> Record:
    return {"currency": clean(cost.currency), "amount": cost.amount}


def _cause(cause: Cause) -> Record:
    return {"kind": cause.kind.value, "about": list(map(clean, cause.about)), "note": clean(cause.note)}


def _standing(standing: Standing) -> Record:
    return {
        "head": clean(standing.head),
        "since": timestamp(standing.since),
        "note": clean(standing.note),
        "ready": standing.ready,
    }


def _counters(ledger: Ledger) -> Record:
    return {"ci_fixes": ledger.ci_fixes, "rounds": ledger.rounds, "verify_fixes": ledger.verify_fixes}


def _verified(each: Verified) -> Record:
    return {
        "name": clean(each.name),
        "exit_code": each.exit_code,
        "seconds": each.seconds if isfinite(each.seconds) else None,
        "required": each.required,
    }


def _acted(act: Acted) -> Record:
    return {"action": clean(act.action), "key": clean(act.key), "reason": clean(act.reason)}


def _skipped(skip: Skip) -> Record:
    return {"key": clean(skip.key), "code": clean(skip.code), "reason": clean(skip.reason)}


def _time(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None


def _text(value: object) -> str | None:
    """A path or sha as it is, bytes that are no UTF-8 (lone surrogates here) shown as a question mark."""
    return None if value is None else str(value).encode("utf-8", "replace").decode()
