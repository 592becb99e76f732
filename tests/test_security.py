"""What SECURITY.md says is shown is shown: each of its lines names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
DEFENDED = TEXT.partition("## What is defended")[2].partition("## What is not defended")[0]
ROWS = [line.strip("|").split("|") for line in DEFENDED.splitlines() if line.startswith("| ") and "`tests/" in line]


@pytest.mark.parametrize("row", ROWS, ids=[row[0].strip()[:60] for row in ROWS])
def test_each_defence_names_the_tests_that_show_it(row: list[str]) -> None:
    _, defence, shown = row
    assert defence.strip()
    for name in re.findall(r"`(tests/[^`]+)`", shown):
        place = ROOT / name
        files = list(place.glob("test_*.py")) if place.is_dir() else [place]
        assert any("\ndef test_" in file.read_text(encoding="utf-8") for file in files), name


def test_every_line_of_the_table_names_one() -> None:
    lines = [line for line in DEFENDED.splitlines() if line.startswith("| ")]
    assert len(ROWS) == len(lines) - 1, "but for the head"
