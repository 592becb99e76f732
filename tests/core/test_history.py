"""What leaves the hot memory, and under which keys it is looked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from issue_intake.core.history import archivable, known_keys, known_paths
from issue_intake.core.model import ProjectState, Session, Stage
from issue_intake.core.projects import looked_at
from issue_intake.core.stages import OVER
from tests.builders import NOW, attempt, minutes, policy, pull, session

WEEK = minutes(60 * 24 * 7)
LATER = NOW + WEEK + minutes(1)


def _over(**changes: object) -> Session:
    return replace(session(stage=Stage.DONE, workspace="removed"), **changes)  # type: ignore[arg-type] # names fields


def test_what_is_over_and_cleaned_up_leaves_after_a_week() -> None:
    assert archivable(LATER, _over())
    assert archivable(LATER, _over(pull=pull(state="merged"), workspace="none"))
    assert not archivable(NOW + WEEK, _over())


@pytest.mark.parametrize("stage", sorted(set(Stage) - OVER))
def test_what_is_not_over_stays(stage: Stage) -> None:
    assert not archivable(LATER, _over(stage=stage))


@pytest.mark.parametrize(
    "changes",
    [
        {"workspace": "kept"},
        {"workspace": "ready"},
        {"listed": True},
        {"pull": pull()},
        {"attempts": (attempt(handle={"pid": 1}),)},
    ],
)
def test_what_something_is_still_to_come_of_stays(changes: dict[str, object]) -> None:
    assert not archivable(LATER, _over(**changes))


def test_an_issue_is_looked_for_under_every_path_its_repository_had() -> None:
    first = looked_at(NOW, ProjectState(), policy("webshop"), 7)
    second = looked_at(NOW, first, policy("shop"), 7)
    third = looked_at(NOW, second, policy("boutique"), None)
    keys = list(known_keys(known_paths(policy("boutique"), {"boutique": third}), 4))
    assert keys == ["github:acme/boutique#4", "github:acme/webshop#4", "github:acme/shop#4"]


def test_a_path_under_another_project_of_the_same_repository_counts_too() -> None:
    projects = {"old": looked_at(NOW, ProjectState(), policy("old"), 7), "new": ProjectState(repo_id=7)}
    assert list(known_keys(known_paths(policy("new"), projects), 4)) == ["github:acme/new#4", "github:acme/old#4"]


def test_another_repository_under_the_same_project_has_no_former_paths() -> None:
    first = looked_at(NOW, ProjectState(), policy("webshop"), 7)
    other = looked_at(NOW, first, policy("shop"), 8)
    assert other.former == ()
    assert list(known_keys(known_paths(policy("unseen"), {}), 4)) == ["github:acme/unseen#4"]
