"""What is remembered of refused issues: nothing is asked twice for nothing, and no issue waits for ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from issue_intake.core.authors import Authors
from issue_intake.core.eligibility import UNTOLD, Reason
from issue_intake.core.model import Issue, ProjectState
from issue_intake.core.ports import Rule
from issue_intake.core.refusals import refusing, remembered, still
from tests.builders import NOW, issue, minutes, policy

STRANGER = Reason("stranger", "its author eve has no write access")


def _old(number: int, **changes: Any) -> Issue:
    """Changed long before anybody looked."""
    return issue(number, **{"updated_at": NOW - minutes(60), **changes})


def _refusing(*issues: Issue, reason: Reason = STRANGER, at: float = 0) -> ProjectState:
    project = ProjectState()
    for number, one in enumerate(issues):
        project = refusing(NOW + minutes(at) + minutes(number) / 60, policy(), project, one, reason)
    return project


def _known(project: ProjectState, *issues: Issue, at: float = 1, **changes: Any) -> set[int]:
    return set(remembered(NOW + minutes(at), policy(**changes), project, issues))


def test_an_unchanged_issue_is_asked_about_again_after_an_hour() -> None:
    project = _refusing(_old(1))
    assert remembered(NOW + minutes(59), policy(), project, [_old(1)]) == {1: STRANGER}
    assert _known(project, _old(1), at=60) == set()
    assert _known(project, _old(1), at=-1) == set(), "a clock that was set back keeps nothing refused"


def test_what_could_not_be_told_is_asked_again_sooner() -> None:
    project = _refusing(_old(1), reason=Reason(UNTOLD, "could not be told"))
    assert (_known(project, _old(1), at=9), _known(project, _old(1), at=10)) == ({1}, set())


def test_one_that_had_just_been_changed_is_asked_about_again_after_a_minute() -> None:
    """Within a second a label may have come that its time does not show."""
    fresh = issue(1, updated_at=NOW - minutes(0.5))
    project = _refusing(fresh)
    assert (_known(project, fresh, at=0.9), _known(project, fresh, at=1)) == ({1}, set())
    assert _known(_refusing(fresh, at=1), fresh, at=59) == {1}


def test_a_change_of_the_issue_or_the_configuration_asks_again_at_once() -> None:
    project = _refusing(_old(1))
    assert _known(project, _old(1, updated_at=NOW + minutes(1))) == set()
    assert _known(project, _old(1), authors=Authors(trusted=("eve",))) == set()
    assert _known(project, _old(1), rule=Rule(labels=("other",))) == set()


def test_no_more_than_ten_are_asked_about_again_in_one_run_the_longest_not_asked_first() -> None:
    issues = [_old(number) for number in range(1, 31)]
    project = _refusing(*reversed(issues))
    assert _known(project, *issues, at=120) == set(range(1, 21))
    for number in range(21, 31):
        project = refusing(NOW + minutes(120), policy(), project, _old(number), STRANGER)
    assert _known(project, *issues, at=121) == {*range(1, 11), *range(21, 31)}


def test_what_is_listed_no_more_is_forgotten() -> None:
    project = _refusing(_old(1), _old(2))
    assert [row.number for row in still(project, {2, 3}).refused] == [2]
    assert still(project, {1, 2}) is project
    assert _known(project, _old(2)) == {2}
    again = refusing(NOW, policy(), project, _old(1), replace(STRANGER, code="changed"))
    assert [(row.number, row.code) for row in again.refused] == [(1, "changed"), (2, "stranger")]
