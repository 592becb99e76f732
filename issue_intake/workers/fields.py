"""JSON that a stranger may have written: every value is what it should be, or as good as absent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

Fields = Mapping[str, object]
_LARGEST = 1e15
_CONVERSATION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")  # never read as an option


def parse_object(text: str | bytes) -> Fields | None:
    """The JSON object that `text` is, None if it is anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("Fields", value) if isinstance(value, dict) else None


def object_of(value: object) -> Fields:
    """The JSON object `value` is, an empty one otherwise."""
    return cast("Fields", value) if isinstance(value, dict) else {}


def text_of(value: object) -> str:
    """The text `value` is, "" otherwise."""
    return value if isinstance(value, str) else ""


def texts_of(value: object) -> tuple[str, ...]:
    """The texts in the list `value` is; a lone text is a list of one."""
    items = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str))


def is_integer(value: object) -> bool:
    """Whether `value` is a JSON integer; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def conversation_of(value: object) -> str | None:
    """The id of an agent's conversation that `value` is, fit to be an argument of a command; None otherwise."""
    return value if isinstance(value, str) and _CONVERSATION.fullmatch(value) else None


def amount_of(value: object) -> float | None:
    """The number `value` is, None if it is no number, negative, endless or absurd."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value < _LARGEST else None


def time_of(value: object) -> datetime | None:
    """The moment in UTC that `value` names, as RFC 3339 text with a zone or as seconds since 1970."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo is not None else None
        seconds = amount_of(value)
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
