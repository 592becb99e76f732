"""What is spent, whose it is, and what it stops: only what was told counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from issue_intake.core.attempt import Attempt, Outcome
from issue_intake.core.cost import Cost, sums
from issue_intake.core.ends import settle
from issue_intake.core.model import Poll, Session, Stage
from issue_intake.core.observe import observe
from issue_intake.core.plan import World
from issue_intake.core.policy import Limits, ProjectPolicy
from issue_intake.core.queue import Bounds, Polled, Selection, select
from issue_intake.core.spending import of_day, of_session, tokens_of
from issue_intake.core.stages import Event, Kind, advance
from tests.builders import (
    NOW,
    attempt,
    end,
    ended,
    issue,
    minutes,
    policy,
    pull,
    pull_facts,
    review,
    reviewed,
    running,
    session,
)

LATER = NOW + minutes(6)
DAY = 24 * 60
WHOLE: dict[str, Any] = {"conversation": "c", "whole_conversation": True}
CURRENCIES = {"claude": "USD", "copilot": "credits"}


def _credits(amount: float) -> Cost:
    return Cost(amount=amount, currency="credits")


def _paid(amount: float | None, number: int = 1, *, ago: float = 5) -> Attempt:
    return ended(number, ended_at=NOW - minutes(ago), cost_usd=amount)


def _policy(agent: str = "claude", per_issue: float | None = None) -> ProjectPolicy:
    return policy(agent=agent, running=9, open_pulls=9, currencies=CURRENCIES, cost_per_issue=per_issue)


def _select(project: ProjectPolicy, *sessions: Session, per_day: float | None = None) -> Selection:
    bounds = Bounds(limits=Limits(running=99, starts_per_day=99, cost_per_day=per_day))
    polled = [Polled(policy=project, repo_id=7, poll=Poll(issues=(issue(9),)))]
    return select(NOW, polled, {one.key: one for one in sessions}, bounds)


def _resumed(*before: Attempt, **told: Any) -> Attempt:
    """A second run of the conversation "c", ended with what its agent told."""
    last = attempt(len(before) + 1, handle={"pid": 1}, started_at=NOW, resumed=True)
    return settle(LATER, policy(), running(attempts=(*before, last)), end(**{**WHOLE, **told})).attempts[-1]


def _first(**told: Any) -> Attempt:
    return settle(LATER, policy(), running(), end(**{**WHOLE, **told})).attempts[-1]


def test_an_agent_that_tells_of_each_run_is_taken_at_its_word() -> None:
    own = _resumed(_first(tokens=1800), tokens=3600, cost_usd=1.0, whole_conversation=False)
    assert (own.tokens, own.cost_usd, own.told) == (3600, 1.0, None)


def test_of_a_whole_conversation_an_attempt_has_only_what_came_with_it() -> None:
    first = _first(tokens=1800, cost_other=_credits(3))
    second = _resumed(first, tokens=3600, cost_other=_credits(5))
    third = _resumed(first, second, tokens=9600, cost_other=_credits(5.5))
    assert [one.tokens for one in (first, second, third)] == [1800, 1800, 6000]
    assert [one.cost for one in (first, second, third)] == [_credits(3), _credits(2), _credits(0.5)]


def test_another_conversation_begins_at_nothing() -> None:
    fresh = settle(
        LATER,
        policy(),
        running(attempts=(_first(tokens=1800), attempt(2, handle={"pid": 1}, started_at=NOW))),
        end(conversation="d", whole_conversation=True, tokens=500),
    )
    assert fresh.attempts[-1].tokens == 500


def test_where_the_earlier_run_told_nothing_the_next_ones_share_is_unknown_and_the_one_after_is_known() -> None:
    silent = _first(tokens=None)
    second = _resumed(silent, tokens=3600)
    assert second.tokens is None
    assert _resumed(silent, second, tokens=4000).tokens == 400
    older = ended(conversation="c", tokens=1800)  # of a memory that did not keep what was told
    assert _resumed(older, tokens=3600).tokens is None


def test_a_conversation_of_which_no_earlier_run_is_on_record_has_an_unknown_share() -> None:
    assert _resumed(tokens=3600).tokens is None
    assert _resumed(_first(tokens=1800), tokens=3600, conversation=None).tokens is None


def test_a_total_that_fell_is_no_gain() -> None:
    assert _resumed(_first(tokens=1800), tokens=100).tokens == 0


def test_the_sums_of_a_session_are_of_what_is_known() -> None:
    mixed = session(attempts=(_paid(0.1), _paid(None, 2), _paid(0.2, 3), replace(ended(4), cost_other=_credits(30))))
    assert of_session(mixed) == (Cost(amount=0.3, currency="USD"), _credits(30))
    assert tokens_of(mixed) is None
    assert tokens_of(session(attempts=(ended(tokens=5), ended(2), ended(3, tokens=7)))) == 12


def test_a_day_has_24_hours() -> None:
    old = session(1, Stage.DONE, attempts=(_paid(4, ago=DAY), _paid(1, 2, ago=DAY - 1), attempt(3)))
    assert of_day(NOW, [old, session(2, attempts=(_paid(2, ago=0),))]) == (Cost(amount=3, currency="USD"),)


def test_a_clock_that_was_set_back_makes_nothing_unspent() -> None:
    ahead = session(attempts=(_paid(3, ago=-60), _paid(4, 2, ago=-DAY)))
    assert of_day(NOW, [ahead]) == (Cost(amount=3, currency="USD"),)


def test_what_the_day_has_cost_stops_new_issues_and_queued_sessions_with_a_reason() -> None:
    spender = session(1, Stage.DONE, attempts=(_paid(6), _paid(4.5, 2)))
    queued = session(2, attempts=(ended(),))
    held = _select(_policy(), spender, queued, per_day=10)
    assert held.starts == ()
    reasons = {skip.label: (skip.code, skip.reason) for skip in held.skipped}
    said = ("limit_cost_day", "$10.50 of $10.00 are spent in 24 h (limits.cost_per_day)")
    assert reasons == {"webshop#9": said, "webshop#2": said}
    assert [row.reason for row in held.waiting["webshop"]] == [said[1]]
    assert len(_select(_policy(), spender, queued, per_day=10.51).starts) == 2
    assert len(_select(_policy(), spender, queued).starts) == 2


def test_a_limit_holds_in_the_currency_of_the_agent_that_would_start() -> None:
    spender = session(1, Stage.DONE, attempts=(_paid(50),))
    assert _select(_policy("copilot"), spender, per_day=10).starts
    assert _select(_policy("codex"), spender, per_day=10).starts, "one that tells nothing is stopped by nothing"
    credited = session(1, Stage.DONE, attempts=(replace(_paid(None), cost_other=_credits(50)),))
    assert not _select(_policy("copilot"), credited, per_day=10).starts


def test_a_session_that_has_cost_too_much_starts_nothing_and_waits_for_a_person() -> None:
    dear = session(attempts=(_paid(3, ago=9999), _paid(2, 2)), listed=True)
    (skip,) = [skip for skip in _select(_policy(per_issue=5), dear).skipped if skip.label == "webshop#1"]
    assert (skip.code, skip.reason) == ("limit_cost_issue", "$5.00 of $5.00 are spent on it (limits.cost_per_issue)")
    after = observe(NOW, _policy(per_issue=5), dear, World())
    assert (after.stage, after.note) == (
        Stage.BLOCKED,
        "$5.00 of $5.00 are spent on it (limits.cost_per_issue); raise it, then: intake retry webshop#1",
    )
    asked = advance(after, Event(Kind.ASKED, NOW))
    assert observe(NOW, _policy(per_issue=5), asked, World()).stage is Stage.BLOCKED
    raised = observe(NOW, _policy(per_issue=6), asked, World())
    assert raised.stage is Stage.QUEUED
    assert "webshop#1" in {start.label for start in _select(_policy(per_issue=6), raised).starts}


def test_an_agent_that_counts_otherwise_may_go_on_with_a_dear_issue() -> None:
    dear = session(attempts=(_paid(50),))
    for agent in ("codex", "copilot"):
        assert observe(NOW, _policy(agent, per_issue=5), dear, World()).stage is Stage.QUEUED


def test_a_pull_request_that_waits_is_not_touched_by_what_its_issue_has_cost() -> None:
    waiting = reviewed(attempts=(_paid(50),))
    assert observe(NOW, _policy(per_issue=5), waiting, World()) == waiting


def test_rework_that_may_not_be_paid_for_waits_for_a_person() -> None:
    wanted = review(state="changes_requested", text="Please rename it.", at=NOW - minutes(9))
    world = World(pull=pull(), facts=pull_facts(reviews=(wanted,)))
    dear = reviewed(attempts=(_paid(50),), pull=pull())
    assert observe(NOW, _policy(), dear, world).stage is Stage.QUEUED
    assert observe(NOW, _policy(per_issue=5), dear, world).stage is Stage.BLOCKED


def test_a_bad_end_that_used_the_limit_up_is_not_tried_again() -> None:
    before = running(attempts=(attempt(handle={"pid": 1}, started_at=NOW),))
    settled = settle(LATER, _policy(per_issue=5), before, end(Outcome.FAILED, cost_usd=7.0))
    assert observe(LATER, _policy(per_issue=5), settled, World()).stage is Stage.BLOCKED
    assert observe(LATER, None, settled, World()).stage is Stage.QUEUED


COSTS = st.none() | st.floats(0, 30, allow_nan=False)
ATTEMPTS = st.lists(st.tuples(COSTS, COSTS, st.integers(0, 2 * DAY)), max_size=4).map(
    lambda drawn: tuple(
        replace(_paid(dollars, number, ago=ago), cost_other=None if tokens is None else _credits(tokens))
        for number, (dollars, tokens, ago) in enumerate(drawn, start=1)
    )
)


@settings(max_examples=60)
@given(
    attempts=st.lists(ATTEMPTS, min_size=1, max_size=6),
    stages=st.lists(st.sampled_from([Stage.QUEUED, Stage.DONE]), min_size=6, max_size=6),
    limits=st.tuples(st.none() | st.integers(1, 40), st.none() | st.integers(1, 40)),
    agent=st.sampled_from(["claude", "copilot", "codex"]),
)
def test_no_attempt_ever_starts_once_the_known_cost_has_reached_a_limit(
    attempts: list[tuple[Attempt, ...]], stages: list[Stage], limits: tuple[int | None, int | None], agent: str
) -> None:
    per_day, per_issue = limits
    sessions = [session(n, stages[n - 1], attempts=tried) for n, tried in enumerate(attempts, start=1)]
    chosen = _select(_policy(agent, per_issue), *sessions, per_day=per_day)
    currency = CURRENCIES.get(agent)
    today = {cost.currency: cost.amount for cost in of_day(NOW, sessions)}.get(currency or "", 0)
    for start in chosen.starts:
        spent = sums(each.cost for each in start.session.attempts) if start.session is not None else ()
        assert per_day is None or today < per_day
        assert all(per_issue is None or cost.amount < per_issue for cost in spent if cost.currency == currency)
    if per_day is None and per_issue is None:
        assert len(chosen.starts) == 1 + stages[: len(sessions)].count(Stage.QUEUED)
