"""The env file: NAME=value lines with tokens, PATH and the agents' keys, which cron does not have."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from issue_intake.config.faults import Fault, Faults

MAX_BYTES = 64 * 1024

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
# Pieces of a value as a shell reads them: 'literal', "with \ escapes", plain.
_PIECE = re.compile(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"|((?:[^\s'\"\\]|\\.)+)")
_VARIABLE = re.compile(r"(?<!\\)\$(?:[A-Za-z_{(])")
_CURE = "write NAME=value, with quotes around a value that has spaces or signs"


class _LineError(ValueError):
    """A line that is no assignment; `problem` and `cure` never show its value."""

    def __init__(self, problem: str, cure: str = _CURE) -> None:
        super().__init__(problem)
        self.problem = problem
        self.cure = cure


def read_env(path: Path, faults: Faults) -> Mapping[str, str]:
    """The variables in the file at `path`. Its faults are collected and never show a value.

    The file must belong to the user and be closed to everybody else. Raises OSError where it cannot be opened.
    """
    with open(path, "rb", opener=_opener) as file:
        if fault := _not_private(path, os.fstat(file.fileno()), "put NAME=value lines in a file there"):
            faults.add_elsewhere(fault)
            return {}
        data = file.read(MAX_BYTES + 1)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.add_elsewhere(Fault(file=path, line=line, key="", problem="is not UTF-8", cure="save the file as UTF-8"))
        return {}
    if len(data) > MAX_BYTES or "\0" in text:
        faults.add_elsewhere(Fault(file=path, line=0, key="", problem="is no list of variables", cure=_CURE))
        return {}
    return parse_env(text, path, faults)


def check_key(path: Path, faults: Faults) -> None:
    """A file with a key must be private as well; it is not read here. Raises OSError where there is none."""
    if fault := _not_private(path, path.stat(), "name the PEM file that GitHub gave out"):
        faults.add_elsewhere(fault)


def parse_env(text: str, path: Path, faults: Faults) -> Mapping[str, str]:
    """The variables in `text`; nothing is replaced in values."""
    variables: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            name, value = _assignment(line.strip())
            if name in variables:
                raise _LineError(f"sets {name} a second time", "keep one of them")
            variables[name] = value
        except _LineError as error:
            fault = Fault(file=path, line=number, key="", problem=error.problem, cure=error.cure)
            faults.add_elsewhere(fault)
    return variables


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a named pipe must not make anybody wait


def _not_private(path: Path, found: os.stat_result, cure: str) -> Fault | None:
    """Why a file of secrets cannot be trusted; `cure` for what is no file at all."""
    if not stat.S_ISREG(found.st_mode):
        return Fault(file=path, line=0, key="", problem="is not a file", cure=cure)
    if found.st_uid != os.geteuid():
        return Fault(file=path, line=0, key="", problem="belongs to another user", cure=f"chown it: chown $USER {path}")
    if found.st_mode & 0o077:
        problem = f"can be read by others (mode {stat.S_IMODE(found.st_mode):04o})"
        return Fault(file=path, line=0, key="", problem=problem, cure=f"chmod 600 {path}")
    return None


def _assignment(line: str) -> tuple[str, str]:
    found = _LINE.fullmatch(line)
    if not found:
        raise _LineError("is not NAME=value")
    name, rest = found.groups()
    return name, _value(name, rest)


def _value(name: str, rest: str) -> str:
    value, position = "", 0
    while position < len(rest) and not rest[position].isspace():
        piece = _PIECE.match(rest, position)
        if not piece:
            raise _LineError(f"leaves a quote open in {name}", "close the quote on the same line")
        value += _plain(name, piece)
        position = piece.end()
    after = rest[position:].strip()
    if after and not after.startswith("#"):
        raise _LineError(f"has more than one word after {name}=", "put quotes around a value with spaces")
    return value


def _plain(name: str, piece: re.Match[str]) -> str:
    literal, quoted, bare = piece.groups()
    if literal is not None:
        return str(literal)
    text = str(quoted if quoted is not None else bare)
    if _VARIABLE.search(text):
        raise _LineError(f"uses a variable in {name}, and none is replaced here", "write it out, or use single quotes")
    return re.sub(r"\\([\"\\$`])", r"\1", text) if quoted is not None else re.sub(r"\\(.)", r"\1", text)
