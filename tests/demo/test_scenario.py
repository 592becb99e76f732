"""The demonstration, played by the real command line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from issue_intake.demo.scenario import DemoOptions, run_demo

pytest.importorskip("issue_intake.cli.main", reason="the command line is not there")


def folders(parent: Path) -> list[Path]:
    return list(parent.glob("intake-demo-*"))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_it_ends_with_merged_pull_requests_and_leaves_nothing(temporary: Path) -> None:
    told: list[str] = []
    began = time.monotonic()
    assert run_demo(DemoOptions(), told.append) == 0, "\n".join(told)
    text = "\n".join(told)
    assert text.count("ann approves pull request") == 2
    assert "ann asks for two changes" in text
    assert text.count("1 merged") == 2
    assert "2 pull requests merged in" in text
    assert "$ intake run" in text
    assert folders(temporary) == []
    assert time.monotonic() - began < 60  # fifteen seconds where nothing else runs
