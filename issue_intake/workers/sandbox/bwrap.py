"""A sandbox as bubblewrap makes it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from issue_intake.core.sandbox import Mount, Sandbox

_LAUNCH = Path(__file__).with_name("launch.py")
_COPIES = Path("/run/intake/copies")
_ALONE = (
    *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--new-session", "--cap-drop", "ALL"),
)
# A user named root may write the kernel's settings without any privilege; bwrap overlooks it in a user namespace.
_KERNEL = ("sys", "sysrq-trigger", "irq", "bus", "fs", "mtrr", "acpi", "scsi", "pressure")
_BASE = (
    *("--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"),
    *(word for name in _KERNEL for word in ("--ro-bind-try", f"/proc/{name}", f"/proc/{name}")),
)


def argv(sandbox: Sandbox, step: tuple[str, ...], *, cwd: str) -> tuple[str, ...]:
    """What runs `step` in the sandbox."""
    return (
        *("bwrap", *_ALONE, *(() if sandbox.network == "on" else ("--unshare-net",)), *_BASE),
        *(word for number, mount in enumerate(sandbox.mounts) for word in _mounted(mount, number, sandbox.memory)),
        *(word for link in sandbox.links for word in ("--symlink", link.target, os.fspath(link.path))),
        *("--setenv", "TMPDIR", "/tmp", "--chdir", cwd, "--"),  # noqa: S108 - the sandbox's own
        *_launched(sandbox, step),
    )


def trial(sandbox: Sandbox) -> tuple[str, ...]:
    """What goes well where such a sandbox can be made at all; of the places nothing is tried."""
    return ("bwrap", *_ALONE, *(() if sandbox.network == "on" else ("--unshare-net",)), *_BASE, "--", "true")


def _mounted(mount: Mount, number: int, memory: int | None) -> tuple[str, ...]:
    place, origin = os.fspath(mount.path), os.fspath(mount.origin)
    match mount.access:
        case "read":
            return ("--ro-bind", origin, place)
        case "write":
            return ("--bind", origin, place)
        case "empty" | "closed":
            return (*(() if memory is None else ("--size", str(memory))), "--tmpfs", place)
        case "hidden":
            return ("--ro-bind", "/dev/null", place)
        case "copy":
            return ("--ro-bind", origin, os.fspath(_COPIES / str(number)))


def _launched(sandbox: Sandbox, step: tuple[str, ...]) -> Iterator[str]:
    yield from (sys.executable, "-I", "-S", os.fspath(_LAUNCH))
    for number, mount in enumerate(sandbox.mounts):
        if mount.access == "copy":
            yield from ("--copy", os.fspath(_COPIES / str(number)), os.fspath(mount.path))
    yield from ("--", *step)
