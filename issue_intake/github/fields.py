"""The fields of GitHub's JSON objects, each as one type. What is needed and not there raises ValueError."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from issue_intake.core.text import one_line

Row = Mapping[str, object]

_URL = 2048
_IMPORTED = "Mannequin"


def an_object(row: object) -> Row:
    """The row, which must be an object."""
    if not isinstance(row, dict):
        raise ValueError(f"an object was due, not {type(row).__name__}")
    return row


def some_object(value: object) -> Row:
    """The object, an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def some_list(value: object) -> list[object]:
    """The list, an empty one where there is none."""
    return value if isinstance(value, list) else []


def positive(row: Row, name: str) -> int:
    """A number or an id."""
    value = some_id(row.get(name))
    if value is None:
        raise ValueError(f"no {name}")
    return value


def some_id(value: object) -> int | None:
    """The positive number, None where there is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def text(row: Row, name: str) -> str:
    """A text that must be there."""
    value = row.get(name)
    if not isinstance(value, str):
        raise ValueError(f"no {name}")
    return clean(value)


def some_text(value: object) -> str | None:
    """The text, None where there is none or an empty one."""
    return clean(value) if isinstance(value, str) and value else None


def clean(text: str) -> str:
    """`text` without lone surrogates: JSON can carry them, no file can."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def body(value: object) -> str:
    """A body of many lines, "" for null."""
    if not isinstance(value, str):
        return ""
    return clean(value).replace("\r\n", "\n") if "\r" in value else clean(value)


def url(row: Row) -> str:
    """Where a person finds it."""
    found = some_url(row.get("html_url"))
    if not found:
        raise ValueError("no html_url")
    return found


def some_url(value: object) -> str:
    """The address on the web, "" where there is none."""
    found = one_line(clean(value), _URL) if isinstance(value, str) else ""
    return found if found.startswith(("https://", "http://")) else ""


def login(user: object) -> str | None:
    """A user's login; None for a deleted account, or one of another server, whose login is somebody else's here."""
    found = user.get("login") if isinstance(user, dict) and user.get("type") != _IMPORTED else None
    return clean(found) if isinstance(found, str) else None


def time(value: object) -> datetime:
    """An RFC 3339 time, with Z or an offset, with a fraction or without, as UTC."""
    if not isinstance(value, str):
        raise ValueError("no time")
    try:
        moment = datetime.fromisoformat(value.upper())
        return _aware(moment).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"no time: {one_line(value, 40)}") from None


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without its offset")
    return moment
