"""The memory on disk: read whole or not at all, written whole or not at all."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from issue_intake.core.model import ProjectState, Session, State
from issue_intake.core.names import parse_key
from issue_intake.errors import UsageError, writable
from issue_intake.files import write_atomically
from issue_intake.store.encode import SCHEMA_VERSION, Encoder, document, text_of

# A time without a zone means nothing, and one that UTC has no year for cannot be reckoned with. Inside a JSON text
# value quotes are escaped, so no title can look like this.
_NO_MOMENT = re.compile(
    r'"(?:at|until|since|\w+_at|\w+_since)"\s*:\s*'
    r'"(?:\d{4}-\d\d-\d\d(?:[Tt _][\d:.,]*)?|(?:0001|9999)-[^"]*[+-]\d\d:?\d\d)"'
)
# Half of a character that JSON writes as two, in a name: no file could hold it otherwise.
_NO_NAME = re.compile(r'\\u[dD][89a-fA-F](?:[^"\\]|\\.)*"\s*:')


@cache
def _adapter() -> TypeAdapter[State]:
    return TypeAdapter(State)


def _plain_session(session: Session) -> object:
    """As plain JSON. By way of a whole state: to build what converts a record costs as much as a small tick."""
    return _adapter().dump_python(State(sessions={"": session}), mode="json")["sessions"][""]


def _plain_project(project: ProjectState) -> object:
    return _adapter().dump_python(State(projects={"": project}), mode="json")["projects"][""]


def load(path: Path) -> State | None:
    """The memory, None where there is no file. Raises UsageError on anything that cannot be understood whole."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "nothing was started; make it readable") from None
    state = _validated(_document(text, path), path)
    _check(state, path)
    return state


class StateFile:
    """Writes the memory to `path`, again and again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sessions = Encoder(_plain_session)
        self._projects = Encoder(_plain_project)

    def save(self, state: State) -> None:
        """Write it durably. Raises UsageError when the disk refuses; the old file then stays as it was."""
        try:
            write_atomically(self._path, self._text(state), durable=True)
        except OSError as error:
            raise UsageError(
                f"{self._path} cannot be written: {error.strerror}", f"nothing more was started; {writable(error)}"
            ) from None

    def _text(self, state: State) -> bytes:
        rest = _adapter().dump_python(replace(state, projects={}, sessions={}), mode="json")
        values = {name: [text_of(value)] for name, value in {**rest, "schema_version": SCHEMA_VERSION}.items()}
        values["projects"] = self._projects.lines(state.projects)
        values["sessions"] = self._sessions.lines(state.sessions)
        pieces = [piece for name in sorted(values) for piece in (b",\n", text_of(name), b": ", *values[name])]
        return b"".join([b"{", *pieces[1:], b"}\n"])


def read_session(path: Path) -> Session:
    """A session's own record. Raises UsageError on anything that cannot be understood whole."""
    try:
        record = _document(path.read_bytes(), path)
        version = record.pop("schema_version")
        return _validated({"schema_version": version, "sessions": {"": record}}, path).sessions[""]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "make it readable, run again") from None


def write_session(path: Path, session: Session, *, durable: bool) -> None:
    """Write a session's own record, durable where it will be all there is. Raises UsageError when the disk refuses."""
    try:
        write_atomically(path, document(_plain_session(session)), durable=durable)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", writable(error)) from None


def _document(text: bytes, path: Path) -> dict[str, Any]:
    """The JSON object of a file in a version that is known."""
    try:
        found = json.loads(text)
        _refuse_unsayable(text.decode())
    except (ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from None
    version = found.get("schema_version") if isinstance(found, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise UsageError(
            f"{path} was written by a newer intake (schema {version}, this one knows {SCHEMA_VERSION})",
            "run the newer intake; nothing was started, the file is as it was",
        )
    if version != SCHEMA_VERSION:
        raise _damaged(path, "it has no schema_version")
    document: dict[str, Any] = found
    return document


def _refuse_unsayable(text: str) -> None:
    """What could not be written again as it was read."""
    if _NO_MOMENT.search(text):
        raise ValueError("a time has no zone, or lies outside of UTC's years")
    if _NO_NAME.search(text):
        raise ValueError("a name in it is no text")


def _validated(found: dict[str, Any], path: Path) -> State:
    try:
        return _adapter().validate_python(found)
    except ValidationError as error:
        first = error.errors()[0]
        raise _damaged(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _check(state: State, path: Path) -> None:
    for project in state.projects.values():
        for repository in project.former if project.repository is None else (project.repository, *project.former):
            _number(f"github:{repository}#1", path)
    for key, session in state.sessions.items():
        number = _number(key, path)
        numbers = [attempt.number for attempt in session.attempts]
        if session.key != key or session.number != number or numbers != sorted(set(numbers)):
            raise _damaged(path, f"the session {key} contradicts itself")


def _number(key: str, path: Path) -> int:
    try:
        return parse_key(key)[1]
    except ValueError as error:
        raise _damaged(path, str(error)) from None


def _damaged(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is damaged: {why}",
        f"nothing was started; move it away (mv {path} {path}.damaged) and run again: "
        "the memory is rebuilt from the session folders and GitHub",
    )
