"""Starts one program in a session of its own, handing it three streams and nothing else."""

from __future__ import annotations

import errno
import os
import resource
import signal

from issue_intake.workers.supervisor.records import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from issue_intake.workers.supervisor.records import StepRecord


_CHUNK = 64 * 1024
_LEAST_MARGIN = 1 << 30  # bytes that a process may hold without using them: stacks, heaps of runtimes


class SpawnError(Exception):
    """The program was not started; the message is a sentence that says why."""


def spawn(step: StepRecord, environment: Mapping[str, str], output: int, memory: int | None = None) -> int:
    """Start the step's argv with stdout and stderr on descriptor `output`; returns its pid.

    `memory`: the bytes that it may use with all it starts. The kernel knows no such limit outside a container; here it
    keeps a single process from running far beyond it before somebody looks. By fork and exec: the standard library's
    subprocess doubles the supervisor's start-up. Raises SpawnError.
    """
    try:
        stdin = _input(step["stdin"])
    except OSError as error:
        raise SpawnError(f"{step['stdin']}: {os.strerror(error.errno or 0)}") from error
    told, tell = os.pipe()
    try:
        pid = _fork()
        if pid == 0:
            _limit(memory)
            _become(step, environment, (stdin, output, output), tell)
    finally:
        os.close(stdin)
        os.close(tell)
    with open(told, "rb") as pipe:  # noqa: PTH123
        failure = pipe.read()  # ends when exec closes the other side
    if failure:
        os.waitpid(pid, 0)
        raise SpawnError(failure.decode("utf-8", "replace"))
    return pid


def _input(path: str | None) -> int:
    """What is read on stdin. A copy: through a descriptor of the file itself a sandboxed program could write to it."""
    source = os.open(path or os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    if path is None or not hasattr(os, "memfd_create"):
        return source
    try:
        copy = os.memfd_create("stdin")
        while data := os.read(source, _CHUNK):
            write_all(copy, data)
        os.lseek(copy, 0, os.SEEK_SET)
        return copy
    finally:
        os.close(source)


def _fork() -> int:
    try:
        return os.fork()
    except OSError as error:
        raise SpawnError(f"no process could be made: {error.strerror}") from error


def _become(step: StepRecord, environment: Mapping[str, str], streams: tuple[int, int, int], tell: int) -> NoReturn:
    """The child's side of the fork: never returns, whatever happens."""
    blamed = step["cwd"]
    try:
        os.setsid()
        _default_signals()
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        os.closerange(3, tell)
        os.closerange(tell + 1, os.sysconf("SC_OPEN_MAX"))
        os.chdir(step["cwd"])
        blamed = step["argv"][0]
        os.execvpe(step["argv"][0], step["argv"], environment)  # noqa: S606 - an argv list, no shell
    except (OSError, ValueError, LookupError) as error:
        reason = os.strerror(getattr(error, "errno", None) or errno.EINVAL)
        os.write(tell, f"{blamed}: {reason}"[:300].encode("utf-8", "replace"))
    finally:
        os._exit(127)


def _limit(memory: int | None) -> None:
    """No core files, which hold secrets and lie among the work; of memory a limit that a program may take back.

    One that reserves far more than it uses, such as AddressSanitizer's, needs `ulimit -d unlimited` first.
    """
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if memory is not None:
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            wanted = memory + max(memory, _LEAST_MARGIN)
            soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
    except (OSError, ValueError):
        return  # a system without it


def _default_signals() -> None:
    """Python ignores SIGPIPE, and a caller may have ignored or blocked others: a program expects none of it."""
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError):
            continue  # SIGKILL, SIGSTOP and those the C library keeps for itself
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
