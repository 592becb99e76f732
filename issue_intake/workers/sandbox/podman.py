"""A sandbox as podman makes it: a container of an image, with what is listed bound into it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from issue_intake.core.sandbox import OF_THE_HOST, Mount, Sandbox

_COPIES = Path("/run/intake/copies")
_NAME = "--name=intake-"
_CLOSED = (
    *("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--security-opt=label=disable"),
    "--pull=never",
)
_COPY = 'while [ "$1" != -- ]; do cp -- "$1" "$2" || exit 126; shift 2; done; shift; exec "$@"'


def argv(sandbox: Sandbox, step: tuple[str, ...], *, cwd: str, names: Iterable[str]) -> tuple[str, ...]:
    """What runs `step` in a container. `names`: its variables, whose values never stand in an argument."""
    network = () if sandbox.network == "on" else ("--network=none",)
    handed = sorted({"INTAKE_RUN", *names} - OF_THE_HOST)
    return (
        *("podman", "run", "--rm", "-i", f"--name={sandbox.name}", "--replace", *_CLOSED),
        *(("--userns=keep-id",) if sandbox.rootless else ()),
        *(*network, *_limits(sandbox)),
        *(word for number, mount in enumerate(sandbox.mounts) for word in _mounted(mount, number)),
        *(word for name in handed for word in ("--env", name)),
        *("--workdir", cwd, "--entrypoint=", sandbox.image, *_copied(sandbox, step)),
    )


def trial(sandbox: Sandbox) -> tuple[str, ...]:
    """What goes well where the image is on this machine."""
    return ("podman", "image", "exists", sandbox.image)


def removal(argv: Iterable[str]) -> tuple[str, ...] | None:
    """What ends the container that `argv` may have started; None where it starts none.

    Unlike a sandbox of bwrap's a container does not end with the process that asked for it.
    """
    words = tuple(argv)
    name = next((word for word in words if word.startswith(_NAME)), None) if "podman" in words else None
    return None if name is None else ("podman", "rm", "--force", "--ignore", "--time=0", name.removeprefix("--name="))


def _limits(sandbox: Sandbox) -> Iterator[str]:
    if sandbox.memory is not None:
        yield f"--memory={sandbox.memory}"
    if sandbox.processes is not None:
        yield f"--pids-limit={sandbox.processes}"


def _mounted(mount: Mount, number: int) -> tuple[str, ...]:
    match mount.access:
        case "read":
            return ("--volume", f"{mount.origin}:{mount.path}:ro")
        case "write":
            return ("--volume", f"{mount.origin}:{mount.path}:rw")
        case "empty":
            return ("--tmpfs", f"{mount.path}:rw,mode=1777")
        case "closed" | "hidden":
            return ()
        case "copy":
            return ("--volume", f"{mount.origin}:{_COPIES / str(number)}:ro")


def _copied(sandbox: Sandbox, step: tuple[str, ...]) -> tuple[str, ...]:
    """`step`, with the copies made first where there are any."""
    copies = [(str(_COPIES / str(n)), str(m.path)) for n, m in enumerate(sandbox.mounts) if m.access == "copy"]
    if not copies:
        return step
    return ("sh", "-c", _COPY, "sh", *(os.fspath(place) for pair in copies for place in pair), "--", *step)
