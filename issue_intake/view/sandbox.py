"""What a worker would see and may do, for a person and for programs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

from humanize import precisedelta

from issue_intake.core.sandbox import Access, Mount, Prospect, Sandbox, boundary, variables
from issue_intake.view.words import clean, place

_WIDTH = 80
_GROUPS: tuple[tuple[str, tuple[Access, ...]], ...] = (
    ("may change", ("write",)),
    ("may read", ("read",)),
    ("finds a copy of", ("copy",)),
    ("finds empty, what it leaves there is gone", ("empty",)),
    ("does not see", ("closed", "hidden")),
)


def sandbox_lines(prospect: Prospect) -> Iterator[str]:
    """The lines of `intake sandbox`; only a path can make one longer than 80 characters."""
    sandbox = prospect.sandbox
    yield f"{prospect.project}: sandbox {sandbox.kind}{f', image {clean(sandbox.image)}' if sandbox.image else ''}"
    yield from textwrap.wrap(boundary(sandbox), _WIDTH)
    if prospect.problem is not None:
        yield from textwrap.wrap(f"no worker can start now: {clean(prospect.problem)}", _WIDTH)
    if sandbox.kind == "command":
        yield from _wrapped("command", " ".join(clean(word) for word in sandbox.command))
    yield ""
    yield from _places(sandbox)
    yield from _wrapped("network", _network(sandbox))
    yield from _wrapped("limits", _limits(prospect))
    yield from _wrapped("variables", ", ".join(variables(sandbox)))


def sandbox_json(prospect: Prospect) -> str:
    """`intake sandbox --json`."""
    sandbox = prospect.sandbox
    record = {
        "schema_version": 1,
        "project": prospect.project,
        "sandbox": sandbox.kind,
        "boundary": boundary(sandbox),
        "problem": prospect.problem and clean(prospect.problem),
        "image": sandbox.image or None,
        "command": list(map(clean, sandbox.command)),
        "network": sandbox.network if isinstance(sandbox.network, str) else list(sandbox.network),
        "mounts": list(map(_mount, sandbox.mounts)),
        "links": [{"path": place(link.path), "target": clean(link.target)} for link in sandbox.links],
        "environment": list(variables(sandbox)),
        "limits": {
            "memory": sandbox.memory,
            "processes": sandbox.processes,
            "timeout": prospect.timeout,
            "stall": prospect.stall,
        },
    }
    return json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False).encode("utf-8", "replace").decode()


def _mount(mount: Mount) -> dict[str, object]:
    return {
        "path": place(mount.path),
        "access": mount.access,
        "source": place(mount.source) if mount.source is not None else None,
        "what": clean(mount.what),
    }


def _places(sandbox: Sandbox) -> Iterator[str]:
    for title, accesses in _GROUPS:
        mounts = [mount for mount in sandbox.mounts if mount.access in accesses]
        if mounts:
            yield f"the agent {title}"
            yield from (line for mount in mounts for line in _place(mount, sandbox.home))
            yield ""


def _place(mount: Mount, home: Path) -> Iterator[str]:
    path = _short(mount.path, home)
    if mount.source is not None:
        path = f"{path} (which is {_short(mount.source, home)})"
    whole = f"  {path}  {clean(mount.what)}"
    if len(whole) <= _WIDTH:
        yield f"  {path}{' ' * (_WIDTH - len(whole))}  {clean(mount.what)}"
    else:
        yield from (f"  {path}", f"{clean(mount.what):>{_WIDTH}}")


def _short(path: Path, home: Path) -> str:
    return place(Path("~") / path.relative_to(home)) if path.is_relative_to(home) else place(path)


def _network(sandbox: Sandbox) -> str:
    match sandbox.network:
        case "on" | "off":
            return sandbox.network
        case hosts:
            return f"{', '.join(hosts)} alone, by a proxy"


def _limits(prospect: Prospect) -> str:
    sandbox = prospect.sandbox
    memory = f"{sandbox.memory >> 20} MiB" if sandbox.memory is not None else "no limit"
    processes = str(sandbox.processes) if sandbox.processes is not None else "no limit"
    time, stall = (precisedelta(seconds) for seconds in (prospect.timeout, prospect.stall))
    return f"time {time}, without a sign of work {stall}, memory {memory}, processes {processes}"


def _wrapped(title: str, text: str) -> list[str]:
    return textwrap.wrap(
        f"{title:<10} {text}", _WIDTH, subsequent_indent=" " * 11, break_long_words=False, break_on_hyphens=False
    )
