"""Steps put into a sandbox: the argv that a supervisor starts in place of the step's own.

With `network: [hosts]` two programs of workers/network stand around the step. Outside, a child of the supervisor and
the parent of the sandbox, is the proxy to those hosts alone; inside is what leads to it:

    python -I -S proxy.py --socket PATH --allow HOST … -- <argv of the sandbox …>
    python -I -S forward.py --socket PATH --port N --proxied HOST … -- <argv of the step …>

proxy.py listens on the Unix socket PATH (replacing one that is left there) before it starts its argv, and ends with the
exit code of that; when its own parent is gone, it kills it. Started with SIGTERM ignored, it leaves it so. The socket
is bound into the sandbox, which has no network. forward.py listens on 127.0.0.1:N, passes each connection on to PATH,
sets HTTP_PROXY, HTTPS_PROXY and their lower-case twins for its argv, and ends with the exit code of that. Names of the
loopback go through the proxy where they are `--proxied`; else they stay inside. Both need nothing but the standard
library.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import assert_never

from issue_intake.core.sandbox import Kind, Sandbox
from issue_intake.workers.sandbox import bwrap, podman

PORT = 3128
SOCKET_INSIDE = Path("/run/intake/proxy.sock")

_PROGRAMS = Path(__file__).parents[1] / "network"
_SECONDS = 20.0
_PACKAGES = {"bwrap": "bubblewrap", "podman": "podman"}
# The parts of a sandbox would die of a TERM at once, and the step with them.
_DEAF = ("sh", "-c", 'trap "" TERM; exec "$@"', "sh")


def wrapped(sandbox: Sandbox, argv: tuple[str, ...], *, cwd: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """What runs `argv` in the sandbox. `names`: variables of the step, beside those that all steps have."""
    match sandbox.kind:
        case "none":
            return argv
        case "command":
            return (*sandbox.command, *argv)
        case "bwrap":
            step = _forwarded(sandbox, argv, sys.executable)
            return (*_DEAF, *_proxied(sandbox, bwrap.argv(sandbox, step, cwd=cwd)))
        case "podman":
            step = _forwarded(sandbox, argv, "python3")
            variables = (*sandbox.environment, *names)
            return _proxied(sandbox, podman.argv(sandbox, step, cwd=cwd, names=variables))
        case never:
            assert_never(never)


def missing_tool(kind: Kind, command: tuple[str, ...], path: str) -> str | None:
    """Why the program that makes the sandbox cannot be started with this PATH, None if it can."""
    program = command[0] if kind == "command" else kind
    if kind == "none" or shutil.which(program, path=path) is not None:
        return None
    cure = f"install Debian's {_PACKAGES[kind]}" if kind in _PACKAGES else "install it, or correct workspace.command"
    return f"sandbox: {kind}: {program} is not on PATH ({path or 'empty'}): {cure}, or set PATH in env_file"


def fault(sandbox: Sandbox, environment: Mapping[str, str]) -> str | None:
    """Why no step could run in the sandbox, found by trying it; None if it could. Takes some milliseconds."""
    match sandbox.kind:
        case "none" | "command":
            return None
        case "bwrap":
            said = _refusal(bwrap.trial(sandbox), environment)
            return said and f"bwrap cannot make a sandbox here: {said} (are user namespaces allowed?)"
        case "podman":
            said = _refusal(podman.trial(sandbox), environment)
            return said and f"podman has no image {sandbox.image}: podman pull {sandbox.image}, or correct image:"


def _refusal(argv: tuple[str, ...], environment: Mapping[str, str]) -> str | None:
    """The first line of what it said when it failed; None when it went well."""
    try:
        ran = subprocess.run(
            argv, env=environment, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if ran.returncode == 0:
        return None
    return (os.fsdecode(ran.stderr).strip().splitlines() or [f"exit code {ran.returncode}"])[0][:200]


def _proxied(sandbox: Sandbox, argv: tuple[str, ...]) -> tuple[str, ...]:
    if sandbox.socket is None or isinstance(sandbox.network, str):
        return argv
    allowed = (part for host in sandbox.network for part in ("--allow", host))
    socket = ("--socket", os.fspath(sandbox.socket))
    return (sys.executable, "-I", "-S", os.fspath(_PROGRAMS / "proxy.py"), *socket, *allowed, "--", *argv)


def _forwarded(sandbox: Sandbox, argv: tuple[str, ...], python: str) -> tuple[str, ...]:
    if sandbox.socket is None or isinstance(sandbox.network, str):
        return argv
    where = ("--socket", os.fspath(SOCKET_INSIDE), "--port", str(PORT))
    proxied = (part for host in sandbox.network for part in ("--proxied", host.partition(":")[0]))
    return (python, "-I", "-S", os.fspath(_PROGRAMS / "forward.py"), *where, *proxied, "--", *argv)
