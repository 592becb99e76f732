"""Which open issues a project takes."""

from __future__ import annotations

from typing import Any

import pytest

from issue_intake.core.eligibility import judge
from issue_intake.core.ports import Rule
from tests.builders import issue

TAKEN = [
    ({"labels": ("Agent:Queued", "x")}, Rule(labels=("agent:queued",))),
    ({"labels": ("a", "b")}, Rule(labels=("A", "B"))),
    ({"assignees": ("OctoCat",)}, Rule(assignee="octocat")),
    ({"assignees": ("anyone",)}, Rule(assignee="*")),
    ({"assignees": ()}, Rule(assignee="none")),
    ({"labels": ("🚀 go/now",)}, Rule(labels=("🚀 GO/NOW",))),
    ({"labels": ("straße",)}, Rule(labels=("STRASSE",))),
]
LEFT = [
    ({"state": "closed"}, Rule(labels=("agent:queued",)), "closed"),
    ({"labels": ("a",)}, Rule(labels=("a", "b")), "label_missing"),
    ({"labels": ()}, Rule(labels=("a",)), "label_missing"),
    ({"labels": ("a", "WIP")}, Rule(labels=("a",), exclude_labels=("wip",)), "excluded"),
    ({"assignees": ()}, Rule(assignee="*"), "assignee"),
    ({"assignees": ("x",)}, Rule(assignee="none"), "assignee"),
    ({"assignees": ("x",)}, Rule(assignee="octocat"), "assignee"),
]


@pytest.mark.parametrize(("facts", "rule"), TAKEN)
def test_an_issue_that_meets_the_rule_is_taken(facts: dict[str, Any], rule: Rule) -> None:
    assert judge(issue(**facts), rule) is None


@pytest.mark.parametrize(("facts", "rule", "code"), LEFT)
def test_an_issue_that_does_not_meet_the_rule_is_left_with_its_reason(
    facts: dict[str, Any], rule: Rule, code: str
) -> None:
    reason = judge(issue(**facts), rule)
    assert reason is not None
    assert reason.code == code
    assert reason.sentence
