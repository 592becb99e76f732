"""A memory on disk and the ticks over it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from issue_intake.core.model import Session
from issue_intake.store.memory import Memory
from issue_intake.tick.cycle import Ticked, run_tick
from issue_intake.tick.journal import Journal
from issue_intake.tick.setting import Setting
from tests.builders import minutes
from tests.fakes import FakeWorld, setting

KEY = "github:acme/webshop#1"


class Home:
    """A memory on disk and the ticks over it."""

    def __init__(self, root: Path, world: FakeWorld) -> None:
        self.root = root
        self.world = world
        self.setting = setting(world)
        self.journal: Journal

    def memory(self) -> Memory:
        return Memory(self.root / "state.json", self.root / "sessions")

    def tick(self, how: Callable[[Setting, Journal], Ticked] = run_tick) -> Ticked:
        self.journal = Journal(self.world.now, self.memory(), lambda event, /, **fields: None)
        return how(self.setting, self.journal)

    def session(self, key: str = KEY) -> Session:
        return self.memory().state.sessions[key]

    def later(self, count: float) -> None:
        self.world.now += minutes(count)
