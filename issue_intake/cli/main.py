"""The entry point: from the process as it was started to its exit code."""

from __future__ import annotations

import gc
import os
import sys

from issue_intake.cli.streams import open_missing_streams
from issue_intake.errors import INTERRUPTED, ExitCode

_RARELY = 200_000


def main() -> None:
    """Run the command that was asked for."""
    open_missing_streams()
    # What a command makes are modules, classes and records that last as long as it does. Looking through them for
    # garbage again and again, and once more at the end, would take a quarter of its time.
    gc.set_threshold(_RARELY)
    # pydantic would look through every installed distribution for plugins of its own, and let them take part.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        code = _command()
    except KeyboardInterrupt:  # before there was a command, or as it ended
        sys.stderr.write(f"intake: {INTERRUPTED}\n")
        code = ExitCode.INTERRUPTED
    gc.freeze()
    sys.exit(code)


def _command() -> int:
    from issue_intake.cli.app import app  # noqa: PLC0415 - only now
    from issue_intake.cli.handler import handled  # noqa: PLC0415

    return handled(lambda: app(prog_name="intake", standalone_mode=False))
