"""Amounts in the agents' own currencies: summed, subtracted and said without making anything up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.cost import Cost, Told, beyond, cost_of, money, sums


def usd(amount: float) -> Cost:
    return Cost(amount=amount, currency="USD")


def credits_of(amount: float) -> Cost:
    return Cost(amount=amount, currency="credits")


def test_a_cost_is_told_in_one_currency() -> None:
    assert cost_of(0.5, None) == usd(0.5)
    assert cost_of(None, credits_of(3)) == credits_of(3)
    assert cost_of(None, None) is None


@pytest.mark.parametrize("amount", [-1, float("nan"), float("inf"), 1e300])
def test_what_is_no_amount_is_not_known(amount: float) -> None:
    assert cost_of(amount, None) is None
    assert cost_of(None, credits_of(amount)) is None


def test_currencies_are_never_added_up() -> None:
    assert sums([usd(0.1), credits_of(30), None, usd(0.2)]) == (usd(0.3), credits_of(30))
    assert sums([None]) == ()


def test_nothing_is_beyond_what_is_not_known() -> None:
    told = Told(cost=usd(2), tokens=3600)
    assert beyond(told, Told(cost=usd(0.5), tokens=1800)) == Told(cost=usd(1.5), tokens=1800)
    assert beyond(told, Told()) == beyond(Told(), told) == Told()
    assert beyond(told, Told(cost=credits_of(1), tokens=0)) == Told(cost=None, tokens=3600)


amounts = st.floats(0, 1e6)
tolds = st.builds(Told, cost=st.none() | st.builds(usd, amounts), tokens=st.none() | st.integers(0, 10**9))


@given(tolds, tolds)
def test_a_share_is_never_negative_and_never_more_than_was_told(now: Told, before: Told) -> None:
    own = beyond(now, before)
    assert own.cost is None or now.cost is None or 0 <= own.cost.amount <= now.cost.amount + 1e-9
    assert own.tokens is None or now.tokens is None or 0 <= own.tokens <= now.tokens


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (usd(0), "$0.00"),
        (usd(0.0004), "<$0.01"),
        (usd(0.42), "$0.42"),
        (usd(1234.5), "$1,234.50"),
        (credits_of(31), "31 credits"),
        (credits_of(2.5), "2.50 credits"),
        (credits_of(0.001), "<0.01 credits"),
    ],
)
def test_what_people_read(cost: Cost, said: str) -> None:
    assert money(cost) == said
