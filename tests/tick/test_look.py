"""Projects are looked at side by side, one that hangs costs its own time alone, and each poll has a line in the log."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from issue_intake.core.model import Poll
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.ports import Rule
from issue_intake.errors import UnavailableError
from issue_intake.tick import look
from issue_intake.tick.cycle import run_tick
from issue_intake.tick.journal import Journal
from issue_intake.tick.look import ProjectLook, Question, look_at_projects
from issue_intake.tick.parts import Parts
from tests.builders import NOW, policy
from tests.fakes import FakeTracker, FakeWorld, parts, setting
from tests.tick.homes import Home

AT_ONCE = 8


@dataclass
class _Meeting(FakeTracker):
    """Its poll ends once `arrive` lets it."""

    door: _Door

    def poll(self, rule: Rule) -> Poll:
        self.door.pass_by()
        return super().poll(rule)


class _Door:
    """Lets those who came pass when so many are there; the most that ever stood before it."""

    def __init__(self, opens_at: int) -> None:
        self._opens_at = opens_at
        self._changed = threading.Condition()
        self._there = 0
        self.most = 0

    def pass_by(self) -> None:
        with self._changed:
            self._there += 1
            self.most = max(self.most, self._there)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most >= self._opens_at, timeout=30)
            self._changed.wait_for(lambda: self.most > self._opens_at, timeout=0.05)  # room for one too many
            self._there -= 1


def _question(of: Parts) -> Question:
    return Question(now=NOW, parts=of, sessions=(), poll=True, repo_id=7)


def _named(world: FakeWorld, name: str) -> Parts:
    named: ProjectPolicy = replace(policy(), name=name)
    return parts(world, named)


def test_eight_projects_are_looked_at_side_by_side_and_no_more(world: FakeWorld) -> None:
    door = _Door(AT_ONCE)
    projects = [replace(_named(world, f"shop-{n}"), tracker=_Meeting(world, door)) for n in range(3 * AT_ONCE)]
    looks = look_at_projects([_question(each) for each in projects])
    assert all(found.poll is not None for found in looks.values())
    assert door.most == AT_ONCE


@dataclass
class _Hanging(FakeTracker):
    over: threading.Event

    def poll(self, rule: Rule) -> Poll:
        self.over.wait(60)
        return super().poll(rule)


@pytest.fixture
def over() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_project_that_hangs_is_left_after_a_minute_with_a_sentence_and_the_others_were_looked_at(
    world: FakeWorld, over: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look._WHOLE == 60
    monkeypatch.setattr(look, "_WHOLE", 0.2)
    hanging = replace(_named(world, "slow"), tracker=_Hanging(world, over))
    looks: dict[str, ProjectLook] = look_at_projects([_question(hanging), _question(_named(world, "well"))])
    assert (looks["slow"].poll, looks["well"].fault) == (None, None)
    assert isinstance(looks["slow"].fault, UnavailableError)
    assert str(looks["slow"].fault).startswith("no whole answer came within 0.2 s")


@dataclass
class _Counting(FakeTracker):
    figures: tuple[int, int]

    def poll(self, rule: Rule) -> Poll:
        requests, unchanged = self.figures
        return replace(super().poll(rule), requests=requests, unchanged=unchanged)


@pytest.mark.parametrize(("figures", "status"), [((3, 2), 200), ((3, 3), 304)])
def test_a_poll_has_one_line_with_status_count_requests_304s_and_milliseconds(
    home: Home, world: FakeWorld, figures: tuple[int, int], status: int
) -> None:
    lines: list[dict[str, object]] = []

    def log(event: str, /, **fields: object) -> None:
        lines.extend([fields] if event == "poll" else [])

    counting = replace(parts(world), tracker=_Counting(world, figures))
    run_tick(setting(world, counting), Journal(world.now, home.memory(), log))
    ((told),) = lines
    milliseconds = told.pop("ms")
    assert 0 <= int(str(milliseconds)) < 60_000
    assert told == {
        "project": "webshop", "status": str(status), "issues": "1", "requests": "3", "unchanged": str(figures[1])
    }  # fmt: skip
