"""The bench that tests of workers stand at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers import bench as benches


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[benches.Bench]:
    yield from benches.bench(tmp_path)
