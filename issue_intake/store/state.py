"""The memory on disk: read whole or not at all, written whole or not at all."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from issue_intake.core.model import Session, State
from issue_intake.core.names import parse_key
from issue_intake.errors import UsageError
from issue_intake.files import write_atomically

SCHEMA_VERSION = 1
T = TypeVar("T")

# A time without a zone means nothing. Inside a JSON text value quotes are escaped, so no title can look like this.
_NAIVE = re.compile(r'"(?:at|until|since|\w+_at|\w+_since)": *"\d{4}-\d\d-\d\d[T ][\d:.]+"')


@cache
def _adapter() -> TypeAdapter[State]:
    return TypeAdapter(State)


@cache
def _session_adapter() -> TypeAdapter[Session]:
    return TypeAdapter(Session)


def load(path: Path) -> State | None:
    """The memory, None where there is no file. Raises UsageError on anything that cannot be understood whole."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "nothing was started; make it readable") from None
    state = _read(_adapter(), text, path)
    _check(state, path)
    return state


def save(path: Path, state: State) -> None:
    """Write the memory durably. Raises UsageError when the disk refuses; the old file then stays as it was."""
    try:
        write_atomically(path, to_json(_adapter(), state), durable=True)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", "nothing more was started; free some disk"
        ) from None


def read_session(path: Path) -> Session:
    """A session's own record. Raises UsageError on anything that cannot be understood whole."""
    try:
        return _read(_session_adapter(), path.read_bytes(), path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "make it readable, run again") from None


def write_session(path: Path, session: Session, *, durable: bool) -> None:
    """Write a session's own record, durable where it will be all there is. Raises UsageError when the disk refuses."""
    try:
        write_atomically(path, to_json(_session_adapter(), session), durable=durable)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "free some disk") from None


def to_json(adapter: TypeAdapter[Any], value: object) -> bytes:
    """The value with its schema version, keys sorted, one line."""
    document = {"schema_version": SCHEMA_VERSION, **adapter.dump_python(value, mode="json")}
    return (json.dumps(document, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _read(adapter: TypeAdapter[T], text: bytes, path: Path) -> T:
    try:
        document = json.loads(text)
        if _NAIVE.search(text.decode()):
            raise ValueError("a time has no zone")
    except (ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from None
    version = document.get("schema_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise UsageError(
            f"{path} was written by a newer intake (schema {version}, this one knows {SCHEMA_VERSION})",
            "run the newer intake; nothing was started, the file is as it was",
        )
    if version != SCHEMA_VERSION:
        raise _damaged(path, "it has no schema_version")
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise _damaged(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _check(state: State, path: Path) -> None:
    for key, session in state.sessions.items():
        try:
            _, number = parse_key(key)
        except ValueError as error:
            raise _damaged(path, str(error)) from None
        numbers = [attempt.number for attempt in session.attempts]
        if session.key != key or session.number != number or numbers != sorted(set(numbers)):
            raise _damaged(path, f"the session {key} contradicts itself")


def _damaged(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is damaged: {why}",
        f"nothing was started; move it away (mv {path} {path}.damaged) and run again: "
        "the memory is rebuilt from the session folders and GitHub",
    )
