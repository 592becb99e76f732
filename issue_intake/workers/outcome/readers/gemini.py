"""Gemini CLI's `-o stream-json`: events, the last of which is the result, between lines for people."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import reduce

from issue_intake.core.text import one_line
from issue_intake.workers.fields import Fields, conversation_of, object_of, parse_object, text_of
from issue_intake.workers.outcome.readers.evidence import Evidence, Record, events, total

_PLAIN = re.compile(r"\[API Error: (.*)\]", re.DOTALL)
_LOOPED = "gemini stopped itself: it repeated one call"
_OWN_LIMITS = {"FatalTurnLimitedError": "gemini stopped at its limit of turns"}


def read(evidence: Evidence) -> Record:
    """What its events tell."""
    return reduce(_step, events(evidence.log), (Record(), False))[0]


def _step(before: tuple[Record, bool], event: Fields) -> tuple[Record, bool]:
    """The record, and whether the agent is in the middle of saying something, which comes in pieces."""
    record, speaking = before
    kind = event.get("type")
    if kind == "init":
        return replace(record, conversation=conversation_of(event.get("session_id")) or record.conversation), False
    if kind == "message" and event.get("role") == "assistant":
        said = text_of(event.get("content"))
        return replace(record, words=record.words + said if speaking else said or record.words), True
    if kind == "error" and text_of(event.get("message")).startswith("Loop detected"):
        return replace(record, error=_LOOPED), False
    return (_ended(record, event) if kind == "result" else record), False


def _ended(record: Record, event: Fields) -> Record:
    # After it stopped itself in a loop it calls that a success.
    finished = event.get("status") == "success" and record.error != _LOOPED
    fault = object_of(event.get("error"))
    said = _OWN_LIMITS.get(text_of(fault.get("type"))) or _plain(text_of(fault.get("message")))
    error = record.error or said or "gemini reports an error"
    return replace(
        record,
        finished=finished,
        error="" if finished else one_line(error, 500),
        tokens=total(object_of(event.get("stats")), "total_tokens"),
    )


def _plain(message: str) -> str:
    """The provider's sentence within the message, which may be a JSON document of its own."""
    found = _PLAIN.match(message)
    inner = found[1] if found else message
    document = object_of((parse_object(inner) or {}).get("error"))
    return text_of(document.get("message")) or inner
