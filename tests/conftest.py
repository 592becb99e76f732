"""Every test lives in a home of its own; touching the real one, the network or the user's git settings raises."""

from __future__ import annotations

import ipaddress
import itertools
import os
import re
import sys
from pathlib import Path

import pytest

_REAL_HOME = Path.home()
_PRIVATE = tuple(
    os.fspath(_REAL_HOME / name)
    for name in (".gitconfig", ".config", ".local/state", ".ssh", ".netrc", ".claude", ".codex", "intake")
)
_ARMED = False
_COUNT = itertools.count()


class RealWorldError(BaseException):
    """A test reached outside its sandbox. A BaseException, so that no handler in the code under test hides it."""


def _watch(event: str, args: tuple[object, ...]) -> None:
    if not _ARMED:
        return
    if event in {"open", "os.mkdir", "os.rename", "os.remove", "os.listdir"}:
        _refuse_private_paths(event, args[0])
    if event == "socket.connect":
        _refuse_the_network(args[1])


def _refuse_private_paths(event: str, path: object) -> None:
    if not isinstance(path, str | os.PathLike):
        return
    name = os.fspath(path)
    if isinstance(name, str) and name.startswith(_PRIVATE):
        raise RealWorldError(f"{event} {name}: the real home is out of bounds for tests")


def _refuse_the_network(address: object) -> None:
    if not isinstance(address, tuple):
        return  # a Unix socket
    host = str(address[0])
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise RealWorldError(f"connect to {host}: tests stay on loopback")


sys.addaudithook(_watch)


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder of the test's own. To number it, pytest would look through those of all tests before it."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    folder = tmp_path_factory.getbasetemp() / f"{next(_COUNT)}-{name}"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, with git settings that name an identity and nothing else."""
    global _ARMED  # noqa: PLW0603 - the audit hook cannot be removed, only disarmed
    folder = tmp_path_factory.getbasetemp() / f"home-{next(_COUNT)}"
    folder.mkdir(mode=0o700)
    (folder / ".gitconfig").write_text("[user]\n\tname = Test Person\n\temail = person@example.org\n")
    for name in list(os.environ):
        if name.startswith(("GIT_", "GITHUB_", "GH_", "INTAKE_", "XDG_", "ANTHROPIC_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", os.fspath(folder))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    _ARMED = True
    return folder
