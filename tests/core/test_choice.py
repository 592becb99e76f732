"""The labels of an issue choose its agent; where they contradict each other nobody guesses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.choice import Choice, choose, news, of
from issue_intake.core.eligibility import Reason
from issue_intake.core.model import AgentRest, Issue, Poll, Session, Stage
from issue_intake.core.observe import observe
from issue_intake.core.plan import World
from issue_intake.core.policy import ByLabel, Limits, ProjectPolicy
from issue_intake.core.queue import Bounds, Polled, Selection, select
from tests.builders import LABEL, NOW, attempt, ended, issue, minutes, policy, session

CODEX = ByLabel(label="agent:codex", agent="codex", sets={"program": "codex"})
AGAIN = ByLabel(label="please-codex", agent="codex", sets={"program": "codex", "args": "-v"})
AIDER = ByLabel(label="agent:aider", agent="aider", sets={"program": "aider"})
OPUS = ByLabel(label="model:opus", sets={"model": "opus"})
HAIKU = ByLabel(label="model:haiku", sets={"model": "haiku"})
RULES = (CODEX, AIDER, OPUS, HAIKU, AGAIN)
POLICY = policy(by_label=RULES)


def _choose(*labels: str) -> Choice:
    return choose(POLICY, labels)


def test_without_a_label_that_matters_the_projects_own_agent_works() -> None:
    assert _choose("bug", LABEL) == Choice(agent="claude")


def test_a_label_counts_in_any_case() -> None:
    assert _choose("Agent:CODEX") == Choice(agent="codex", chosen_by=("agent:codex",))


def test_labels_that_set_different_things_go_together_in_the_order_of_the_configuration() -> None:
    assert _choose("model:opus", "agent:codex") == Choice(agent="codex", chosen_by=("agent:codex", "model:opus"))
    assert _choose("model:opus") == Choice(agent="claude", chosen_by=("model:opus",))


def test_of_labels_that_say_the_same_the_first_in_the_configuration_chose() -> None:
    same = replace(CODEX, label="codex")
    assert choose(policy(by_label=(same, CODEX)), ("agent:codex", "codex")).chosen_by == ("codex",)
    assert _choose("please-codex", "agent:codex").chosen_by == ("agent:codex", "please-codex")


def test_labels_that_contradict_each_other_choose_nothing_and_are_named() -> None:
    found = _choose("model:opus", "agent:aider", "agent:codex")
    assert found == Choice(agent="claude", conflicting=("agent:codex", "agent:aider"))
    assert found.sentence == "claude, the project's own: its labels agent:codex and agent:aider contradict each other"


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ((), "claude, the project's own"),
        (("agent:codex",), "codex, by its label agent:codex"),
        (("agent:codex", "model:opus"), "codex, by its labels agent:codex and model:opus"),
    ],
)
def test_a_choice_says_why(labels: tuple[str, ...], sentence: str) -> None:
    assert _choose(*labels).sentence == sentence


def test_a_conflict_is_said_for_the_first_attempt_that_has_it() -> None:
    torn = attempt(2, conflicting=("agent:codex", "agent:aider"))
    assert of(torn).sentence in news(session(attempts=(ended(1), torn)))
    assert news(session(attempts=(replace(torn, number=1), torn))) == ""
    assert news(session(attempts=(ended(1), attempt(2)))) == ""


THINGS = st.dictionaries(st.sampled_from(["model", "args", "env.A"]), st.sampled_from(["one", "two"]), max_size=2)
PROGRAMS = st.sampled_from(["", "claude", "codex", "aider"])
LABELS = st.sampled_from(["a", "b", "c", "d", "e"])


def _rule(label: str, agent: str, things: Mapping[str, str]) -> ByLabel:
    return ByLabel(label=label, agent=agent, sets={**things, **({"program": agent} if agent else {})})


@given(
    rules=st.lists(st.builds(_rule, LABELS, PROGRAMS, THINGS), max_size=5, unique_by=lambda rule: rule.label),
    labels=st.lists(LABELS | st.sampled_from(["A", "B", "other"]), max_size=6),
)
def test_the_choice_is_the_default_or_exactly_what_all_matching_rules_say(
    rules: list[ByLabel], labels: list[str]
) -> None:
    found = choose(policy(by_label=tuple(rules)), labels)
    matching = [rule for rule in rules if rule.label in {label.lower() for label in labels}]
    said = {(thing, value) for rule in matching for thing, value in rule.sets.items()}
    if len({thing for thing, _ in said}) < len(said):
        assert (found.agent, found.chosen_by) == ("claude", ())
        assert {rule.label for rule in matching} >= set(found.conflicting)
        assert len(found.conflicting) > 1
        return
    assert found.conflicting == ()
    assert found.agent == dict(said).get("program", "claude")
    chosen = [rule for rule in rules if rule.label in found.chosen_by]
    assert {pair for rule in chosen for pair in rule.sets.items()} == said


ROOMY = Bounds(limits=Limits(running=100, starts_per_day=100))
WIDE = replace(POLICY, running=9)


def _select(
    *issues: Issue, sessions: tuple[Session, ...] = (), seen: tuple[Issue, ...] = (), bounds: Bounds = ROOMY
) -> Selection:
    keys = {f"github:acme/webshop#{one.number}": one for one in seen}
    look = Polled(policy=WIDE, repo_id=7, poll=Poll(issues=issues), seen=keys)
    return select(NOW, [look], {s.key: s for s in sessions}, bounds)


def _bearing(number: int, *labels: str) -> Issue:
    return issue(number, labels=(LABEL, *labels))


def _resting(agent: str) -> Bounds:
    return replace(ROOMY, agents={agent: AgentRest(until=NOW + minutes(9), reason="usage limit")})


def _started(selection: Selection) -> list[tuple[int, str]]:
    return [(start.number, start.manned.agent) for start in selection.starts]


def _codes(selection: Selection) -> dict[str, str]:
    return {skip.label: skip.code for skip in selection.skipped}


def test_a_resting_agent_holds_the_issues_that_would_use_it_alone() -> None:
    both = (_bearing(1), _bearing(2, "agent:codex"))
    assert _started(_select(*both)) == [(1, "claude"), (2, "codex")]
    held = _select(*both, bounds=_resting("codex"))
    assert (_started(held), _codes(held)) == ([(1, "claude")], {"webshop#2": "agent_rests"})
    assert held.skipped[0].reason.startswith("codex rests until")
    assert _started(_select(*both, bounds=_resting("claude"))) == [(2, "codex")]


def test_contradicting_labels_are_judged_by_the_projects_own_agent() -> None:
    torn = _bearing(1, "agent:codex", "agent:aider")
    assert _started(_select(torn, bounds=_resting("codex"))) == [(1, "claude")]
    assert _started(_select(torn, bounds=_resting("claude"))) == []


def test_a_queued_session_is_judged_by_the_labels_its_issue_has_now() -> None:
    before = session(1, attempts=(ended(agent="claude"),))
    now = _bearing(1, "agent:codex")
    assert _started(_select(sessions=(before,), seen=(now,))) == [(1, "codex")]
    assert _started(_select(sessions=(before,), seen=(now,), bounds=_resting("claude"))) == [(1, "codex")]
    assert _started(_select(sessions=(before,), seen=(now,), bounds=_resting("codex"))) == []
    assert _started(_select(sessions=(before,))) == [(1, "claude")]


def test_each_failing_agent_has_a_probe_of_its_own() -> None:
    quick = AgentRest(quick=3, until=NOW - minutes(1), reason="exit code 1")
    issues = (_bearing(1), _bearing(2, "agent:codex"), _bearing(3), _bearing(4, "agent:codex"))
    bounds = replace(ROOMY, agents={"claude": quick, "codex": quick})
    assert _started(_select(*issues, bounds=bounds)) == [(1, "claude"), (2, "codex")]


def test_an_agent_that_cannot_start_holds_the_issues_that_chose_it_so() -> None:
    unable: dict[tuple[str, tuple[str, ...]], Reason] = {
        ("webshop", ("agent:codex",)): Reason("agent_missing", "codex is not on PATH")
    }
    issues = (_bearing(1), _bearing(2, "agent:codex"), _bearing(3, "model:opus"))
    selection = _select(*issues, bounds=replace(ROOMY, unable=unable))
    assert _started(selection) == [(1, "claude"), (3, "claude")]
    assert _codes(selection) == {"webshop#2": "agent_missing"}


def test_a_project_without_such_labels_chooses_nothing() -> None:
    plain: ProjectPolicy = policy()
    look = Polled(policy=plain, repo_id=7, poll=Poll(issues=(issue(1),)))
    (start,) = select(NOW, [look], {}, ROOMY).starts
    assert (start.choice, start.manned) == (None, plain)


def test_what_an_issue_may_cost_is_judged_by_the_agent_that_its_labels_choose() -> None:
    project = policy(by_label=RULES, currencies={"claude": "USD"}, cost_per_issue=5)
    dear = session(1, attempts=(ended(cost_usd=6.0),))
    asks = Polled(policy=project, repo_id=7, poll=Poll(issues=()), seen={dear.key: _bearing(1, "agent:codex")})
    assert _started(select(NOW, [asks], {dear.key: dear}, ROOMY)) == [(1, "codex")]
    assert select(NOW, [replace(asks, seen={dear.key: _bearing(1)})], {dear.key: dear}, ROOMY).starts == ()
    stages = [observe(NOW, project, dear, World(issue=one)).stage for one in (_bearing(1, "agent:codex"), _bearing(1))]
    assert stages == [Stage.QUEUED, Stage.BLOCKED]
    assert observe(NOW, project, dear, World()).stage is Stage.QUEUED, "nobody knows which agent would go on"
