"""Leads a program without a network to a proxy's socket: `python -I -S forward.py --socket PATH --port N -- ARGV…`.

It listens on 127.0.0.1:N for as long as ARGV runs, names that as the proxy in ARGV's environment, and ends as ARGV
ends.
"""

from __future__ import annotations

import os
import sys


def main(words: list[str]) -> None:
    """Run the command line."""
    # Started without site-packages: only the standard library and, after it, this package are found.
    sys.path.append(os.path.abspath(f"{__file__}/../../../.."))  # noqa: PTH100 - pathlib takes 10 ms
    from issue_intake.workers.network import forwarding  # noqa: PLC0415 - not to be found before the line above

    forwarding.run(words)


if __name__ == "__main__":
    main(sys.argv[1:])
