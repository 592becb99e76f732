"""Which machine this is, and which of its boots: a pid means something only together with both."""

from __future__ import annotations

import functools
import platform
import re
import subprocess
import sys
from pathlib import Path

_MACHINE_ID_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


@functools.cache
def machine_id() -> str:
    """The same for as long as the system is installed; the host's name where the system keeps no such id."""
    for path in _MACHINE_ID_FILES:
        if kept := _text(path):
            return kept
    if sys.platform == "darwin":
        found = re.search(r'"IOPlatformUUID" = "([^"]+)"', _said("ioreg", "-rd1", "-c", "IOPlatformExpertDevice"))
        if found:
            return found.group(1)
    return platform.node()


@functools.cache
def boot_id() -> str:
    """Another one after each start of the machine; "" where the system does not tell."""
    return _text(Path("/proc/sys/kernel/random/boot_id")) or _said("sysctl", "-n", "kern.bootsessionuuid")


def restarted_since(boot: str) -> bool:
    """Whether the machine was started anew since the boot with that id; not where either id is not known."""
    now = boot_id() if boot else ""
    return bool(now) and boot != now


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _said(*command: str) -> str:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout.strip()
