"""Cursor's `--output-format stream-json`: events, the last of them the result; failures are plain words."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from issue_intake.core.text import one_line
from issue_intake.workers.fields import Fields, conversation_of, object_of, text_of
from issue_intake.workers.outcome.limits import Refusal
from issue_intake.workers.outcome.readers.evidence import Evidence, Record, events, last_text, plain_lines, total

_TOKENS = ("inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens")
_FAILURES = ("Error: ", "ActionRequiredError: ", "Cannot use this model: ")
_REFUSALS = {
    "Error: Authentication required": Refusal.LOGIN,
    "ActionRequiredError: You've hit your usage limit": Refusal.LIMIT,
}


def read(evidence: Evidence) -> Record:
    """What its events tell, and of a run that left no result its last plain line."""
    record = reduce(_step, events(evidence.log), Record())
    said = next(iter(plain_lines(evidence.log)[-1:]), "")
    if record.finished or record.error or not said.startswith(_FAILURES):
        return record
    refusal = next((why for words, why in _REFUSALS.items() if said.startswith(words)), None)
    return replace(record, error=one_line(said, 500), refusal=refusal)


def _step(record: Record, event: Fields) -> Record:
    seen = replace(record, conversation=conversation_of(event.get("session_id")) or record.conversation)
    kind = event.get("type")
    if kind == "assistant":
        return replace(seen, words=last_text(object_of(event.get("message")).get("content")) or seen.words)
    return _ended(seen, event) if kind == "result" else seen


def _ended(record: Record, event: Fields) -> Record:
    finished = event.get("subtype") == "success" and event.get("is_error") is False
    said = one_line(text_of(event.get("result")), 500)
    return replace(
        record,
        finished=finished,
        error="" if finished else said or "cursor-agent reports an error",
        tokens=total(object_of(event.get("usage")), *_TOKENS),
        words=record.words or text_of(event.get("result")),  # the result is all that it said, run together
    )
