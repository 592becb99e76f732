"""Faults of the configuration: all of them at once, each with its file, line, key, and cure; never a secret."""

from __future__ import annotations

import os
import re
from pathlib import Path

from issue_intake.config.credentials import holds_credential
from issue_intake.core.record import record
from issue_intake.core.text import one_line
from issue_intake.errors import UsageError

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


@record
class Fault:
    """One thing wrong, in a line for a person. `line` 0: the file as a whole; `key` "": no key in particular."""

    file: Path
    line: int
    key: str
    problem: str
    cure: str

    def __str__(self) -> str:
        place = one_line(os.fspath(self.file), 400) + (f":{self.line}" if self.line else "")
        return f"{place}: " + (f"{self.key}: " if self.key else "") + f"{self.problem} ({self.cure})"


class ConfigError(UsageError):
    """The configuration cannot be used; the message has one line for each fault."""

    located = True

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class Faults:
    """Collects the faults of a configuration; one for each place and key."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._found: dict[tuple[Path, int, str], Fault] = {}

    def add(self, line: int, key: str, problem: str, cure: str) -> None:
        """Remember a fault of the configuration file."""
        self.add_elsewhere(Fault(file=self._file, line=line, key=key, problem=problem, cure=cure))

    def add_elsewhere(self, fault: Fault) -> None:
        """Remember a fault of a file beside it. The first fault of a place stands for those that follow from it."""
        self._found.setdefault((fault.file, fault.line, fault.key), fault)

    def known(self, key: str) -> bool:
        """Whether `key` already has a fault."""
        return any(fault.key == key for fault in self._found.values())

    def raise_any(self) -> None:
        """Raise what there is, if there is anything."""
        if self._found:
            raise self.error()

    def error(self) -> ConfigError:
        """All faults, in the order of their lines."""
        order = sorted(self._found.values(), key=lambda fault: (fault.file != self._file, fault.line))
        return ConfigError(tuple(order))


def shown(text: str) -> str:
    """`text` in quotes, as one short cleaned line; a credential is not repeated."""
    return '"…"' if holds_credential(text) else f'"{one_line(text, 60)}"'


def below(key: str, part: str | int) -> str:
    """The key one step further down: `projects[0]`, then `projects[0].repo`."""
    if isinstance(part, int):
        return f"{key}[{part}]"
    name = part if _PLAIN_KEY.fullmatch(part) and not holds_credential(part) else shown(part)
    return f"{key}.{name}" if key else name
