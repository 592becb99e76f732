"""What is remembered of a project."""

from __future__ import annotations

from dataclasses import replace

from issue_intake.core.model import Backoff, ProjectState
from issue_intake.core.policy import doubling, due
from issue_intake.core.projects import (
    backed_off,
    known_id,
    lasting,
    lifted,
    limit,
    limited,
    looked_at,
    recovered,
    rehomed,
    resting,
)
from tests.builders import NOW, minutes, policy, session

DAY = minutes(60 * 24)


def test_a_named_time_is_kept_and_marked() -> None:
    after = backed_off(NOW, policy(), ProjectState(), "limit", NOW + minutes(50))
    assert after.backoff == Backoff(until=NOW + minutes(50), reason="limit", named=True)
    assert resting(NOW, policy(), after)
    assert not resting(NOW + minutes(50), policy(), after)


def test_a_backoff_longer_than_an_hour_holds_where_the_user_wants_it() -> None:
    patient = policy(backoff=DAY)
    after = backed_off(NOW, patient, ProjectState(), "HTTP 500")
    assert resting(NOW + minutes(600), patient, after)


def test_a_backoff_further_ahead_than_any_delay_is_a_clocks_fault() -> None:
    broken = ProjectState(backoff=Backoff(until=NOW + DAY, reason="HTTP 500"))
    assert not resting(NOW, policy(), broken)
    assert not resting(NOW, policy(), ProjectState())


def test_delays_double_up_to_an_hour_however_often_it_failed() -> None:
    assert [doubling(minutes(1), n) / minutes(1) for n in (0, 1, 2, 3, 7, 99_999)] == [1, 1, 2, 4, 60, 60]
    assert doubling(DAY, 5) == DAY


def test_no_time_at_all_is_due() -> None:
    assert due(None, NOW)


def test_the_first_credential_lifts_nothing_and_another_one_does() -> None:
    rested = ProjectState(backoff=Backoff(until=NOW + minutes(5), reason="HTTP 401"))
    first = lifted(rested, "one", by_hand=False)
    assert first.backoff == rested.backoff
    assert lifted(first, "one", by_hand=False).backoff
    assert lifted(first, "two", by_hand=False).backoff is None
    assert lifted(first, "one", by_hand=True).backoff is None


def test_a_repository_id_is_known_only_for_the_name_it_was_looked_up_for() -> None:
    known = looked_at(NOW, ProjectState(), policy(), 7)
    assert known_id(known, policy()) == 7
    assert known_id(known, policy("boutique")) is None
    assert looked_at(NOW, known, policy(), None).repo_id == 7


def test_a_backoff_is_forgotten_only_when_nothing_failed() -> None:
    rested = ProjectState(backoff=Backoff(until=NOW, reason="HTTP 500", failures=3))
    assert looked_at(NOW, rested, policy(), 7).backoff == rested.backoff
    assert recovered(rested).backoff is None


def test_a_limit_met_in_a_row_rests_its_credential_longer() -> None:
    first = limited(NOW, None, "limit", NOW)
    assert (first.until, first.failures) == (NOW + minutes(1), 1)
    second = limited(first.until, first, "limit", first.until)
    assert (second.until - first.until, second.failures) == (minutes(2), 2)
    assert limited(NOW + DAY, second, "limit", NOW + DAY).failures == 1
    assert limited(NOW, None, "limit", NOW + minutes(40)).until == NOW + minutes(40)


def test_a_limit_holds_for_its_credential_alone_and_is_forgotten_in_the_end() -> None:
    rests = {"one": limited(NOW, None, "limit", NOW + minutes(40))}
    assert limit(NOW, rests, "one")
    assert limit(NOW, rests, "two") is None
    assert limit(NOW + minutes(40), rests, "one") is None
    assert lasting(NOW + minutes(60), rests) == rests
    assert lasting(NOW + DAY, rests) == {}


def test_sessions_follow_their_repository_to_the_projects_new_name() -> None:
    one = session()
    assert rehomed([one], [policy()], {}) == ()
    assert rehomed([one], [replace(policy(), name="shop")], {}) == (replace(one, project="shop"),)
    by_id = rehomed([one], [policy("boutique")], {"boutique": ProjectState(repo_id=7)})
    assert by_id == (replace(one, project="boutique"),)
    assert rehomed([one], [policy("other")], {"other": ProjectState(repo_id=8)}) == ()
