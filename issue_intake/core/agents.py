"""The agents that are known, each with what this machine has of it."""

from __future__ import annotations

import re

from issue_intake.core.record import record

_VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+(?:[-+][0-9A-Za-z.-]*[0-9A-Za-z])?)")
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_LONGEST = 40


@record
class KnownAgent:
    """One agent. `version` None: not installed, or it did not tell; `logged_in` None: nobody can tell without spending.

    `starts`: False where it is there and cannot be started. `made_for`: the version intake's knowledge of it is of, ""
    where there is none. `currency`: that of the cost it tells, if any. `limits` and `permissions` are those of the
    configuration that it knows. `projects` work with it.
    """

    name: str
    program: str
    installed: bool
    starts: bool = True
    version: str | None = None
    made_for: str = ""
    logged_in: bool | None = None
    login: str = ""
    resume: bool = False
    currency: str | None = None
    limits: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()

    @property
    def older(self) -> bool:
        """Whether the installed version is known to be older than what it is made for."""
        return bool(self.version and self.made_for) and _numbers(self.version or "") < _numbers(self.made_for)


def version_in(text: str) -> str | None:
    """The first version that a program's words name, None where they name none."""
    found = _VERSION.search(text)
    return found[1][:_LONGEST] if found else None


def _numbers(version: str) -> tuple[int, ...]:
    """Its numbers up to the first word; 1.0 is 1."""
    found = _NUMBERS.match(version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
