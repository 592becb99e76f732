"""What a person asks of the next tick, as a record that can be written down and read again. Free of I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, get_args

from issue_intake.core.names import parse_key
from issue_intake.core.record import record
from issue_intake.core.text import one_line

SCHEMA_VERSION = 1

Verb = Literal["retry", "cancel", "adopt"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_FIELDS = frozenset({"schema_version", "id", "at", "verb", "key", "pull", "by"})
_LOGIN_LIMIT = 64


@record
class Request:
    """One thing asked of one issue's session. `id` is unique for ever, and a file's name as it is.

    `pull`: the pull request to adopt, None for the other verbs. `by`: the Unix login of who asked, "" if unknown.
    """

    id: str
    at: datetime
    verb: Verb
    key: str
    pull: int | None = None
    by: str = ""


def document_of(request: Request) -> dict[str, object]:
    """The request as plain JSON."""
    document: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "id": request.id,
        "at": request.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "verb": request.verb,
        "key": request.key,
    }
    if request.pull is not None:
        document["pull"] = request.pull
    by = one_line(request.by, _LOGIN_LIMIT)
    return document | ({"by": by} if by else {})


def request_of(document: object) -> Request:
    """The request in a document. Raises ValueError, with a sentence, on one that is not understood whole."""
    if not isinstance(document, Mapping):
        raise ValueError("it is no JSON object")
    version = document.get("schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        raise ValueError(f"this intake reads schema_version {SCHEMA_VERSION} alone")
    if unknown := sorted(str(name) for name in document.keys() - _FIELDS):
        raise ValueError(f"it has {one_line(unknown[0], 40)!r}, which is not known here")
    verb, by = _verb(document.get("verb")), document.get("by", "")
    if not isinstance(by, str):
        raise ValueError("by is no login")
    return Request(
        id=_id(document.get("id")),
        at=_moment(document.get("at")),
        verb=verb,
        key=_key(document.get("key")),
        pull=_pull(document.get("pull"), verb),
        by=one_line(by, _LOGIN_LIMIT),
    )


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError("id is not made of A-Z, a-z, 0-9, dots and dashes")
    return value


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("at is no time with a zone")


def _verb(value: object) -> Verb:
    for verb in get_args(Verb):
        if value == verb:
            found: Verb = verb
            return found
    raise ValueError(f"verb is none of {', '.join(get_args(Verb))}")


def _key(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("key is no issue key")
    parse_key(value)
    if value != one_line(value, 400).lower():
        raise ValueError("key is not one plain text in lower case")
    return value


def _pull(value: object, verb: Verb) -> int | None:
    if verb != "adopt":
        if value is not None:
            raise ValueError("pull belongs to adopt alone")
        return None
    if type(value) is not int or value < 1:
        raise ValueError("pull is no pull request's number")
    return value
