"""Starts git, the only place that does: an argv, an environment of its own, a time limit, a bounded output."""

from __future__ import annotations

import functools
import os
import re
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import field

from issue_intake.core.record import record
from issue_intake.core.text import one_line
from issue_intake.errors import UnavailableError
from issue_intake.git.fault import GitError, redact

LOCAL_SECONDS = 60.0
OUTPUT_LIMIT = 256 * 1024 * 1024
OLDEST = (2, 39, 4)

# Nothing here may start a program of somebody else's, outlive the call, ask a question or follow a submodule.
_OPTIONS = (
    "gc.auto=0",
    "maintenance.auto=false",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.safecrlf=false",
    "core.fsync=committed,reference",
    "core.fsyncMethod=batch",
    "commit.gpgsign=false",
    "push.gpgsign=false",
    "submodule.recurse=false",
    "protocol.ext.allow=never",
    "color.ui=never",
)


@record
class Call:
    """What a git process is given: exactly this environment, `stdin`, `seconds` to end in.

    `secrets` never appear in an error.
    """

    env: Mapping[str, str] = field(repr=False)
    stdin: bytes = b""
    seconds: float = LOCAL_SECONDS
    secrets: tuple[str, ...] = field(default=(), repr=False)


def command(*arguments: str) -> tuple[str, ...]:
    """The argv of a git command with everything switched off that could start a program or outlive the call."""
    return ("git", *(part for option in _OPTIONS for part in ("-c", option)), *arguments)


def run(arguments: tuple[str, ...], call: Call) -> bytes:
    """Run git and return its stdout.

    Raises GitError when it fails, says more than OUTPUT_LIMIT bytes or takes too long (its whole process group is
    ended then), and UnavailableError where git is missing or too old.
    """
    check_version(call.env.get("PATH", os.defpath))
    return _run(command(*arguments), _what(arguments), call)


@functools.cache
def check_version(path: str) -> None:
    """Raises UnavailableError unless the git on this PATH is there and not older than OLDEST (asked once)."""
    cure = f"install git {'.'.join(map(str, OLDEST))} or newer"
    try:
        output = _run(("git", "--version"), "git --version", Call(env={"PATH": path, "LC_ALL": "C"}))
    except GitError as error:
        raise UnavailableError(error.message, cure) from None
    answer = output.decode(errors="replace")
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", answer)
    if not found:
        raise UnavailableError(f"git --version answered {one_line(answer)!r}", cure)
    if tuple(int(part or 0) for part in found.groups()) < OLDEST:
        raise UnavailableError(f"git {found[0]} is too old to be safe with what agents write", cure)


def _run(argv: tuple[str, ...], what: str, call: Call) -> bytes:
    with _started(argv, call) as process:
        try:
            output, errors = _collect(process, time.monotonic() + call.seconds)
        except TimeoutError:
            _end(process)
            raise GitError(f"{what} did not end within {call.seconds:.0f} s", code=None) from None
    if len(output) > OUTPUT_LIMIT:
        raise GitError(f"{what} said more than {OUTPUT_LIMIT} bytes", code=None)
    if process.returncode:
        lines = tuple(redact(line, call.secrets) for line in errors.decode("utf-8", "replace").splitlines())
        raise GitError(f"{what} failed", code=process.returncode, lines=lines, output=output)
    return output


@contextmanager
def _started(argv: tuple[str, ...], call: Call) -> Iterator[subprocess.Popen[bytes]]:
    """The process, in a session of its own: it can be ended whole, and an interrupt of ours does not tear it."""
    try:
        # A file rather than a pipe: nothing to feed while reading, nothing to wait for.
        with tempfile.TemporaryFile() as source:
            source.write(call.stdin)
            source.seek(0)
            process = subprocess.Popen(
                argv,
                env=dict(call.env),
                cwd="/",
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
    except OSError as error:
        cure = "install git, or put its folder on PATH" if isinstance(error, FileNotFoundError) else ""
        raise UnavailableError(f"git cannot be started: {error.strerror}", cure) from None
    with process:
        try:
            yield process
        except BaseException:
            _end(process)
            raise


def _collect(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bytes]:
    """Both outputs, each cut soon after OUTPUT_LIMIT bytes. Raises TimeoutError."""
    output, errors = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((process.stdout, output), (process.stderr, errors)):
            if stream:
                selector.register(stream, selectors.EVENT_READ, kept)
        while selector.get_map():
            for key, _ in selector.select(_left(deadline)):
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif len(key.data) <= OUTPUT_LIMIT:
                    key.data.extend(chunk)
    try:
        process.wait(_left(deadline))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return bytes(output), bytes(errors)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process group: politely first, so that git takes its lock files away."""
    for number, seconds in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 10.0)):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def _what(arguments: tuple[str, ...]) -> str:
    words = iter(arguments)
    for word in words:
        if word in {"-C", "-c"}:
            next(words, None)
        elif not word.startswith("-"):
            return f"git {word}"
    return "git"
