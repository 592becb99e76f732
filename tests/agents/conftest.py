"""These tests need the genuine programs (`make test-agents`), in the folder that INTAKE_AGENTS names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import scene as scenes

_FOLDER = os.environ.get("INTAKE_AGENTS")
collect_ignore_glob = [] if _FOLDER else ["test_*.py"]


@pytest.fixture
def programs() -> Path:
    """The folder with all programs that npm installed."""
    return Path(_FOLDER or "") / "node_modules" / ".bin"


@pytest.fixture
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[scenes.Scene]:
    # Not below /tmp: there codex makes no programs of its own, and runs no command.
    root = Path(_FOLDER or "") / "runs"
    root.mkdir(exist_ok=True)
    folder = root / tmp_path_factory.mktemp("run").name
    folder.mkdir()
    with scenes.scene(folder) as made:
        yield made
