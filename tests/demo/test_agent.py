"""The stub agent, run as a worker would run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from issue_intake.demo import agent, sample

PROGRAM = Path(agent.__file__)


def run(folder: Path, prompt: str, *rest: str) -> subprocess.CompletedProcess[str]:
    (folder / "prompt.md").write_text(prompt)
    argv = [sys.executable, str(PROGRAM), "prompt.md", "result.json", *rest]
    return subprocess.run(argv, cwd=folder, check=False, capture_output=True, text=True)


def test_it_adds_one_line_and_reports(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# webshop\n")
    assert run(tmp_path, "Do it.").returncode == 0
    assert (tmp_path / "README.md").read_text() == "# webshop\n\nLooked after by an agent.\n"
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["schema_version"], result["status"]) == (1, "done")
    assert result["summary"]
    assert result["pr_title"]


def test_without_a_prompt_it_fails(tmp_path: Path) -> None:
    done = run(tmp_path, " \n")
    assert (done.returncode, done.stderr) == (1, "the prompt is empty\n")
    assert not (tmp_path / "result.json").exists()


@pytest.mark.parametrize(("number", "heading"), [("1", "## Shipping (#1)"), ("3", "## Opening hours (#3)")])
def test_the_line_goes_to_the_section_that_names_the_issue(number: str, heading: str) -> None:
    text = agent.with_line(sample.README, "New.", number)
    section = text.partition(heading)[2].partition("\n## ")[0]
    assert section.rstrip().endswith("\n\nNew.")
    assert text.replace("\n\nNew.", "", 1) == sample.README


def test_a_file_that_is_empty_gets_its_first_line() -> None:
    assert agent.with_line("", "New.", "") == "\nNew.\n"
