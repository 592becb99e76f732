"""What the presets' agents write about themselves, read from a worker's log whatever else stands in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from issue_intake.core.cost import Cost
from issue_intake.core.record import record
from issue_intake.core.text import one_line
from issue_intake.workers.fields import (
    Fields,
    amount_of,
    conversation_of,
    object_of,
    parse_object,
    text_of,
    texts_of,
    time_of,
)
from issue_intake.workers.limits import is_quota, quota_until, within_reach

# Only the very end of plain output is believed to be the agent's: what hooks and tools print may read alike.
_LAST_PLAIN_LINES = 3


@record
class Record:
    """What an agent's own record says. `finished`: it ended as it should; `error`: why it did not, one line.

    Neither: it left no record of its end. `quota`: its provider turned it away, until `quota_until` if that is
    known. `tokens` counts all that were read and written; `words` is the last it said in human words. `cost_usd`, or
    `cost_other` in another currency, is its own word, never worked out; `whole_conversation`: tokens and cost are those
    of the conversation from its beginning, also where this run went on with it.
    """

    finished: bool = False
    error: str = ""
    quota: bool = False
    quota_until: datetime | None = None
    conversation: str | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    cost_other: Cost | None = None
    whole_conversation: bool = False
    words: str = ""


def read_record(reader: str, log: str, ended_at: datetime) -> Record:
    """The record that the preset named `reader` left in `log`; an empty one for any other reader."""
    step = _READERS.get(reader)
    if step is None:
        return Record()
    record = Record()
    for event in _events(log):
        record = step(record, event)
    return _with_quota(record, log, ended_at)


def plain_lines(log: str) -> list[str]:
    """The non-empty lines that are no JSON objects, whole or torn."""
    return [line for line in log.split("\n") if line.strip() and not line.startswith("{")]


def _events(log: str) -> Iterator[Fields]:
    """The JSON objects that stand on lines of their own; torn and other lines are passed over."""
    # Not splitlines: JSON may hold U+2028 and its like within a line.
    for line in log.split("\n"):
        if line.startswith("{") and (event := parse_object(line)) is not None:
            yield event


def _with_quota(record: Record, log: str, ended_at: datetime) -> Record:
    if record.finished:
        return replace(record, quota=False, quota_until=None)
    said = record.error or " · ".join(one_line(line, 500) for line in plain_lines(log)[-_LAST_PLAIN_LINES:])
    if not (record.quota or is_quota(said)):
        return replace(record, quota_until=None)
    until = within_reach(record.quota_until, ended_at) if record.quota_until else None
    return replace(record, quota=True, quota_until=until or quota_until(said, ended_at), error=one_line(said, 500))


def _claude(record: Record, event: Fields) -> Record:
    seen = replace(record, conversation=conversation_of(event.get("session_id")) or record.conversation)
    kind = event.get("type")
    if kind == "assistant":
        return replace(seen, words=_spoken(object_of(event.get("message")).get("content")) or seen.words)
    if kind == "rate_limit_event":
        return _claude_limit(seen, object_of(event.get("rate_limit_info")))
    return _claude_result(seen, event) if kind == "result" else seen


def _claude_limit(record: Record, limit: Fields) -> Record:
    # Sent on every turn; only a rejection is one, and the agent may still have gone on after it.
    rejected = limit.get("status") == "rejected"
    return replace(record, quota=rejected, quota_until=time_of(limit.get("resetsAt")) if rejected else None)


def _claude_result(record: Record, event: Fields) -> Record:
    said = text_of(event.get("result")) or next(iter(texts_of(event.get("errors"))), "")
    refused = _CLAUDE_REFUSAL.fullmatch(said.strip()) is not None
    finished = event.get("subtype") == "success" and event.get("is_error") is False and not refused
    turned_away = record.quota or event.get("api_error_status") == 429
    own_limit = _CLAUDE_OWN_LIMITS.get(text_of(event.get("subtype")), "")
    return replace(
        record,
        finished=finished,
        error="" if finished else own_limit or one_line(said, 500) or "claude reports an error",
        quota=turned_away and not own_limit,
        tokens=_total(object_of(event.get("usage")), *_CLAUDE_TOKENS),
        cost_usd=_cost(event.get("total_cost_usd")),
        words=said or record.words,
    )


_CLAUDE_REFUSAL = re.compile(r"Claude AI usage limit reached\|\d+")
_CLAUDE_TOKENS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_CLAUDE_OWN_LIMITS = {
    "error_max_turns": "claude stopped at its limit of turns",
    "error_max_budget_usd": "claude stopped at its budget",
}


def _codex(record: Record, event: Fields) -> Record:
    kind = event.get("type")
    if kind == "thread.started":
        return replace(record, conversation=conversation_of(event.get("thread_id")) or record.conversation)
    if kind == "item.completed":
        item = object_of(event.get("item"))
        said = text_of(item.get("text")) if item.get("type") == "agent_message" else ""
        return replace(record, words=said or record.words)
    if kind == "turn.completed":
        tokens = _total(object_of(event.get("usage")), "input_tokens", "output_tokens")
        return replace(record, finished=True, error="", tokens=tokens, whole_conversation=True)
    if kind in ("turn.failed", "error"):
        # A bare error also announces a reconnection; whether the turn failed is said by what follows it.
        said = text_of(object_of(event.get("error")).get("message")) or text_of(event.get("message"))
        return replace(record, finished=False, error=one_line(said, 500) or "codex reports an error")
    return record


_READERS: Mapping[str, Callable[[Record, Fields], Record]] = MappingProxyType({"claude": _claude, "codex": _codex})


def _spoken(content: object) -> str:
    """The last text block of a message."""
    blocks = [object_of(block) for block in content] if isinstance(content, list) else []
    texts = [text_of(block.get("text")) for block in blocks if block.get("type") == "text"]
    return texts[-1] if texts else ""


def _cost(value: object) -> float | None:
    amount = amount_of(value)
    return None if amount is None else float(amount)


def _total(usage: Fields, *names: str) -> int | None:
    counts = [int(count) for name in names if (count := amount_of(usage.get(name))) is not None]
    return sum(counts) if counts else None
