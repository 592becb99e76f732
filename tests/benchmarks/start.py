"""`python start.py <module> <arguments>`: runs the module's main, as an installed command would, for ours and floors.

With BENCH_PEAK set to a file, the most memory held (in KiB, Linux only) is written there at the end.
"""

import importlib
import os
import sys

_PEAK = "VmHWM:"


def main() -> None:
    """Run it."""
    module = importlib.import_module(sys.argv.pop(1))
    try:
        module.main()
    finally:
        if report := os.environ.get("BENCH_PEAK"):
            _write_peak(report)


def _write_peak(report: str) -> None:
    # Not ru_maxrss: a child inherits that from the process it was started by.
    with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib would be loaded for it
        peak = next(line.split()[1] for line in status if line.startswith(_PEAK))
    with open(report, "w") as file:  # noqa: PTH123
        file.write(peak)


main()
