"""The scene that end-to-end tests play on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import scene as scenes


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[scenes.Scene]:
    with scenes.scene(tmp_path) as made:
        yield made
