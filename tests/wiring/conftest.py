"""What the tests of sandboxes play in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wiring.cell import Cell, make_cell


@pytest.fixture
def cell(tmp_path: Path, home: Path) -> Cell:
    return make_cell(tmp_path, home)
