"""What a worker may see and do: one plain record, from which a sandbox is started, and printed. Free of I/O."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, assert_never

from issue_intake.core.record import record

Kind = Literal["none", "bwrap", "podman", "command"]
Network = Literal["on", "off"] | tuple[str, ...]
Access = Literal["read", "write", "empty", "closed", "hidden", "copy"]

# Of no meaning in a container.
OF_THE_HOST = frozenset({"PATH", "SHELL", "TMPDIR"})

_BARE = frozenset({"empty", "closed"})
_OF_A_PROXY = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

# Below the user's home: keys, logins, and what other programs of theirs would obey.
PRIVATE = (
    *(".ssh", ".gnupg", ".netrc", ".git-credentials", ".npmrc", ".pypirc", ".pgpass", ".password-store", ".pki"),
    *(".aws", ".azure", ".kube", ".docker", ".oci", ".boto", ".s3cfg", ".terraform.d", ".vault-token"),
    *(".config/gh", ".config/glab-cli", ".config/hub", ".config/git", ".config/gcloud", ".config/doctl", ".config/op"),
    *(".config/rclone", ".config/containers", ".config/systemd", ".config/autostart", ".config/intake"),
    *(".local/share/keyrings", ".local/share/containers", ".mozilla", ".thunderbird", ".config/google-chrome"),
    *(".config/chromium", ".gitconfig", ".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv"),
)


@record
class Mount:
    """One place as a worker finds it, at `path`; `source` is the place outside, None for the same path.

    `access`: read, write; empty: a folder of its own that is gone with it; closed and hidden: a folder and a file of
    which nothing is to be seen; copy: a file whose changes are gone with it. `what` says in a few words what it is.
    """

    path: Path
    access: Access
    what: str
    source: Path | None = None

    @property
    def origin(self) -> Path:
        """Where it is outside."""
        return self.source or self.path


@record
class Link:
    """A symbolic link on the way to something that is shown."""

    path: Path
    target: str


@record
class Sandbox:
    """What one attempt's steps see and may do.

    `mounts`: parents first; with bwrap all else of the file system can be read, with podman it is `image`'s.
    `home`: the user's home, an empty one inside. `environment`: names of variables that are handed over. `memory` in
    bytes and `processes` are limits, None for none. `socket`: where the proxy to the hosts of `network` listens.
    `name`: of the container; `command`: the wrapping argv of kind "command". `rootless`: it is started by a user other
    than root.
    """

    kind: Kind
    home: Path
    mounts: tuple[Mount, ...] = ()
    links: tuple[Link, ...] = ()
    network: Network = "on"
    socket: Path | None = None
    environment: tuple[str, ...] = ()
    memory: int | None = None
    processes: int | None = None
    image: str = ""
    command: tuple[str, ...] = ()
    name: str = ""
    rootless: bool = True


@record
class Prospect:
    """What a worker of a project would be. `problem`: why none could start now, None for no such reason.

    `timeout` and `stall` in seconds.
    """

    project: str
    sandbox: Sandbox
    timeout: float
    stall: float
    problem: str | None = None


def variables(sandbox: Sandbox) -> tuple[str, ...]:
    """The names of those that an agent finds; in a container, what the image sets comes on top."""
    names = set(sandbox.environment)
    if sandbox.kind == "bwrap":
        names |= {"TMPDIR", "PWD"}
    if sandbox.kind == "podman":
        names = names - OF_THE_HOST | {"PATH"}
    if not isinstance(sandbox.network, str):
        names |= {*_OF_A_PROXY, *map(str.upper, _OF_A_PROXY), "NODE_USE_ENV_PROXY"}
    return tuple(sorted(names))


def settled(mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """The mounts, parents first, on top of a file system that can be read: what changes nothing is left out.

    Of several for the same path the last one counts.
    """
    found: list[Mount] = []
    last = {mount.path: mount for mount in mounts}
    for mount in sorted(last.values(), key=lambda each: each.path.parts):
        if not _changes_nothing(mount, nearest(mount.path, found)):
            found.append(mount)
    return tuple(found)


def _changes_nothing(mount: Mount, around: Mount | None) -> bool:
    """Whether `mount` shows what is there anyway, or takes away what is not."""
    if around is not None and around.access in _BARE:
        return mount.access in {"closed", "hidden"}
    if mount.source is not None or (around is not None and around.source is not None):
        return False
    return mount.access == (around.access if around is not None else "read")


def lost(links: Iterable[Link], mounts: tuple[Mount, ...]) -> tuple[Link, ...]:
    """Those of the links that an empty folder took away and nothing else stands for."""
    return tuple(link for link in dict.fromkeys(links) if _is_lost(link, mounts))


def _is_lost(link: Link, mounts: tuple[Mount, ...]) -> bool:
    around = nearest(link.path, mounts)
    in_the_way = any(mount.path.is_relative_to(link.path) for mount in mounts)
    return around is not None and around.access in _BARE and not in_the_way


def nearest(path: Path, mounts: Iterable[Mount]) -> Mount | None:
    """The mount that decides what is found at `path` (no links in it), None where none does."""
    around = [mount for mount in mounts if path.is_relative_to(mount.path)]
    return max(around, key=lambda mount: len(mount.path.parts), default=None)


def meets(path: Path, places: Iterable[Path]) -> Path | None:
    """The first of `places` that `path` lies in, or contains; all without links."""
    return next((place for place in places if path.is_relative_to(place) or place.is_relative_to(path)), None)


def inside(path: Path, places: Iterable[Path]) -> bool:
    """Whether `path` is one of `places` or lies in one; all without links."""
    return any(path.is_relative_to(place) for place in places)


def boundary(sandbox: Sandbox) -> str:
    """One line: how far this is a boundary, and where it is none."""
    match sandbox.kind:
        case "none":
            return "no boundary: the agent may read and change all that you may"
        case "command":
            return f"as good a boundary as {sandbox.command[0]} makes: intake does not know what it keeps away"
        case "bwrap":
            sockets = "" if sandbox.network == "on" else ", sockets in it answer"
            around = f"it reads the rest of the file system{sockets}"
        case "podman":
            around = "it sees the image and what is listed"
        case never:
            assert_never(never)
    return f"a boundary: {around}{_outward(sandbox.network)}"


def _outward(network: Network) -> str:
    match network:
        case "on":
            return "; the network is none: what it reads can leave, and services on this machine answer it"
        case "off":
            return ", and reaches no network"
        case hosts:
            return f", and reaches {', '.join(hosts)} alone: what it reads can leave that way"
