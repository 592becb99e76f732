"""The detached supervisor: `python -I -S supervise.py <attempt folder> <lock descriptor> <seal descriptor>`.

The first descriptor is already locked; it stays open, in this process alone, until this process is gone. The second
holds the seal that the end is written with: nobody else shall read it, so it stands in no file, argument or variable.
"""

from __future__ import annotations

import os
import sys


def main(folder: str, lock: int, seal: int) -> None:
    """Run the order in `folder`."""
    os.set_inheritable(lock, False)  # noqa: FBT003 - takes no keywords
    with open(seal, "rb") as pipe:
        word = pipe.read().decode("ascii")
    # Started without site-packages: only the standard library and, after it, this package are found.
    sys.path.append(os.path.abspath(f"{__file__}/../../../.."))  # noqa: PTH100 - pathlib takes 10 ms
    from issue_intake.workers.supervisor import attempt  # noqa: PLC0415 - not to be found before the line above

    attempt.run(folder, word)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
