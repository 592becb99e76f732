"""What is remembered of a project."""

from __future__ import annotations

from dataclasses import replace

from issue_intake.core.model import Backoff, ProjectState
from issue_intake.core.policy import doubling, due
from issue_intake.core.projects import backed_off, known_id, lifted, looked_at, recovered, rehomed, resting
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


def test_sessions_follow_their_repository_to_the_projects_new_name() -> None:
    one = session()
    assert rehomed([one], [policy()], {}) == ()
    assert rehomed([one], [replace(policy(), name="shop")], {}) == (replace(one, project="shop"),)
    by_id = rehomed([one], [policy("boutique")], {"boutique": ProjectState(repo_id=7)})
    assert by_id == (replace(one, project="boutique"),)
    assert rehomed([one], [policy("other")], {"other": ProjectState(repo_id=8)}) == ()
