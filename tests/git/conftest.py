"""An origin and a home per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.git.places import Origin, Place, a_place, make_origin


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    """An origin with one commit on main."""
    return make_origin(tmp_path / "server")


@pytest.fixture
def place(tmp_path: Path, origin: Origin) -> Place:
    """A home of intake's with one project."""
    return a_place(tmp_path / "home", origin)


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An identity for what is made once per module."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("identity")
        (home / ".gitconfig").write_text("[user]\n\tname = T\n\temail = t@example.org\n")
        patch.setenv("HOME", str(home))
        yield
