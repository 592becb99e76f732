"""What is rebuilt from the session folders, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from issue_intake.errors import UsageError
from issue_intake.store.rebuild import rebuild


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder among the sessions that cannot be read."""
    folder = tmp_path / "sessions" / "acme-webshop"
    folder.mkdir(parents=True)
    folder.chmod(0o000)
    yield folder
    folder.chmod(0o700)


def test_where_there_are_no_sessions_the_memory_is_empty(tmp_path: Path) -> None:
    assert rebuild(tmp_path / "sessions").sessions == {}


def test_a_folder_that_cannot_be_read_is_never_taken_for_an_empty_one(closed: Path) -> None:
    try:
        list(closed.iterdir())
        pytest.skip("this user may read everything")
    except PermissionError:
        pass
    with pytest.raises(UsageError, match="cannot be read"):
        rebuild(closed.parent)
