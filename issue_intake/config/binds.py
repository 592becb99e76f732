"""What `workspace.binds` may show of this machine: never keys, logins, intake's own files, or the system's doors."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from issue_intake.config.faults import Faults, shown
from issue_intake.config.nodes import Node
from issue_intake.config.workspace import Workspace
from issue_intake.core.sandbox import PRIVATE, meets

_SYSTEM = (
    Path("/proc"),
    Path("/sys"),
    Path("/dev"),
    Path("/run"),
    Path("/boot"),
    Path("/etc/ssh"),
    Path("/etc/shadow"),
)
_CURE = "show a folder that holds only what the project needs"
# Variables that say where another program keeps its keys.
_NAMED = (
    *("GH_CONFIG_DIR", "DOCKER_CONFIG", "KUBECONFIG", "GNUPGHOME", "CLOUDSDK_CONFIG", "AZURE_CONFIG_DIR", "NETRC"),
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "GOOGLE_APPLICATION_CREDENTIALS", "XDG_RUNTIME_DIR"),
)


def private_places(environ: Mapping[str, str], more: Iterable[Path] = ()) -> tuple[Path, ...]:
    """What no sandbox is shown by a bind, links resolved. `more`: what else is kept, intake's own home above all."""
    home = Path(environ.get("HOME") or Path.home())
    named = (Path(part) for name in _NAMED for part in environ.get(name, "").split(":") if part.startswith("/"))
    places = (*_SYSTEM, *more, *(home / name for name in PRIVATE), *named)
    return tuple(dict.fromkeys(each for place in places for each in (place, _real(place))))


def refused_bind(path: Path, private: tuple[Path, ...]) -> str | None:
    """Why the absolute `path` may not be shown, None where it may, or cannot be seen. Links are followed."""
    for place in dict.fromkeys((path, _real(path))):
        met = meets(place, private)
        if met is not None:
            return f"{'lies in' if place.is_relative_to(met) else 'contains'} {met}, which is kept from agents"
    return "is a socket" if _is_socket(path) else None


def _real(path: Path) -> Path:
    """Where it leads, as far as that can be seen: nothing is raised for a loop, or what may not be looked at."""
    return Path(os.path.realpath(path))


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.stat().st_mode)
    except OSError:
        return False


def check_binds(workspace: Workspace, project: Node, private: tuple[Path, ...], faults: Faults) -> None:
    """Collect a fault for each bind that shows what it must not. The binds are absolute."""
    for name, paths in (("read", workspace.binds.read), ("write", workspace.binds.write)):
        for number, text in enumerate(paths):
            problem = refused_bind(Path(text), private) or _changeable(text, workspace.binds.write)
            if problem is not None:
                place = _place(project, name, number)
                faults.add(place.line, place.key, f"{shown(text)} {problem}", _CURE)


def _changeable(text: str, write: Iterable[str]) -> str | None:
    """Why a bind would show another place as soon as an agent puts a link on the way to it."""
    path = _real(Path(text))
    outer = next((each for each in write if _real(Path(each)) in path.parents), None)
    return f"lies in {outer}, which an agent may change" if outer is not None else None


def _place(project: Node, name: str, number: int) -> Node:
    place = project
    for part in ("workspace", "binds", name, number):
        place = place.child(part) or place
    return place
