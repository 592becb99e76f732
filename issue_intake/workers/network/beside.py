"""A program and, beside it for as long as it runs, a listening socket whose connections are served."""

from __future__ import annotations

import _thread
import os
import select
import signal

from issue_intake.workers.network.words import NO_PROGRAM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from socket import socket
    from typing import NoReturn

_PASSED_ON = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2})
_MOST = 64  # connections at once; further ones wait
_STACK = 256 * 1024


def _run(argv: list[str], environment: Mapping[str, str], listener: socket, serve: Callable[[socket], None]) -> int:
    """Run `argv` with this process's own streams; each connection is served in a thread. Returns its wait status.

    Signals are passed on, but for TERM where that is ignored: the program ignores it, too, as parts of a sandbox must.
    When the parent of this process is gone, the program is killed. Raises OSError if it cannot be started.
    """
    deaf = {signal.SIGTERM} if signal.getsignal(signal.SIGTERM) is signal.SIG_IGN else set()
    parent = _handle_of(os.getppid())  # first: one that goes while the program starts is not to be missed
    signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    heard, ring = _signal_pipe()
    plain = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, *deaf}
    child = os.posix_spawnp(argv[0], argv, environment, setsigdef=plain, setsigmask=())
    for number in _PASSED_ON - deaf:
        signal.signal(number, lambda received, _: _send(child, received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
    _thread.stack_size(_STACK)
    return _Host(listener, serve, parent, (heard, ring)).attend(child)


def started(argv: list[str], environment: Mapping[str, str], listener: socket, serve: Callable[[socket], None]) -> int:
    """Run `argv` with this process's own streams; each connection is served in a thread. Returns its wait status."""
    try:
        return _run(argv, environment, listener, serve)
    except (OSError, ValueError) as error:
        complain(f"{argv[0]} could not be started: {getattr(error, 'strerror', None) or error}")
        return NO_PROGRAM << 8


def end_like(status: int) -> NoReturn:
    """End this process as the one with that wait status ended: by the same code, or the same signal."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        import resource  # noqa: PLC0415 - for this end alone

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -code not in {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)


def complain(sentence: str) -> None:
    """One line on stderr, cleaned: what it tells of may have been written by anybody."""
    line = "".join(letter if " " <= letter <= "~" else "?" for letter in f"intake: {sentence}"[:300])
    try:
        os.write(2, line.encode("ascii") + b"\n")
    except OSError:
        return


class _Host:
    """Takes connections in, as many at once as may be, and sees when the program or the parent has gone."""

    def __init__(
        self, listener: socket, serve: Callable[[socket], None], parent: int, signals: tuple[int, int]
    ) -> None:
        self._listener = listener
        self._serve = serve
        self._heard, self._ring = signals
        self._parent = parent
        self._served: list[None] = []  # one for each connection; append and pop need no lock
        listener.setblocking(False)  # noqa: FBT003 - takes no keywords

    def attend(self, child: int) -> int:
        while True:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return status
            ready = self._ready()
            if self._parent in ready:
                _send(child, signal.SIGKILL)
                self._parent = -1
            if self._heard in ready:
                _drain(self._heard)
            if self._listener.fileno() in ready:
                self._accept()

    def _ready(self) -> set[int]:
        watched = select.poll()
        watched.register(self._heard, select.POLLIN)
        if self._parent >= 0:
            watched.register(self._parent, select.POLLIN)
        if len(self._served) < _MOST:
            watched.register(self._listener.fileno(), select.POLLIN)
        return {number for number, _ in watched.poll()}

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # gone again, or no descriptor left for it
            return
        self._served.append(None)
        try:
            _thread.start_new_thread(self._attend_one, (connection,))
        except RuntimeError:  # no thread to be had
            self._leave(connection)

    def _attend_one(self, connection: socket) -> None:
        try:
            self._serve(connection)
        except OSError:
            return  # one of the two sides has gone: nobody is left to be told
        finally:
            self._leave(connection)

    def _leave(self, connection: socket) -> None:
        connection.close()
        self._served.pop()
        os.write(self._ring, b"\0")


def _signal_pipe() -> tuple[int, int]:
    heard, ring = os.pipe()
    for end in (heard, ring):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return heard, ring


def _handle_of(pid: int) -> int:
    """A descriptor that can be read once the process has gone; -1 where the system has none."""
    try:
        return os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
    except OSError:
        return -1


def _drain(pipe: int) -> None:
    try:
        while os.read(pipe, 512):
            pass
    except BlockingIOError:
        return


def _send(child: int, number: int) -> None:
    try:
        os.kill(child, number)  # not reaped yet, so the number is still its own
    except OSError:
        return
