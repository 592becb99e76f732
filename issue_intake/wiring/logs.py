"""What a session's attempt wrote or was told, and the places a session is found at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from issue_intake.core.find import label
from issue_intake.core.model import Session
from issue_intake.core.record import record
from issue_intake.core.redact import redact
from issue_intake.core.work import Alive, Ref, Unknown
from issue_intake.errors import UnavailableError, UsageError
from issue_intake.wiring.home import Installation
from issue_intake.wiring.meaning import meant


@record
class Places:
    """Where a session is found. `worktree`: where it is or was, None where it never had one; `there`: it is there."""

    label: str
    issue: str
    pull: str | None
    worktree: Path | None
    there: bool


def log(home: Installation, issue: str, *, attempt: int | None, follow: bool) -> Iterator[str]:
    """The lines of an attempt's log, cleaned; with `follow` until the attempt has ended.

    Raises UsageError where no attempt is meant, UnavailableError where there is no log.
    """
    return _lines(home, _ref(home, meant(home.memory(), issue), attempt), "worker.log", follow=follow)


def prompt(home: Installation, issue: str, *, attempt: int | None) -> Iterator[str]:
    """The lines of what an attempt was told, cleaned. Raises as `log` does."""
    return _lines(home, _ref(home, meant(home.memory(), issue), attempt), "prompt.md", follow=False)


def places(home: Installation, issue: str) -> Places:
    """Where the session that is meant is found. Raises UsageError."""
    session = meant(home.memory(), issue)
    worktree = home.ref(session).worktree if session.worktree else None
    return Places(
        label=label(session),
        issue=session.url,
        pull=session.pull.url if session.pull is not None else None,
        worktree=worktree,
        there=worktree is not None and worktree.is_dir(),
    )


def _ref(home: Installation, session: Session, attempt: int | None) -> Ref:
    numbers = [one.number for one in session.attempts]
    if not numbers:
        raise UsageError(f"{label(session)} has no attempt yet", "intake status says what it waits for")
    wanted = numbers[-1] if attempt is None else attempt
    if wanted not in numbers:
        there = ", ".join(map(str, numbers))
        raise UsageError(f"{label(session)} has no attempt {wanted}", f"there are: {there}")
    upto = tuple(one for one in session.attempts if one.number <= wanted)
    return home.ref(replace(session, attempts=upto))


def _lines(home: Installation, ref: Ref, name: str, *, follow: bool) -> Iterator[str]:
    from issue_intake.workers.following import follow as follow_log  # noqa: PLC0415

    path = ref.folder / name
    if not (path.exists() or (follow and _at_work(home, ref))):
        raise UnavailableError(f"there is no {path}", "the attempt did not get that far, or its records were removed")
    try:
        lines = follow_log(path, lambda: not (follow and _at_work(home, ref)))
        yield from (redact(line, home.secrets) for line in lines)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror or error}") from None


def _at_work(home: Installation, ref: Ref) -> bool:
    return isinstance(home.worker.look(ref), Alive | Unknown)
