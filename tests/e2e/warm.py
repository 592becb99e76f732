"""Begins invocations of the command out of a process whose imports are done: `python -P warm.py DESCRIPTOR`.

Each is a process of its own, with its own environment, arguments and streams, as one that was started anew would have
them: only the quarter of a second in which Python loads modules is spent once. What a start loads, and how, is the
business of tests/architecture/test_startup.py; tests/e2e/test_cron.py starts the real program.

Asked over a socket by JSON {argv, env, program} and the descriptors of stdin, stdout, stderr and of a pipe, into which
the pid is written, and the exit code as soon as there is one. It ends when the socket is closed.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import socket
import sys
import threading
from contextlib import suppress
from io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper
from typing import Any, NoReturn, TextIO

_LATE = ("liquid", "pydantic.dataclasses", "rich._unicode_data.unicode17-0-0", "typer._click.decorators")


def load() -> None:
    """Import all that an invocation may need, and set it apart from what is looked through for garbage."""
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    package = importlib.import_module("issue_intake")
    for module in pkgutil.walk_packages(package.__path__, "issue_intake."):
        if not module.name.startswith("issue_intake.demo") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in _LATE:
        _try(name)
    gc.collect()
    gc.freeze()


def _try(name: str) -> None:
    try:
        importlib.import_module(name)
    except ImportError:
        return  # a library of another version: loaded when it is used


def serve(asked: socket.socket) -> dict[str, Any]:
    """Fork once for each request. Returns in the child, with what it is to do."""
    running: dict[int, tuple[int, int]] = {}
    while True:
        ready = select.select([asked.fileno(), *running], [], [])[0]
        for watched in running.keys() & set(ready):
            _bury(watched, *running.pop(watched))
        if asked.fileno() not in ready:
            continue
        data, descriptors, _, _ = socket.recv_fds(asked, 1 << 20, 4)
        if not data:
            sys.exit(0)
        status = descriptors.pop()
        pid = os.fork()
        if pid == 0:
            asked.close()
            return _become(json.loads(data), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        os.write(status, f"{pid}\n".encode())
        running[os.pidfd_open(pid)] = (pid, status)


def _become(request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
    for at, descriptor in enumerate(descriptors):
        os.dup2(descriptor, at)
        os.close(descriptor)
    # Made anew: what they lead to may be a pipe now, which is no place to seek in.
    sys.stdin, sys.stdout, sys.stderr = (_like(old) for old in (sys.stdin, sys.stdout, sys.stderr))
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = request["argv"]
    return request


def _like(stream: TextIO) -> TextIO:
    raw = FileIO(stream.fileno(), stream.mode, closefd=False)
    buffer = BufferedReader(raw) if raw.readable() else BufferedWriter(raw)
    return TextIOWrapper(buffer, stream.encoding, stream.errors, line_buffering=stream is sys.stderr)


def run(program: str | None) -> NoReturn:
    """Run it to its end: that of Python, but for taking all modules apart, which would copy each page of them."""
    code = 0
    try:
        if program is not None:
            runpy.run_path(program, run_name="__main__")
        else:
            importlib.import_module("issue_intake.cli.main").main()
    except SystemExit as end:
        code = int(end.code or 0)
    threading._shutdown()  # type: ignore[attr-defined] # waits for threads, as Python's own end does
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def _bury(watched: int, pid: int, status: int) -> None:
    _, ended = os.waitpid(pid, 0)
    os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os.close(status)
    os.close(watched)


if __name__ == "__main__":
    load()
    run(serve(socket.socket(fileno=int(sys.argv[1])))["program"])
