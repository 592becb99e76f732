"""Codex's `exec --json`: events of its thread, its turns and what they consist of."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from issue_intake.core.text import one_line
from issue_intake.workers.fields import Fields, conversation_of, object_of, text_of
from issue_intake.workers.outcome.readers.evidence import Evidence, Record, events, total


def read(evidence: Evidence) -> Record:
    """What its events tell."""
    return reduce(_step, events(evidence.log), Record())


def _step(record: Record, event: Fields) -> Record:
    kind = event.get("type")
    if kind == "thread.started":
        return replace(record, conversation=conversation_of(event.get("thread_id")) or record.conversation)
    if kind == "item.completed":
        item = object_of(event.get("item"))
        said = text_of(item.get("text")) if item.get("type") == "agent_message" else ""
        return replace(record, words=said or record.words)
    if kind == "turn.completed":
        tokens = total(object_of(event.get("usage")), "input_tokens", "output_tokens")
        return replace(record, finished=True, error="", tokens=tokens, whole_conversation=True)
    if kind in ("turn.failed", "error"):
        # A bare error also announces a reconnection; whether the turn failed is said by what follows it.
        said = text_of(object_of(event.get("error")).get("message")) or text_of(event.get("message"))
        return replace(record, finished=False, error=one_line(said, 500) or "codex reports an error")
    return record
