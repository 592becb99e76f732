"""OpenCode's `run --format json`: the parts of what it said and did, a step after the other."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import reduce

from issue_intake.core.text import one_line
from issue_intake.workers.fields import Fields, conversation_of, object_of, text_of
from issue_intake.workers.outcome.limits import Refusal
from issue_intake.workers.outcome.readers.evidence import Evidence, Record, cost, events, plain_lines, total

_REFUSED = re.compile(r"permission requested: (.*); auto-rejecting")
_NO_MODEL = re.compile(r"ProviderModelNotFoundError: (Model not found: [^\"\\]*)")
_SERVER = "Unexpected server error"


def read(evidence: Evidence) -> Record:
    """What its events tell; where they do not tell why it stopped, what it says in plain words."""
    record = reduce(_step, events(evidence.log), Record())
    if not evidence.whole:
        record = replace(record, tokens=None, cost_usd=None)
    if record.finished or not (record.error.startswith(_SERVER) or not record.error):
        return record
    return replace(record, error=one_line(_told(plain_lines(evidence.log)) or record.error, 500))


def _told(lines: list[str]) -> str:
    for line in reversed(lines):
        if found := _NO_MODEL.search(line):
            return f"{found[1]} (or nobody is logged in with its provider: run opencode auth login)"
        if found := _REFUSED.search(line):
            return f"opencode stopped at what it may not do: {found[1]}"
    return ""


def _step(record: Record, event: Fields) -> Record:
    seen = replace(record, conversation=conversation_of(event.get("sessionID")) or record.conversation)
    kind, part = event.get("type"), object_of(event.get("part"))
    if kind == "text":
        return replace(seen, words=text_of(part.get("text")) or seen.words)
    if kind == "step_finish":
        return _counted(replace(seen, finished=part.get("reason") == "stop", error="", refusal=None, quota=False), part)
    return _failed(seen, object_of(event.get("error"))) if kind == "error" else seen


def _counted(record: Record, part: Fields) -> Record:
    # A model whose price it does not know costs 0: that is not known, and not free.
    tokens, paid = total(object_of(part.get("tokens")), "total"), cost(part.get("cost"))
    return replace(
        record,
        tokens=record.tokens if tokens is None else (record.tokens or 0) + tokens,
        cost_usd=(record.cost_usd or 0.0) + paid if paid else record.cost_usd,
    )


def _failed(record: Record, error: Fields) -> Record:
    data = object_of(error.get("data"))
    said = text_of(data.get("message")) or text_of(error.get("name")) or "opencode reports an error"
    refusal = _REFUSALS.get(data.get("statusCode"))
    return replace(
        record,
        finished=False,
        error=one_line(said, 500),
        quota=refusal is not None,
        refusal=refusal,
    )


_REFUSALS: dict[object, Refusal] = {401: Refusal.LOGIN, 429: Refusal.LIMIT}
