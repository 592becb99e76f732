"""Every error becomes a sentence and an exit code; a traceback is written to a file, never to the terminal."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import typer

from issue_intake import __version__
from issue_intake.errors import INTERRUPTED, ExitCode, IntakeError


def handled(command: Callable[[], object]) -> int:  # noqa: PLR0911 - one line per kind of end
    """Run the command; its exit code is its result where that is a number, else what its error stands for."""
    try:
        result = command()
        sys.stdout.flush()
    except IntakeError as error:
        return _say(str(error) if error.located else f"intake: {error}", error.exit_code)
    except typer.Exit as error:
        return error.exit_code
    except typer.TyperException as error:
        return _say(f"intake: {error.format_message()} ({_asked(error)} --help shows what there is)", ExitCode.USAGE)
    except (KeyboardInterrupt, typer.Abort):
        return _say(f"intake: {INTERRUPTED}", ExitCode.INTERRUPTED)
    except SystemExit as end:
        return _left(end)
    except BrokenPipeError:
        return _nobody_reads()
    except Exception as error:  # noqa: BLE001 - the last net: a bug is reported, not thrown at the user
        return _unforeseen(error)
    return result if isinstance(result, int) else ExitCode.OK


def _say(line: str, code: ExitCode) -> int:
    from issue_intake.config.credentials import secret_values  # noqa: PLC0415
    from issue_intake.core.redact import redact  # noqa: PLC0415 - most commands end well

    with suppress(OSError):
        sys.stderr.write(f"{redact(line, secret_values(os.environ))}\n")
    _unwritable()
    return code


def _asked(error: typer.TyperException) -> str:
    """The command that was misunderstood."""
    context: typer.Context | None = getattr(error, "ctx", None)
    return context.command_path if context is not None else "intake"


def _nobody_reads() -> int:
    """The reader (head, less) is gone: nothing is wrong, and Python's own complaint at exit is avoided."""
    _to_nowhere(sys.stdout)
    return ExitCode.OK


def _left(end: SystemExit) -> int:
    """Typer and rich leave so when nobody reads any more; a shell's completion does when it has told all."""
    if isinstance(end.__context__, BrokenPipeError):
        return _nobody_reads()
    return end.code if isinstance(end.code, int) else ExitCode.OK


def _unforeseen(error: Exception) -> int:
    if reason := _unwritable():
        return _say(f"intake: what it tells cannot be written: {reason}", ExitCode.OUTSIDE)
    return _say(f"intake: a bug: {type(error).__name__}; please report {_report(error)}", ExitCode.BUG)


def _unwritable() -> str | None:
    """Why a standard stream takes no more, such as a full disk, and leads nowhere from now on; None where both do."""
    reason = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            reason = error.strerror
            _to_nowhere(stream)
    return reason


def _to_nowhere(stream: TextIO) -> None:
    """Whatever is still to be written is dropped: Python's own complaint at exit is avoided."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _report(error: Exception) -> Path:
    """The file a bug's traceback is in. Frames only: no values, so no secrets."""
    lines = [f"intake {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n"]
    lines += traceback.format_tb(error.__traceback__)
    lines.append(f"{type(error).__module__}.{type(error).__name__}\n")
    descriptor, name = tempfile.mkstemp(prefix="intake-bug-", suffix=".txt")
    with os.fdopen(descriptor, "w") as file:
        file.writelines(lines)
    return Path(name)
