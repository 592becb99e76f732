"""Claude Code's `--output-format stream-json`: events, the last of which is the result."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import reduce

from issue_intake.core.text import one_line
from issue_intake.workers.fields import Fields, conversation_of, object_of, text_of, texts_of, time_of
from issue_intake.workers.outcome.limits import Refusal
from issue_intake.workers.outcome.readers.evidence import Evidence, Record, cost, events, last_text, total


def read(evidence: Evidence) -> Record:
    """What its events tell."""
    return reduce(_step, events(evidence.log), Record())


def _step(record: Record, event: Fields) -> Record:
    seen = replace(record, conversation=conversation_of(event.get("session_id")) or record.conversation)
    kind = event.get("type")
    if kind == "assistant":
        said = last_text(object_of(event.get("message")).get("content"))
        return replace(seen, words=said or seen.words, refusal=_REFUSALS.get(text_of(event.get("error"))))
    if kind == "rate_limit_event":
        return _limited(seen, object_of(event.get("rate_limit_info")))
    return _ended(seen, event) if kind == "result" else seen


def _limited(record: Record, limit: Fields) -> Record:
    # Sent on every turn; only a rejection is one, and the agent may still have gone on after it.
    rejected = limit.get("status") == "rejected"
    return replace(record, quota=rejected, quota_until=time_of(limit.get("resetsAt")) if rejected else None)


def _ended(record: Record, event: Fields) -> Record:
    said = text_of(event.get("result")) or next(iter(texts_of(event.get("errors"))), "")
    refused = _REFUSAL.fullmatch(said.strip()) is not None
    finished = event.get("subtype") == "success" and event.get("is_error") is False and not refused
    turned_away = record.quota or event.get("api_error_status") == 429
    own_limit = _OWN_LIMITS.get(text_of(event.get("subtype")), "")
    return replace(
        record,
        finished=finished,
        error="" if finished else own_limit or one_line(said, 500) or "claude reports an error",
        quota=turned_away and not own_limit,
        refusal=None if own_limit else record.refusal,
        tokens=total(object_of(event.get("usage")), *_TOKENS),
        cost_usd=cost(event.get("total_cost_usd")),
        words=said or record.words,
    )


_REFUSALS = {
    "authentication_failed": Refusal.LOGIN,
    "oauth_org_not_allowed": Refusal.LOGIN,
    "billing_error": Refusal.LIMIT,
    "rate_limit": Refusal.LIMIT,
}
_REFUSAL = re.compile(r"Claude AI usage limit reached\|\d+")
_TOKENS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_OWN_LIMITS = {
    "error_max_turns": "claude stopped at its limit of turns",
    "error_max_budget_usd": "claude stopped at its budget",
}
