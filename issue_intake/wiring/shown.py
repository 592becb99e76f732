"""What there is on this machine for one attempt's sandbox to show and to hide."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from issue_intake.config.binds import private_places, refused_bind
from issue_intake.config.model import Project
from issue_intake.core.record import record
from issue_intake.core.sandbox import Access, Link, Mount, inside, lost, meets
from issue_intake.errors import UnavailableError
from issue_intake.files import is_file, is_folder, is_there
from issue_intake.workers.agents import Agent, Places
from issue_intake.workers.presets.preset import Belongings
from issue_intake.workers.sandbox import installed
from issue_intake.workers.sandbox.wrap import SOCKET_INSIDE

LASTING = "the agent's conversations"

# Others' homes and what programs leave open to each other: files, sockets, locks.
_CLOSED = (
    *("/home", "/root", "/run", "/tmp", "/var/tmp", "/mnt/wslg", "/var/lib/incus", "/var/lib/lxd", "/var/snap"),  # noqa: S108
    *("/nix/var/nix/daemon-socket", "/var/guix/daemon-socket"),  # whose builders have the network
)
_DOORS = (Path("/proc"), Path("/sys"), Path("/dev"), Path("/run"))  # fresh ones, or closed already
# Variables that name a file or folder which is needed with them.
_NAMING = (
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
    *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "CODEX_CA_CERTIFICATE", "GOOGLE_APPLICATION_CREDENTIALS"),
)


@record
class Grounds:
    """Where an installation lies. `files`: of its configuration; `clone`: the project's clean clone.

    `environ`: intake's own environment, which may say where keys are.
    """

    home: Path
    worktrees: Path
    clone: Path
    files: tuple[Path, ...]
    environ: Mapping[str, str] = field(repr=False)

    @property
    def closed(self) -> tuple[Path, ...]:
        """All that no worker needs to see."""
        return (self.home, self.worktrees, *self.files)


@record
class Site:
    """One attempt's own places. `bundle`: what it takes in, if anything."""

    places: Places
    bundle: Path | None = None

    @property
    def folder(self) -> Path:
        """The attempt's folder."""
        return self.places.prompt_file.parent


class View:
    """What there is of an attempt to be shown or hidden. All paths of mounts are without links."""

    def __init__(
        self, project: Project, agent: Agent, grounds: Grounds, site: Site, environment: Mapping[str, str]
    ) -> None:
        self._project = project
        self._agent = agent
        self._grounds = grounds
        self._site = site
        self._environment = environment
        self._asked: list[Path] = []
        named = Path(environment.get("HOME") or Path.home())
        self._asked.append(named)
        self.home = self._place(named)
        if not is_folder(self.home):
            raise UnavailableError(f"HOME is no folder: {self.home}", "set HOME in env_file")
        self._private = private_places(grounds.environ, grounds.closed)
        self._wide = (self.home, *(_end(Path(name)) for name in _CLOSED))

    def emptied(self) -> Iterator[Mount]:
        """What bwrap lays an empty folder over, or a file that cannot be read."""
        for name in (*_CLOSED, str(self.home)):
            if name != "/" and is_folder(Path(name)):
                yield Mount(path=_end(Path(name)), access="empty", what="an empty folder")
        for place in (*self._grounds.closed, *self._private):
            real = Path(os.path.realpath(place))
            what = "intake's own" if place in self._grounds.closed else "the system's or the user's own"
            if is_folder(real) and not inside(real, _DOORS):
                yield Mount(path=real, access="closed", what=what)
            elif is_file(real):
                yield Mount(path=real, access="hidden", what=what)
        yield from self._resolver()

    def programs(self) -> Iterator[Mount]:
        """What the agent's program, those on PATH and intake's own steps need."""
        path = self._environment.get("PATH", "")
        for place in installed.folders(path, self._refuses):
            yield self._mount(place, "read", "programs on PATH")
        for place in installed.needed(self._agent.program, path, self._refuses):
            yield self._mount(place, "read", "the agent's program")
        for place in installed.own(self._refuses):
            yield self._mount(place, "read", "intake's own program")

    def _refuses(self, folder: Path) -> bool:
        """Whether to show the folder whole would show more than a program."""
        return meets(folder, self._private) is not None or any(place.is_relative_to(folder) for place in self._wide)

    def shown(self) -> Iterator[Mount]:
        """What is this attempt's own, the project's binds and the agent's belongings."""
        yield from self._named()
        yield from self._belongings()
        yield from self._binds()
        yield from self._attempt()

    def contained(self) -> Iterator[Mount]:
        """What is bound into a container: nothing of this machine but what is listed."""
        yield Mount(path=self.home, access="empty", what="an empty home")
        yield from self.shown()
        yield self._mount(Path(installed.__file__).parents[1], "read", "intake's own program")

    def links(self, mounts: tuple[Mount, ...]) -> tuple[Link, ...]:
        """The links by which what is shown is known, where the folder they lie in is empty else."""
        return lost((link for path in self._asked for link in installed.trail(path).links), mounts)

    def socket(self) -> Path:
        """Where the proxy listens."""
        return self._site.folder / "proxy.sock"

    def _attempt(self) -> Iterator[Mount]:
        site, places = self._site, self._site.places
        if places.worktree.is_symlink():
            raise UnavailableError(f"{places.worktree} is a link, not the folder intake made", "move it away")
        for objects in _objects(self._grounds.clone / "objects"):
            yield self._mount(objects, "read", "the repository's objects")
        yield self._mount(places.private, "read", "git settings without credentials")
        yield self._mount(places.prompt_file, "read", "the prompt")
        if site.bundle is not None:
            yield self._mount(site.bundle, "read", "what is taken in")
        if not isinstance(self._project.workspace.network, str):
            yield Mount(path=SOCKET_INSIDE, source=self.socket(), access="read", what="the way to the hosts")
        yield self._mount(site.folder.parent / "repo.git", "write", "the agent's repository")
        yield self._mount(places.result_file.parent, "write", "the agent's report")
        yield self._mount(places.worktree, "write", "the worktree")

    def _binds(self) -> Iterator[Mount]:
        binds = self._project.workspace.binds
        for access, texts in (("read", binds.read), ("write", binds.write)):
            for path in map(Path, texts):
                problem = refused_bind(path, self._private)
                if problem is None:
                    problem = _unseen(path)
                if problem is not None:
                    raise UnavailableError(f"{self._project.name}: {path} {problem}", "correct workspace.binds")
                yield self._mount(path, "read" if access == "read" else "write", "a bind of the project's")

    def _named(self) -> Iterator[Mount]:
        """Files that variables of the worker's own name."""
        for name in _NAMING:
            path = Path(self._environment.get(name, ""))
            if path.is_absolute() and is_there(path):
                yield self._mount(path, "read", f"named by {name}")

    def _belongings(self) -> Iterator[Mount]:
        own = self._agent.belongings
        if own is None:
            return
        named = self._environment.get(own.variable, "")
        folder = Path(own.place(self._environment, self.home))
        at = self._place(folder) if named else folder
        if inside(at, (self.home,)) or is_folder(at):
            self._asked.append(folder)
            yield Mount(path=at, access="empty", what="the agent's own, what it adds is dropped")
        for name in filter(lambda name: is_there(folder / name), own.read):
            yield _moved(folder / name, at / name, "read", "the agent's settings")
        for name in filter(lambda name: is_there(folder / name), own.written):
            yield _moved(folder / name, at / name, "write", "the agent's login")
        for name in own.made:
            yield _moved(folder / name, at / name, "write", LASTING)
        yield from (Mount(path=at / name, access="empty", what="programs of the agent's own") for name in own.emptied)
        yield from self._elsewhere(own)
        outer, inner = (folder, at) if named else (self.home, self.home)
        for name in filter(lambda name: is_file(outer / name), own.copied):
            yield _moved(outer / name, inner / name, "copy", "the agent's settings, a copy")

    def _elsewhere(self, own: Belongings) -> Iterator[Mount]:
        for name in filter(lambda name: is_there(self.home / name), own.also_read):
            yield _moved(self.home / name, self.home / name, "read", "the agent's settings")
        for name in own.also_made:
            yield _moved(self.home / name, self.home / name, "write", LASTING)

    def _resolver(self) -> Iterator[Mount]:
        """On many systems the file that names the name servers lies in /run."""
        real = _end(Path("/etc/resolv.conf"))
        if self._project.workspace.network == "on" and is_file(real):
            yield Mount(path=real, access="read", what="name servers")

    def _mount(self, path: Path, access: Access, what: str) -> Mount:
        self._asked.append(path)
        return _moved(path, self._place(path), access, what)

    def _place(self, path: Path) -> Path:
        """Where it is found inside: in a container by its name, for there are none of this machine's links."""
        return path.absolute() if self._project.workspace.sandbox == "podman" else _end(path)


def _moved(source: Path, path: Path, access: Access, what: str) -> Mount:
    real = _end(source)
    return Mount(path=path, source=None if real == path else real, access=access, what=what)


def _unseen(path: Path) -> str | None:
    try:
        path.stat()
    except OSError as error:
        return "is not there" if error.errno == errno.ENOENT else f"cannot be looked at: {error.strerror}"
    return None


def _objects(folder: Path) -> Iterator[Path]:
    """The objects of a clean clone, and of those it borrows from, and so on."""
    ahead, seen = [folder], set[Path]()
    while ahead:
        here = ahead.pop()
        if here in seen:
            continue
        seen.add(here)
        yield here
        try:
            lines = (here / "info" / "alternates").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except OSError:
            continue
        ahead += [Path(os.path.normpath(here / line)) for line in lines if line and not line.startswith("#")]


def _end(path: Path) -> Path:
    try:
        return installed.trail(path.absolute()).end
    except OSError as error:
        raise UnavailableError(f"{path} leads nowhere: {error.strerror}") from None
