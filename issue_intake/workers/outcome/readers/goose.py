"""Goose's `--output-format stream-json`: messages, errors, and a completion that says little of how it went."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from issue_intake.core.text import one_line
from issue_intake.workers.fields import Fields, amount_of, object_of, text_of
from issue_intake.workers.outcome.limits import Refusal
from issue_intake.workers.outcome.readers.evidence import Evidence, Record, cost, events, last_text, plain_lines, total

_REFUSALS = {
    "Authentication error:": Refusal.LOGIN,
    "No provider configured": Refusal.LOGIN,
    "Rate limit exceeded:": Refusal.LIMIT,
    "Credits exhausted:": Refusal.LIMIT,
}
_OLDER_ERROR = "Ran into this error: "
_TURNS = "I've reached the maximum number of actions I can do without user input."


def read(evidence: Evidence) -> Record:
    """What its events tell; before the first of them, what it says in plain words."""
    record = reduce(_step, events(evidence.log), Record())
    said = plain_lines(evidence.log)[-1:]
    if record != Record() or not said:
        return record
    return _failed(record, said[0].removeprefix("Error: "))


def _step(record: Record, event: Fields) -> Record:
    kind = event.get("type")
    if kind == "message":
        message = object_of(event.get("message"))
        said = last_text(message.get("content")) if message.get("role") == "assistant" else ""
        return replace(record, words=said or record.words)
    if kind == "error":
        return _failed(record, text_of(event.get("error")) or "goose reports an error")
    return _completed(record, event) if kind == "complete" else record


def _completed(record: Record, event: Fields) -> Record:
    """The counts are of the whole conversation. Older versions say in words alone that something went wrong."""
    whole = amount_of(event.get("total_tokens"))
    tokens = int(whole) if whole is not None else total(event, "input_tokens", "output_tokens")
    counted = replace(record, tokens=tokens, cost_usd=cost(event.get("cost_usd")), whole_conversation=True)
    if record.words.startswith(_TURNS):
        return replace(counted, error="goose stopped at its limit of turns")
    if record.words.startswith(_OLDER_ERROR):
        return _failed(counted, record.words.removeprefix(_OLDER_ERROR))
    return counted if record.error else replace(counted, finished=True)


def _failed(record: Record, said: str) -> Record:
    refusal = next((why for words, why in _REFUSALS.items() if said.startswith(words)), None)
    return replace(record, finished=False, error=one_line(said, 500), refusal=refusal)
