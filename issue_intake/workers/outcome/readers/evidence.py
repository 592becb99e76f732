"""What an agent wrote about itself, and what can be made of it by whoever knows its kind of record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from issue_intake.core.cost import Cost
from issue_intake.core.record import record
from issue_intake.workers.fields import Fields, amount_of, object_of, parse_object, text_of
from issue_intake.workers.outcome.limits import Refusal


@record
class Evidence:
    """What an attempt left: the agent's part of the log, the attempt's `folder`, and when it ended.

    `whole`: no part of that log's middle is left out.

    Others may have written there, too: hooks and tools into the log, the agent itself into `folder`/out.
    """

    log: str
    folder: Path
    ended_at: datetime
    whole: bool = True


@record
class Record:
    """What an agent's own record says. `finished`: it ended as it should; `error`: why it did not, one line.

    Neither: it left no record of its end. `quota`: its provider turned it away, until `quota_until` if that is
    known; `refusal`: why, where its record names a cause, not only a sentence. `tokens` counts all that were read and
    written; `words` is the last it said in human words. `cost_usd`, or `cost_other` in another currency, is its own
    word, never worked out; `whole_conversation`: tokens and cost are those of the conversation from its beginning, also
    where this run went on with it.
    """

    finished: bool = False
    error: str = ""
    quota: bool = False
    refusal: Refusal | None = None
    quota_until: datetime | None = None
    conversation: str | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    cost_other: Cost | None = None
    whole_conversation: bool = False
    words: str = ""


def events(log: str) -> Iterator[Fields]:
    """The JSON objects that stand on lines of their own; torn and other lines are passed over."""
    # Not splitlines: JSON may hold U+2028 and its like within a line.
    for line in log.split("\n"):
        if line.startswith("{") and '"type"' in line and (event := parse_object(line)) is not None:
            yield event


def plain_lines(log: str) -> list[str]:
    """The non-empty lines that are no JSON objects, whole or torn."""
    return [line for line in log.split("\n") if line.strip() and not line.startswith("{")]


def total(usage: Fields, *names: str) -> int | None:
    """The sum of those counts that are there; None where none is."""
    counts = [int(count) for name in names if (count := amount_of(usage.get(name))) is not None]
    return sum(counts) if counts else None


def cost(value: object) -> float | None:
    """An amount of money."""
    amount = amount_of(value)
    return None if amount is None else float(amount)


def last_text(content: object) -> str:
    """The last of a message's blocks that is text; "" where none is."""
    blocks = [object_of(block) for block in content] if isinstance(content, list) else []
    texts = [text_of(block.get("text")) for block in blocks if block.get("type") == "text"]
    return texts[-1] if texts else ""
