"""The log: one key=value line per event."""

from __future__ import annotations

from pathlib import Path

import pytest

from issue_intake.store.log import open_log


def test_each_event_is_one_line_whatever_its_values(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "intake.log"
    with open_log(path) as log:
        log("poll", project="webshop", issues=3)
        log("launch", key="github:acme/webshop#1", reason='a "quoted"\nnew line \x1b[31m')
    first, second = path.read_text().splitlines()
    assert first.endswith("Z event=poll project=webshop issues=3")
    assert second.endswith('event=launch key=github:acme/webshop#1 reason="a \\"quoted\\" new line"')


def test_a_quiet_tick_makes_no_file(tmp_path: Path) -> None:
    with open_log(tmp_path / "logs" / "intake.log"):
        pass
    assert list((tmp_path / "logs").iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_full_disk_fails_nothing_even_when_the_log_is_closed(tmp_path: Path) -> None:
    (tmp_path / "intake.log").symlink_to("/dev/full")
    with open_log(tmp_path / "intake.log") as log:
        log("poll", project="webshop")


def test_a_log_that_cannot_be_written_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    with open_log(tmp_path / "logs" / "intake.log") as log:
        log("poll", project="webshop")
