"""An origin and a home per test."""

from __future__ import annotations

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
