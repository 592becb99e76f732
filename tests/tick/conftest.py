"""One world, one home over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import issue
from tests.fakes import FakeWorld
from tests.tick.homes import Home


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld(issues={1: issue(1)})


@pytest.fixture
def home(tmp_path: Path, world: FakeWorld) -> Home:
    return Home(tmp_path, world)
