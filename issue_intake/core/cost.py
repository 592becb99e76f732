"""What agents tell of their use: amounts in their own currency, never worked out from tokens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import fsum

from issue_intake.core.record import record

_ABSURD = 1e15
_DIGITS = 9  # beyond them there is only the noise of binary fractions
_SMALLEST = 0.005


@record
class Cost:
    """An amount in an agent's own currency: USD, credits."""

    amount: float
    currency: str


@record
class Told:
    """What an agent told that a conversation had used so far. None: it did not tell."""

    cost: Cost | None = None
    tokens: int | None = None


def cost_of(usd: float | None, other: Cost | None) -> Cost | None:
    """The cost, whichever currency it was told in; None where none was told, or what was told is no amount."""
    cost = other if usd is None else Cost(amount=usd, currency="USD")
    return cost if cost is not None and 0 <= cost.amount < _ABSURD else None


def sums(costs: Iterable[Cost | None]) -> tuple[Cost, ...]:
    """What they come to in each currency, in the order of their names. None is not known, and counts nothing."""
    amounts = defaultdict[str, list[float]](list)
    for cost in costs:
        if cost is not None:
            amounts[cost.currency].append(cost.amount)
    return tuple(Cost(amount=round(fsum(each), _DIGITS), currency=name) for name, each in sorted(amounts.items()))


def beyond(now: Told, before: Told) -> Told:
    """What was used since `before`: never less than nothing, and unknown where either is."""
    tokens = None if now.tokens is None or before.tokens is None else max(0, now.tokens - before.tokens)
    return Told(cost=_cost_beyond(now.cost, before.cost), tokens=tokens)


def _cost_beyond(now: Cost | None, before: Cost | None) -> Cost | None:
    if now is None or before is None or now.currency != before.currency:
        return None
    return Cost(amount=max(0.0, round(now.amount - before.amount, _DIGITS)), currency=now.currency)


def money(cost: Cost) -> str:
    """For people: `$12.40`, `31 credits`. What is not free never reads as free."""
    small = 0 < cost.amount < _SMALLEST
    amount = "0.01" if small else f"{cost.amount:,.2f}"
    if cost.currency == "USD":
        return f"{'<' if small else ''}${amount}"
    return f"{'<' if small else ''}{amount.removesuffix('.00')} {cost.currency}"
