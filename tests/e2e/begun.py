"""Invocations of the command as tests see them: begun, waited for, ended."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_WARM = Path(__file__).with_name("warm.py")
ROOT = Path(__file__).parents[2]


class Begun:
    """A process that runs the command; `out`, `err` and `status` are the reading ends of its pipes."""

    def __init__(self, out: int, err: int, status: int) -> None:
        self._texts = {out: bytearray(), err: bytearray()}
        self._out, self._err = out, err
        self._status = os.fdopen(status, "r", buffering=1)
        self.pid = int(self._status.readline())
        self.code: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative where a signal ended it; None while it runs."""
        if self.code is None and select.select([self._status], [], [], 0)[0]:
            self._take_code()
        return self.code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def first_line(self) -> str:
        """What it printed on stdout up to the end of a line; `communicate` gives it again."""
        text = self._texts[self._out]
        while b"\n" not in text:
            assert self._read(self._out), f"it ended after {text!r}"
        return bytes(text).partition(b"\n")[0].decode() + "\n"

    def communicate(self, seconds: float) -> tuple[str, str]:
        """All that it, and whatever holds its streams, printed on stdout and stderr until nobody held them any more."""
        deadline = time.monotonic() + seconds
        open_ones = [self._out, self._err]
        while open_ones:
            ready = select.select(open_ones, [], [], max(deadline - time.monotonic(), 0))[0]
            assert ready, f"{self.pid} has not ended after {seconds} s"
            open_ones = [one for one in open_ones if one not in ready or self._read(one)]
        if self.poll() is None:
            self._take_code()
        out, err = (self._texts.pop(one).decode() for one in (self._out, self._err))
        self.close()
        return out, err

    def close(self) -> None:
        """Let go of its streams."""
        for one in (self._out, self._err):
            os.close(one)
        self._status.close()

    def _read(self, descriptor: int) -> bool:
        data = os.read(descriptor, 1 << 16)
        self._texts[descriptor] += data
        return bool(data)

    def _take_code(self) -> None:
        self.code = int(self._status.readline())


def begin(*args: str, env: Mapping[str, str], program: Path | None = None) -> Begun:
    """`intake ARGS` with that environment, or a Python `program` in its place."""
    request = {"argv": [str(program or "intake"), *args], "env": dict(env), "program": program and str(program)}
    pipes = [os.pipe() for _ in range(3)]
    with Path(os.devnull).open("rb") as nothing:
        theirs = [nothing.fileno(), *(write for _, write in pipes)]
        socket.send_fds(_warm(), [json.dumps(request).encode()], theirs)
    for _, write in pipes:
        os.close(write)
    out, err, status = (read for read, _ in pipes)
    return Begun(out, err, status)


@cache
def _warm() -> socket.socket:
    """The socket of the process that begins them: one for all tests of this process, ended with it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", str(_WARM), str(theirs.fileno())],
            env=environment | {"PYTHONPATH": str(ROOT)},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
