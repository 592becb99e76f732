"""How an attempt ended, from the evidence in its folder: the worker's end, the agent's report, its own record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from issue_intake.core.attempt import End, Outcome
from issue_intake.core.cost import Cost, cost_of
from issue_intake.core.record import record
from issue_intake.core.text import one_line
from issue_intake.workers.fields import Fields, conversation_of, is_integer, text_of, time_of
from issue_intake.workers.outcome import left
from issue_intake.workers.outcome.limits import Refusal, refusal
from issue_intake.workers.outcome.readers import ADDING, read_record
from issue_intake.workers.outcome.readers.evidence import Evidence, Record, plain_lines
from issue_intake.workers.outcome.said import Said, cleaned, read_said
from issue_intake.workers.outcome.verdicts import read_verdicts

_BEFORE_CURE = 60  # characters: so that the cure is not what is cut where there is little room

# These ends are what they are, whatever the agent left behind.
_FINAL = {
    "timeout": Outcome.TIMEOUT,
    "stalled": Outcome.STALLED,
    "over_limit": Outcome.FAILED,
    "cancelled": Outcome.CANCELLED,
    "setup_failed": Outcome.SETUP_FAILED,
    "not_started": Outcome.FAILED,
}
# The supervisor itself was ended or failed: its agent is not known to have come to an end of its own.
_LOST = ("terminated", "broken")


@record
class _Case:
    """What speaks besides the worker. `remark`: why result.json does not count, "" if there is none.

    `login`: what a person runs to log the agent in, "" where that is not known. `last`: the last line of all;
    `shown`: the last of those for people.
    """

    reader: str
    login: str
    record: Record
    report: Said | None
    remark: str
    last: str
    shown: str


def read_end(folder: Path, exit_record: Mapping[str, object]) -> End:
    """How the attempt in `folder` ended; `exit_record` is its exit.json. Never raises, whatever they hold.

    `started_at` is when the agent started, or the worker if it never came to that.
    """
    order = left.order(folder)
    ended_at = time_of(exit_record.get("ended_at")) or left.written_at(folder)
    case = _case(folder, exit_record, order, ended_at)
    record, cost = case.record, _cost(case.record, text_of(order.get("currency")))
    end = End(
        outcome=None,
        ended_at=ended_at,
        started_at=time_of(exit_record.get("agent_started_at")) or time_of(exit_record.get("started_at")),
        last_line=case.shown,
        hook_done=exit_record.get("hook_done") is True,
        conversation=record.conversation or conversation_of(order.get("conversation")),
        cost_usd=cost.amount if cost is not None and cost.currency == "USD" else None,
        cost_other=cost if cost is not None and cost.currency != "USD" else None,
        tokens=record.tokens,
        whole_conversation=record.whole_conversation,
        verified=read_verdicts(exit_record),
    )
    return _judge(end, exit_record, case)


def _case(folder: Path, exit_record: Mapping[str, object], order: Fields, ended_at: datetime) -> _Case:
    reader = one_line(text_of(order.get("reader")))
    log, whole = left.log(folder, exit_record, all_of_it=reader in ADDING)
    record = read_record(reader, Evidence(log=log, folder=folder, ended_at=ended_at, whole=whole))
    report, remark = read_said(folder)
    return _Case(
        reader=reader,
        login=one_line(text_of(order.get("login"))),
        record=record,
        report=report,
        remark=remark,
        last=_last_line(log),
        shown=_last_line(record.words or _plain(reader, log)),
    )


def _cost(record: Record, currency: str) -> Cost | None:
    """What the record tells, in the currency that the order names for it."""
    cost = cost_of(record.cost_usd, record.cost_other)
    return replace(cost, currency=currency) if cost is not None and currency else cost


def _judge(end: End, exit_record: Mapping[str, object], case: _Case) -> End:
    kind, record = text_of(exit_record.get("end")), case.record
    if kind == "stalled" and _waited(case):
        return replace(end, outcome=Outcome.QUOTA, error=_turned_away(case), quota_until=record.quota_until)
    if kind in _FINAL:
        return replace(end, outcome=_FINAL[kind], error=_said(exit_record) or kind.replace("_", " "))
    if case.report is not None:
        return _reported(end, case.report)
    if record.quota:
        return replace(end, outcome=Outcome.QUOTA, error=_turned_away(case), quota_until=record.quota_until)
    error = _failure(exit_record, case)
    if not error:
        # The tree decides; the remark is kept, since somebody may wonder why the report did not count.
        return replace(end, error=case.remark, summary=cleaned(record.words))
    outcome = Outcome.CRASHED if kind in _LOST else Outcome.FAILED
    return replace(end, outcome=outcome, error="; ".join(filter(None, (error, case.remark))))


def _waited(case: _Case) -> bool:
    """Whether it stood still because its provider had turned it away: some try again for hours without a word."""
    return case.record.quota and not case.last.startswith("{") and refusal(case.last) is not None


def _turned_away(case: _Case) -> str:
    """The provider's words, and where nobody is logged in what a person can do about it."""
    if case.record.refusal is not Refusal.LOGIN or not case.login:
        return case.record.error
    return f"{one_line(case.record.error, _BEFORE_CURE)}; {case.login}"


def _reported(end: End, report: Said) -> End:
    return replace(
        end,
        outcome=report.outcome,
        summary=report.summary,
        pr_title=report.pr_title,
        pr_body=report.pr_body,
        blockers=report.blockers,
    )


def _failure(exit_record: Mapping[str, object], case: _Case) -> str:
    """Why the attempt failed, "" if all there is speaks for a good end."""
    if exit_record.get("end") != "exited":
        return _said(exit_record) or "the worker ended without saying how"
    if not case.reader:
        return "order.json can't be read, so it is not known which agent ran"
    record, status = case.record, _exit_status(exit_record)
    if case.reader == "command" or record.finished:
        return status
    return record.error or "; ".join(filter(None, (status, f"{case.reader} left no record of its end")))


def _exit_status(exit_record: Mapping[str, object]) -> str:
    signal, code = exit_record.get("signal"), exit_record.get("exit_code")
    if is_integer(signal):
        return f"signal {signal}"
    if not is_integer(code):
        return "no exit code"
    return f"exit code {code}" if code else ""


def _plain(reader: str, log: str) -> str:
    """What of the log is for people: of a preset's, only the lines that are not its record."""
    return log if reader == "command" else "\n".join(plain_lines(log))


def _last_line(text: str) -> str:
    lines = (one_line(line) for line in reversed(text.split("\n")) if line.strip())
    return next((line for line in lines if line), "")


def _said(exit_record: Mapping[str, object]) -> str:
    return one_line(text_of(exit_record.get("error")))
