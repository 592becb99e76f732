"""What sessions have spent, and which limit that has reached. What is not known counts nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from issue_intake.core.attempt import Attempt, End
from issue_intake.core.cost import Cost, Told, beyond, cost_of, money, sums
from issue_intake.core.eligibility import Reason
from issue_intake.core.model import Session
from issue_intake.core.policy import Limits, ProjectPolicy, of_the_day


def charged(attempt: Attempt, earlier: Iterable[Attempt], end: End) -> Attempt:
    """The attempt that ended, with what it alone has used."""
    told = Told(cost=cost_of(end.cost_usd, end.cost_other), tokens=end.tokens)
    if not end.whole_conversation:
        return _with(attempt, told)
    before = _told_before(attempt, earlier, end.conversation)
    return replace(_with(attempt, told if before is None else beyond(told, before)), told=told)


def _told_before(attempt: Attempt, earlier: Iterable[Attempt], conversation: str | None) -> Told | None:
    """What was told of the conversation when the attempt began, None where it began with it."""
    same = [each for each in earlier if conversation is not None and each.conversation == conversation]
    if same:
        return same[-1].told or Told()
    return Told() if attempt.resumed else None


def _with(attempt: Attempt, own: Told) -> Attempt:
    usd = own.cost is not None and own.cost.currency == "USD"
    return replace(
        attempt,
        cost_usd=own.cost.amount if own.cost is not None and usd else None,
        cost_other=None if usd else own.cost,
        tokens=own.tokens,
    )


def of_day(now: datetime, sessions: Iterable[Session]) -> tuple[Cost, ...]:
    """What the attempts that ended in the 24 hours before now have cost, in each currency."""
    return sums(attempt.cost for session in sessions for attempt in session.attempts if _recent(now, attempt))


def of_session(session: Session) -> tuple[Cost, ...]:
    """What all attempts of the session have cost, in each currency."""
    return sums(attempt.cost for attempt in session.attempts)


def tokens_of(session: Session) -> int | None:
    """The tokens of all attempts that are known, None where none are."""
    known = [attempt.tokens for attempt in session.attempts if attempt.tokens is not None]
    return sum(known) if known else None


def reached(limit: float | None, spent: Iterable[Cost]) -> tuple[Cost, ...]:
    """Those of the sums that are not below the limit, which holds in each currency alike."""
    return tuple(cost for cost in spent if limit is not None and cost.amount >= limit)


def over_day(limits: Limits, currency: str | None, spent: Iterable[Cost]) -> Reason | None:
    """Why no agent that counts in `currency` starts today; None when it may. `spent`: that of the day."""
    limit = limits.cost_per_day
    held = next((cost for cost in reached(limit, spent) if cost.currency == currency), None)
    if limit is None or held is None:
        return None
    return Reason("limit_cost_day", f"{_of(held, limit)} are spent in 24 h (limits.cost_per_day)")


def over_issue(policy: ProjectPolicy, agent: str, session: Session) -> Reason | None:
    """Why the agent works no more on the session's issue; None when it may."""
    limit, currency = policy.cost_per_issue, policy.currencies.get(agent)
    held = next((cost for cost in reached(limit, of_session(session)) if cost.currency == currency), None)
    if limit is None or held is None:
        return None
    return Reason("limit_cost_issue", f"{_of(held, limit)} are spent on it (limits.cost_per_issue)")


def _of(spent: Cost, limit: float) -> str:
    return f"{money(spent)} of {money(Cost(amount=limit, currency=spent.currency))}"


def _recent(now: datetime, attempt: Attempt) -> bool:
    return attempt.ended_at is not None and of_the_day(attempt.ended_at, now)
