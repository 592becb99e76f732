"""The first program inside a sandbox: `python -I -S launch.py [--copy FROM TO]… -- argv`. Becomes argv.

It makes copies of files that the agent may change without changing the user's own, and lets SIGTERM be heard again,
which what stands around the sandbox ignores: the agent is to have its time to end.
"""

from __future__ import annotations

import os
import signal
import sys


def main(arguments: list[str]) -> int:
    """Never returns where all goes well; else the exit code, after one line on stderr."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    argv = arguments[arguments.index("--") + 1 :]
    copies = iter(arguments[: arguments.index("--")])
    try:
        for _ in copies:
            _copy(next(copies), next(copies))
        os.execvp(argv[0], argv)  # noqa: S606 - an argv list, no shell
    except OSError as error:
        sys.stderr.write(f"in the sandbox: {error.filename or argv[0]}: {error.strerror}\n")
    return 127


def _copy(source: str, target: str) -> None:
    with open(source, "rb") as file:  # noqa: PTH123 - pathlib takes 10 ms
        data = file.read()
    os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
