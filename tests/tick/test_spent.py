"""What was spent stops new attempts, and that is said once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.model import Stage
from issue_intake.core.policy import Limits
from issue_intake.core.stages import Event, Kind, advance
from tests.builders import issue, policy
from tests.fakes import FakeWorld, parts, setting
from tests.tick.homes import KEY, Home

DAY = 24 * 60


def _limited(home: Home, per_day: float | None = None, per_issue: float | None = None) -> None:
    project = policy(running=1, currencies={"claude": "USD"}, cost_per_issue=per_issue)
    home.setting = replace(
        setting(home.world, parts(home.world, project)), limits=Limits(starts_per_day=99, cost_per_day=per_day)
    )


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld(issues={1: issue(1), 2: issue(2), 3: issue(3)})


def test_that_the_days_limit_holds_is_said_once_each_time_it_begins_to(home: Home, world: FakeWorld) -> None:
    said = "$12.00 of $10.00 are spent in 24 h (limits.cost_per_day): no agent that is paid in USD starts"
    _limited(home, per_day=10)
    home.tick()
    world.end(cost_usd=12.0)
    home.tick()
    assert home.journal.attention == [said]
    assert [row.code for row in home.memory().state.projects["webshop"].waiting] == ["limit_cost_day"] * 2
    home.tick()
    before = home.memory().state
    home.tick()
    assert (home.journal.attention, home.memory().state, world.alive()) == ([], before, [])
    home.later(DAY)
    home.tick()
    assert (home.journal.attention, world.alive()) == ([], ["acme-webshop/2/1"])
    world.end(cost_usd=12.0)
    home.tick()
    assert home.journal.attention == [said]


def test_raising_the_days_limit_lets_attempts_start_again(home: Home, world: FakeWorld) -> None:
    _limited(home, per_day=10)
    home.tick()
    world.end(cost_usd=12.0)
    home.tick()
    _limited(home, per_day=13)
    home.tick()
    assert world.alive() == ["acme-webshop/2/1"]
    assert home.memory().state.spent_up == ()


def test_an_agent_that_does_not_tell_what_it_costs_is_stopped_by_nothing(home: Home, world: FakeWorld) -> None:
    _limited(home, per_day=0.01, per_issue=0.01)
    home.tick()
    world.end(tokens=10**9)
    home.tick()
    assert world.alive() == ["acme-webshop/2/1"]


def test_an_issue_that_has_cost_too_much_is_blocked_said_once_and_goes_on_when_that_was_raised(
    home: Home, world: FakeWorld
) -> None:
    world.issues = {1: issue(1)}
    _limited(home, per_issue=5)
    home.tick()
    world.end(Outcome.FAILED, cost_usd=6.0)
    home.tick()
    assert home.session().stage is Stage.BLOCKED
    assert home.journal.attention == [
        "webshop#1 blocked: $6.00 of $5.00 are spent on it (limits.cost_per_issue); "
        "raise it, then: intake retry webshop#1"
    ]
    home.tick()
    assert (home.journal.attention, world.alive()) == ([], [])
    _limited(home, per_issue=7)
    memory = home.memory()
    memory.keep(advance(memory.state.sessions[KEY], Event(Kind.ASKED, world.now)))
    memory.save()
    home.tick()
    assert world.alive() == ["acme-webshop/1/2"]
