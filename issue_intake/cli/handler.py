"""Every error becomes a sentence and an exit code; a traceback is written to a file, never to the terminal."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import typer

from issue_intake import __version__
from issue_intake.errors import ExitCode, IntakeError


def handled(command: Callable[[], object]) -> int:  # noqa: PLR0911 - one line per kind of end
    """Run the command; its exit code is its result where that is a number, else what its error stands for."""
    try:
        result = command()
    except IntakeError as error:
        return _say(str(error) if error.located else f"intake: {error}", error.exit_code)
    except typer.Exit as error:
        return error.exit_code
    except typer.TyperException as error:
        return _say(f"intake: {error.format_message()} (intake --help shows what there is)", ExitCode.USAGE)
    except (KeyboardInterrupt, typer.Abort):
        return _say("intake: interrupted; what was begun is on record", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        return _nobody_reads()
    except Exception as error:  # noqa: BLE001 - the last net: a bug is reported, not thrown at the user
        return _say(f"intake: a bug: {type(error).__name__}; please report {_report(error)}", ExitCode.BUG)
    return result if isinstance(result, int) else ExitCode.OK


def _say(line: str, code: ExitCode) -> int:
    from issue_intake.config.credentials import secret_values  # noqa: PLC0415
    from issue_intake.core.redact import redact  # noqa: PLC0415 - most commands end well

    sys.stderr.write(f"{redact(line, secret_values(os.environ))}\n")
    return code


def _nobody_reads() -> int:
    """The reader (head, less) is gone: nothing is wrong, and Python's own complaint at exit is avoided."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.OK


def _report(error: Exception) -> Path:
    """The file a bug's traceback is in. Frames only: no values, so no secrets."""
    lines = [f"intake {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n"]
    lines += traceback.format_tb(error.__traceback__)
    lines.append(f"{type(error).__module__}.{type(error).__name__}\n")
    descriptor, name = tempfile.mkstemp(prefix="intake-bug-", suffix=".txt")
    with os.fdopen(descriptor, "w") as file:
        file.writelines(lines)
    return Path(name)
