"""Copilot CLI's `--output-format json`: events, the last of which is the result; what it used stands in a file."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from pathlib import Path

from issue_intake.core.cost import Cost
from issue_intake.core.text import one_line
from issue_intake.workers.fields import (
    Fields,
    amount_of,
    conversation_of,
    is_integer,
    object_of,
    parse_object,
    text_of,
)
from issue_intake.workers.outcome.limits import Refusal
from issue_intake.workers.outcome.readers.evidence import Evidence, Record, events, plain_lines, total
from issue_intake.workers.safe_read import read_small

_LARGEST = 256 * 1024
_NANO = 1e9
_REFUSALS = {"authentication": Refusal.LOGIN, "quota": Refusal.LIMIT, "rate_limit": Refusal.LIMIT}


def read(evidence: Evidence) -> Record:
    """What its events tell, and the numbers in the file, which are the whole conversation's."""
    record = reduce(_step, events(evidence.log), Record())
    if record == Record():
        record = replace(record, error=_refused(plain_lines(evidence.log)))
    usage = _usage(evidence.folder)
    spent = amount_of(usage.get("totalNanoAiu"))
    return replace(
        record,
        tokens=_tokens(object_of(usage.get("modelMetrics"))),
        cost_other=Cost(amount=spent / _NANO, currency="credits") if spent else None,
        whole_conversation=True,
    )


def _step(record: Record, event: Fields) -> Record:
    kind, data = event.get("type"), object_of(event.get("data"))
    if kind == "assistant.message":
        said = text_of(data.get("content"))
        return replace(record, words=said or record.words, error="", quota=False, refusal=None)
    if kind == "session.error":
        refusal = _REFUSALS.get(text_of(data.get("errorType")))
        said = one_line(text_of(data.get("message")), 500) or "copilot reports an error"
        return replace(record, error=said, quota=refusal is not None, refusal=refusal)
    if kind == "session.autopilot_stopped" and data.get("reason") == "cap_reached":
        return replace(record, error="copilot stopped at its limit of continuations")
    if kind == "abort":
        return replace(record, error="copilot was ended")
    return _ended(record, event) if kind == "result" else record


def _ended(record: Record, event: Fields) -> Record:
    # The exit code is 0, too, where it was ended or reached a limit.
    code = event.get("exitCode")
    finished = is_integer(code) and code == 0 and not record.error
    return replace(
        record,
        conversation=conversation_of(event.get("sessionId")) or record.conversation,
        finished=finished,
        error="" if finished else record.error or "copilot reports an error",
    )


def _refused(lines: list[str]) -> str:
    """Why it did not even begin; what a person can do about it follows on lines of their own."""
    return next((one_line(line, 500) for line in lines if line.startswith("Error: ")), "")


def _usage(folder: Path) -> Fields:
    """The file, an empty object where there is none such: the agent can write there, too."""
    try:
        return parse_object(read_small(folder, "out", "copilot-usage.json", limit=_LARGEST)) or {}
    except OSError:
        return {}


def _tokens(models: Fields) -> int | None:
    counts = [total(object_of(object_of(each).get("usage")), "inputTokens", "outputTokens") for each in models.values()]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
