"""events.ndjson: what happened to a session, a line each; bounded, and read whatever was torn or added."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field, replace
from datetime import UTC, datetime
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.core.text import one_line
from issue_intake.errors import UnavailableError

NAME = "events.ndjson"
VERSION = 1
LIMIT = 1024 * 1024
FULL = "events_full"

_LONGEST = 32 * 1024
_LAST = 2048  # kept free for the line that ends the file
_MESSAGE = 500
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")


@record
class Event:
    """Something that happened. `id`: where its line begins in the file, so unique in it and increasing; None before.

    `event` is a word such as `checks_failed`, `session` the issue key, `attempt` None where it concerns no one
    attempt. `message` is one line for a person, `data` plain JSON for programs.
    """

    at: datetime
    event: str
    session: str
    attempt: int | None = None
    message: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    id: int | None = None


def append(path: Path, event: Event) -> Event | None:
    """Add a line by one write, and return the event as it will be read; None once the file is full.

    Its last line then says so. One writer at a time. The folder has to exist: an attempt's is made by its worker alone.
    Data beyond 32 KiB is left out. Raises UnavailableError where it cannot be written, ValueError where it could not
    be read again.
    """
    with _opened(path, os.O_RDWR | os.O_APPEND | os.O_CREAT) as file:
        size = os.fstat(file).st_size
        tail = os.pread(file, _LAST, max(size - _LAST, 0))
        # Only what was torn off is lost, not what comes after it.
        mend = b"\n" if tail and not tail.endswith(b"\n") else b""
        begin = size + len(mend)
        if _is_full(tail):
            return None
        line, written = _line(event, begin)
        if begin + len(line) <= LIMIT - _LAST:
            _write(file, mend + line)
            return written
        line, _ = _line(_last_words(event), begin)
        if begin + len(line) <= LIMIT:
            _write(file, mend + line)
        return None


def read_events(path: Path) -> tuple[Event, ...]:
    """The events in the order they were written; () where there is no file. Whatever else is in it is passed over.

    Raises UnavailableError where it cannot be read.
    """
    try:
        with _opened(path, os.O_RDONLY) as file, os.fdopen(os.dup(file), "rb") as reader:
            data = reader.read(LIMIT)
    except FileNotFoundError:
        return ()
    return tuple(_events(data))


def _events(data: bytes) -> Iterator[Event]:
    begin = 0
    for line in data.split(b"\n"):
        event = _read(line)
        # A line that is not where it says it is was not written as it stands.
        if event is not None and event.id == begin:
            yield event
        begin += len(line) + 1


def _read(line: bytes) -> Event | None:
    if not line.startswith(b"{"):
        return None
    try:
        found = json.loads(line.decode("utf-8"))
        if type(found["v"]) is not int or found["v"] != VERSION:
            return None
        return _event(found)
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None


def _event(found: dict[str, object]) -> Event | None:
    match found:
        case {
            "id": int(number),
            "at": str(at),
            "event": str(word),
            "session": str(session),
            "attempt": int() | None as attempt,
            "message": str(message),
            "data": dict(data),
        } if _WORD.fullmatch(word) and not isinstance(number, bool) and not isinstance(attempt, bool):
            return Event(
                id=number,
                at=_moment(at),
                event=word,
                session=one_line(session),
                attempt=attempt,
                message=one_line(message, _MESSAGE),
                data=data,
            )
    return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time has no zone")
    return moment.astimezone(UTC)


def _line(event: Event, begin: int) -> tuple[bytes, Event]:
    """The line for a place in the file, and the event as it will be read from there."""
    made = _dumped(event, begin)
    if len(made) > _LONGEST:
        made = _dumped(replace(event, data={"left_out_bytes": len(made)}), begin)
    written = _read(made.rstrip(b"\n"))
    if written is None:
        raise ValueError(f"the event {event.event!r} could not be read again")
    return made, written


def _dumped(event: Event, begin: int) -> bytes:
    document = {
        "v": VERSION,
        "id": begin,
        "at": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "event": event.event,
        "session": one_line(event.session),
        "attempt": event.attempt,
        "message": one_line(event.message, _MESSAGE),
        "data": dict(event.data),
    }
    text = json.dumps(document, ensure_ascii=False, default=str)
    return (text + "\n").encode("utf-8", "backslashreplace")


def _last_words(event: Event) -> Event:
    message = f"nothing more is written here: {LIMIT >> 20} MiB is the most"
    return replace(event, event=FULL, message=message, data={})


def _is_full(tail: bytes) -> bool:
    """Whether the last whole line says that it is the last."""
    whole = tail.rpartition(b"\n")[0]
    event = _read(whole.rpartition(b"\n")[2])
    return event is not None and event.event == FULL


def _write(file: int, data: bytes) -> None:
    if os.write(file, data) != len(data):
        raise OSError(28, "No space left on device")


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    """A descriptor of the file itself: no link is followed, no pipe waited for."""
    file = -1
    try:
        file = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise UnavailableError(f"{path} is no file", "move it away")
        yield file
    except FileNotFoundError:
        if flags & os.O_CREAT:
            raise UnavailableError(f"{path} cannot be written: there is no such folder") from None
        raise
    except OSError as error:
        raise UnavailableError(f"{path} cannot be used: {error.strerror}", "look at the file and the disk") from None
    finally:
        if file >= 0:
            os.close(file)
