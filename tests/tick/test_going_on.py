"""Which attempt goes on with the conversation of the one before it."""

from __future__ import annotations

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.work import Lost, Rebooted, Sight
from tests.builders import end
from tests.fakes import FakeWorld
from tests.tick.homes import Home

TOLD = end(None, conversation="abc-123", cost_usd=0.5, tokens=7)


def _retried(home: Home) -> bool:
    """Whether the retry, once it is due, goes on with a conversation."""
    home.tick()
    home.later(31)
    home.tick()
    return home.session().attempts[-1].resumed


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.TIMEOUT, Outcome.STALLED, Outcome.QUOTA])
def test_a_retry_goes_on_with_what_was_broken_off(home: Home, world: FakeWorld, outcome: Outcome) -> None:
    home.tick()
    world.end(outcome, conversation="abc-123")
    assert _retried(home)


def test_what_was_gone_on_with_in_vain_is_left_and_what_began_afresh_is_gone_on_with(
    home: Home, world: FakeWorld
) -> None:
    home.tick()
    resumed = []
    for name in ("one", "one", "two"):
        resumed.append(home.session().attempts[-1].resumed)
        world.end(Outcome.TIMEOUT, conversation=name)
        home.tick()
        home.later(31)
        home.tick()
    assert resumed == [False, True, False]


def test_a_refusal_leaves_a_conversation_what_it_was(home: Home, world: FakeWorld) -> None:
    home.tick()
    for _ in range(3):
        world.end(Outcome.QUOTA, conversation="abc-123")
        assert _retried(home)


def test_nothing_is_gone_on_with_where_no_agent_ran(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.end(Outcome.SETUP_FAILED, conversation="abc-123")
    assert not _retried(home)


@pytest.mark.parametrize("gone", [Lost(ran=True, told=TOLD), Rebooted(TOLD)])
def test_a_worker_that_was_killed_loses_neither_its_agents_conversation_nor_its_cost(
    home: Home, world: FakeWorld, gone: Sight
) -> None:
    home.tick()
    world.sights["acme-webshop/1/1"] = gone
    assert _retried(home)
    first = home.session().attempts[0]
    assert (first.outcome, first.conversation, first.cost_usd, first.tokens) == (Outcome.CRASHED, "abc-123", 0.5, 7)
