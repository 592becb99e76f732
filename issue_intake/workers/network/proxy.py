"""The proxy that lets a worker reach listed hosts only: `python -I -S proxy.py --socket PATH --allow HOST … -- ARGV…`.

It listens on a Unix socket at PATH for as long as ARGV runs, which is all that a worker without a network of its own
is given, and ends as ARGV ends.
"""

from __future__ import annotations

import os
import sys


def main(words: list[str]) -> None:
    """Run the command line."""
    # Started without site-packages: only the standard library and, after it, this package are found.
    sys.path.append(os.path.abspath(f"{__file__}/../../../.."))  # noqa: PTH100 - pathlib takes 10 ms
    from issue_intake.workers.network import allowing  # noqa: PLC0415 - not to be found before the line above

    allowing.run(words)


if __name__ == "__main__":
    main(sys.argv[1:])
