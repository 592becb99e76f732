"""These tests need the genuine programs (`make test-agents`), in the folder that INTAKE_AGENTS names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.e2e import scene as scenes

_FOLDER = os.environ.get("INTAKE_AGENTS")
collect_ignore_glob = [] if _FOLDER else ["test_*.py"]


@pytest.fixture
def programs() -> Path:
    """The folder with all programs that npm installed."""
    return Path(_FOLDER or "") / "node_modules" / ".bin"


@pytest.fixture
def scene() -> Iterator[scenes.Scene]:
    # Not below /tmp: there codex makes no programs of its own, and runs no command.
    folder = Path(_FOLDER or "") / "runs" / uuid4().hex[:8]
    folder.mkdir(parents=True)
    with scenes.scene(folder) as made:
        yield made
