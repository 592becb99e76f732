"""requests/<id>.json: what a person asked since the last tick. Written without the lock, obeyed by a tick alone."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.core.requests import Request, document_of, request_of
from issue_intake.core.text import one_line
from issue_intake.errors import UnavailableError, UsageError, writable
from issue_intake.files import sync_folder, write_atomically

_LARGEST = 64 * 1024
_SUFFIX = ".json"


@record
class Pending:
    """What is asked, oldest first. `faults`: a sentence for each file that is no request; it stays where it is."""

    requests: tuple[Request, ...] = ()
    faults: tuple[str, ...] = ()


def new_id(at: datetime) -> str:
    """An id for a request made at that moment; no other command finds the same."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{os.urandom(6).hex()}"


def ask(folder: Path, request: Request) -> None:
    """Leave the request for the next tick; once this returns it survives a power cut. Any number of commands may ask.

    Raises ValueError on a request that no tick would understand, UsageError when the disk refuses.
    """
    document = document_of(request)
    request_of(document)
    try:
        _make_private(folder)
        write_atomically(_path(folder, request), f"{json.dumps(document)}\n".encode(), durable=True)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written: {error.strerror}", f"nothing was asked; {writable(error)}"
        ) from None


def pending(folder: Path) -> Pending:
    """All that is asked and not yet done, in the order it was asked. What cannot be understood whole is not obeyed."""
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return Pending()
    except OSError as error:
        return Pending(faults=(f"{folder} cannot be read: {error.strerror} (make it readable)",))
    found: list[Request] = []
    faults: list[str] = []
    for path in paths:
        try:
            found.append(_read(path))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError) as error:
            faults.append(_fault(path, error))
    return Pending(requests=tuple(sorted(found, key=lambda one: (one.at, one.id))), faults=tuple(faults))


def done(folder: Path, request: Request) -> None:
    """Remove the request, once the state that it led to is saved; being gone already is fine.

    A crash between the save and this leaves the file, and the next tick meets it again. So a tick keeps the ids it
    obeyed in the very state that holds their effects, obeys none that is in there, calls this for each of them again,
    and forgets an id only after this returned: then it stays removed, whatever the power does. Raises UnavailableError
    where the file stays.
    """
    try:
        _path(folder, request).unlink()
        sync_folder(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UnavailableError(f"a request in {folder} cannot be removed: {error.strerror}", "remove it") from None


def _path(folder: Path, request: Request) -> Path:
    return folder / f"{request.id}{_SUFFIX}"


def _make_private(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        folder.chmod(0o700)  # who may write here may give orders


def _read(path: Path) -> Request:
    request = request_of(json.loads(_text(path)))
    if path.name != f"{request.id}{_SUFFIX}":
        raise ValueError("its name is not its id")
    return request


def _text(path: Path) -> str:
    # Neither a link nor a pipe is followed or waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is no file")
        data = os.read(descriptor, _LARGEST + 1)
    finally:
        os.close(descriptor)
    if len(data) > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST // 1024} KiB")
    return data.decode("utf-8")


def _fault(path: Path, error: Exception) -> str:
    why = error.strerror if isinstance(error, OSError) else error
    place = one_line(os.fspath(path), 400)
    return f"{place} is no request that can be obeyed: {one_line(str(why), 200)} (remove it, and ask again)"
