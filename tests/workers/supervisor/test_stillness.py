"""What counts as a sign of life."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from issue_intake.workers.supervisor import stillness
from issue_intake.workers.supervisor.stillness import Stillness, fingerprint


class Clock:
    """A clock and a CPU that move only when told; seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.cpu = 0.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def reached_after(self, still: Stillness, event: Callable[[float], None], limit: float = 1000.0) -> float | None:
        """Seconds until the stillness is reached, `event(seconds)` being called each second; None: never."""
        begun = self.now
        while self.now - begun < limit:
            self.now += 1
            event(self.now - begun)
            if still.reached(self.now):
                return self.now - begun
        return None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_nothing_at_all_is_stillness_not_before_the_limit_and_soon_after(clock: Clock, tmp_path: Path) -> None:
    still = Stillness(100.0, str(tmp_path), lambda: clock.cpu)
    after = clock.reached_after(still, lambda _: None)
    assert after is not None
    assert 100 <= after <= 120


def test_output_now_and_then_is_life(clock: Clock, tmp_path: Path) -> None:
    still = Stillness(100.0, str(tmp_path), lambda: clock.cpu)
    assert clock.reached_after(still, lambda t: still.heard() if t % 90 == 0 else None) is None


def test_cpu_use_now_and_then_is_life_and_timers_are_not(clock: Clock, tmp_path: Path) -> None:
    def work(seconds: float) -> None:
        clock.cpu += 0.5 if seconds % 90 == 0 else 0.0

    def tick(_: float) -> None:
        clock.cpu += 0.0005

    assert clock.reached_after(Stillness(100.0, str(tmp_path), lambda: clock.cpu), work) is None
    assert clock.reached_after(Stillness(100.0, str(tmp_path), lambda: clock.cpu), tick) is not None


def test_a_file_changed_now_and_then_is_life(clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)

    def write(seconds: float) -> None:
        if seconds % 90 == 0:
            (tmp_path / "a" / "b" / "file").write_text("x" * int(seconds))

    still = Stillness(100.0, str(tmp_path), lambda: clock.cpu)
    assert clock.reached_after(still, write) is None


@pytest.mark.parametrize("last", [1.0, 30.0, 77.0, 250.0])
def test_stillness_is_counted_from_the_last_sign_of_life(clock: Clock, tmp_path: Path, last: float) -> None:
    def write(seconds: float) -> None:
        if seconds <= last:
            (tmp_path / "file").write_text("x" * int(seconds))

    after = clock.reached_after(Stillness(100.0, str(tmp_path), lambda: clock.cpu), write)
    assert after is not None
    assert last + 100 <= after <= last + 130


def test_files_are_not_walked_while_there_is_output_or_cpu_use(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stillness, "fingerprint", None)

    def work(_: float) -> None:
        clock.cpu += 0.1

    still = Stillness(100.0, str(tmp_path), lambda: clock.cpu)
    assert clock.reached_after(still, work) is None


def _of(folder: Path) -> int | None:
    return list(fingerprint(str(folder)))[-1]


def test_a_fingerprint_differs_after_any_change_below(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_text("one")
    seen = [_of(tmp_path)]
    changes: list[Callable[[], object]] = [
        lambda: (tmp_path / "deep" / "file").write_text("two"),
        lambda: (tmp_path / "deep" / "file").chmod(0o600),
        lambda: (tmp_path / "deep" / "file").rename(tmp_path / "deep" / "name"),
        (tmp_path / "deep" / "more").touch,
        (tmp_path / "deep" / "more").unlink,
    ]
    for change in changes:
        assert _of(tmp_path) == seen[-1]
        time.sleep(0.01)
        change()
        seen.append(_of(tmp_path))
    assert len(set(seen)) == len(seen)


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "up").symlink_to(tmp_path)
    (tmp_path / "inside" / "root").symlink_to("/")
    before = _of(tmp_path / "inside")
    (tmp_path / "beside").touch()
    os.utime(tmp_path)
    assert _of(tmp_path / "inside") == before


def test_a_folder_that_is_gone_is_no_fault() -> None:
    assert _of(Path("/nowhere/at/all")) == _of(Path("/nowhere/else"))
