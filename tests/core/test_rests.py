"""An agent that fails at once, whatever the issue, rests; the issues do not pay for it."""

from __future__ import annotations

import pytest

from issue_intake.core.attempt import Attempt, Outcome
from issue_intake.core.model import AgentRest
from issue_intake.core.rests import after_end, failing, lasted, resting
from tests.builders import NOW, attempt, ended, minutes


def _quick(outcome: Outcome = Outcome.FAILED) -> Attempt:
    return ended(outcome=outcome, ended_at=NOW + minutes(0.5), note="exit code 1")


def _after(*attempts: Attempt) -> AgentRest:
    rest = AgentRest()
    for one in attempts:
        rest = after_end(rest, one)
    return rest


def test_three_quick_bad_ends_in_a_row_rest_the_agent() -> None:
    assert not resting(_after(_quick(), _quick()), NOW)
    rest = _after(_quick(), _quick(), _quick())
    assert resting(rest, NOW)
    assert failing(rest)
    assert rest.reason == "exit code 1"


@pytest.mark.parametrize(
    "between", [ended(), ended(outcome=Outcome.FAILED, ended_at=NOW + minutes(2)), ended(outcome=Outcome.BLOCKED)]
)
def test_an_attempt_that_lasts_or_ends_well_breaks_the_row(between: Attempt) -> None:
    assert not failing(_after(_quick(), _quick(), between, _quick()))


def test_a_cancelled_attempt_says_nothing_about_its_agent() -> None:
    assert _after(_quick(), _quick(), _quick(Outcome.CANCELLED)) == _after(_quick(), _quick())


def test_an_attempt_under_way_says_nothing_yet() -> None:
    assert _after(attempt()) == AgentRest()


def test_each_failed_probe_rests_the_agent_longer_up_to_an_hour() -> None:
    waits = []
    rest = _after(_quick(), _quick())
    for _ in range(9):
        rest = after_end(rest, _quick())
        assert rest.until is not None
        waits.append((rest.until - NOW - minutes(0.5)) / minutes(1))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_probe_that_lasts_ends_the_resting() -> None:
    rest = _after(_quick(), _quick(), _quick())
    probe = attempt(started_at=NOW, probe=True)
    assert lasted(rest, probe, NOW + minutes(0.5)) == rest
    assert lasted(rest, probe, NOW + minutes(1)) == AgentRest()


def test_an_old_attempt_that_still_runs_does_not_end_the_resting() -> None:
    rest = _after(_quick(), _quick(), _quick())
    assert lasted(rest, attempt(started_at=NOW), NOW + minutes(90)) == rest


def test_a_usage_limit_rests_the_agent_until_the_time_it_named() -> None:
    limit = ended(outcome=Outcome.QUOTA, note="usage limit")
    assert after_end(AgentRest(), limit, NOW + minutes(90)).until == NOW + minutes(90)
    assert after_end(AgentRest(), limit).until == NOW + minutes(35)


@pytest.mark.parametrize("later", [ended(outcome=Outcome.QUOTA), _quick()])
def test_of_several_that_ran_at_once_the_last_to_end_shortens_no_rest(later: Attempt) -> None:
    limit = ended(outcome=Outcome.QUOTA, note="usage limit")
    rest = after_end(_after(_quick(), _quick()), limit, NOW + minutes(300))
    assert after_end(rest, later).until == NOW + minutes(300)


def test_a_rest_further_ahead_than_any_may_last_is_a_clocks_fault_and_holds_nothing_up() -> None:
    far = AgentRest(until=NOW + minutes(60 * 24 * 400))
    assert after_end(far, ended(outcome=Outcome.QUOTA)).until == NOW + minutes(35)


def test_a_limit_of_a_month_is_no_clocks_fault_and_rests_the_agent_as_long_as_any_wait_may_last() -> None:
    limit = ended(outcome=Outcome.QUOTA, note="until 10/26/2026")
    rest = after_end(AgentRest(), limit, NOW + minutes(60 * 24 * 25))
    assert resting(rest, NOW + minutes(60 * 24 * 7))


def test_a_good_end_elsewhere_does_not_lift_a_usage_limit() -> None:
    limited = after_end(AgentRest(quick=1), ended(outcome=Outcome.QUOTA), NOW + minutes(90))
    after = after_end(limited, ended())
    assert resting(after, NOW)
    assert after.quick == 0


def test_a_rest_that_ends_absurdly_far_ahead_is_a_clocks_fault() -> None:
    assert not resting(AgentRest(until=NOW + minutes(60 * 24 * 365)), NOW)
