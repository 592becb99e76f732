"""What can go wrong in words a person can act on, and the exit codes."""

from __future__ import annotations

import errno
from datetime import datetime
from enum import IntEnum
from typing import Literal

Scope = Literal["project", "credential"]

INTERRUPTED = "interrupted; what was begun is on record"


class ExitCode(IntEnum):
    """The exit codes of every command."""

    OK = 0
    OUTSIDE = 1
    USAGE = 2
    BUG = 3
    LOCKED = 75
    INTERRUPTED = 130


class IntakeError(Exception):
    """A failure with a sentence for a person (`message`) and a cure (`hint`). Never carries a secret."""

    exit_code = ExitCode.OUTSIDE
    located = False
    """Whether the message begins with the place of the fault, `file:line:`, as editors and people look for it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


def writable(error: OSError) -> str:
    """The cure of a file or folder that cannot be written."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "free some disk"
    return "make it writable for the user that runs intake"


class UsageError(IntakeError):
    """The command line, the configuration file or the state cannot be used as it is."""

    exit_code = ExitCode.USAGE


class LockedError(IntakeError):
    """Another tick holds the lock."""

    exit_code = ExitCode.LOCKED


class UnavailableError(IntakeError):
    """Something outside failed and may be better later: network, 401, 403, limits, 5xx, disk, a missing program.

    `until`: the moment the other side named, if it named one. `scope`: whether it concerns one project, or all
    that use the same credential (a rate limit).
    """

    def __init__(
        self, message: str, hint: str = "", *, until: datetime | None = None, scope: Scope = "project"
    ) -> None:
        super().__init__(message, hint)
        self.until = until
        self.scope = scope


class RefusedError(IntakeError):
    """The other side said no for good: asking again the same way will not help."""


class GoneError(RefusedError):
    """What was asked for by its number is not there (404, 410): unknown, not closed."""


class GoneForGoodError(GoneError):
    """It was deleted, or moved to another repository."""
