"""When an agent fails at once, whatever the issue, its starts rest: the fault is the agent's, not the issues'."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from issue_intake.core.attempt import Attempt, Outcome
from issue_intake.core.model import AgentRest
from issue_intake.core.policy import FIRST_DELAY, LONGEST_NAMED, QUICK, QUICK_ENDS, QUOTA_REST, doubling, due

_BAD = frozenset({Outcome.FAILED, Outcome.CRASHED, Outcome.SETUP_FAILED, Outcome.STALLED, Outcome.TIMEOUT})


def failing(rest: AgentRest) -> bool:
    """Whether enough quick bad ends came in a row that every further start is a probe."""
    return rest.quick >= QUICK_ENDS


def resting(rest: AgentRest, now: datetime) -> bool:
    """Whether no attempt of the agent may start now."""
    return rest.until is not None and not due(rest.until, now, LONGEST_NAMED)


def after_end(rest: AgentRest, attempt: Attempt, quota_until: datetime | None = None) -> AgentRest:
    """The rest after an attempt of the agent ended with a known outcome."""
    if attempt.ended_at is None or attempt.outcome is None or attempt.outcome is Outcome.CANCELLED:
        return rest
    if attempt.outcome is Outcome.QUOTA:
        until = quota_until or attempt.ended_at + QUOTA_REST
        # A month's limit is asked about again in between: a rest beyond the longest wait would count as none.
        until = min(until, attempt.ended_at + LONGEST_NAMED)
        return replace(rest, until=_longer(rest, until, attempt.ended_at), reason=attempt.note)
    if attempt.outcome not in _BAD or not _quick(attempt):
        return _recovered(rest)
    return _failed_quickly(rest, attempt, attempt.ended_at)


def lasted(rest: AgentRest, attempt: Attempt, now: datetime) -> AgentRest:
    """The rest once an attempt is seen alive: a probe that outlives the quick limit ends the resting."""
    if not attempt.probe or attempt.started_at is None or now - attempt.started_at < QUICK:
        return rest
    return _recovered(rest)


def _recovered(rest: AgentRest) -> AgentRest:
    """No quick ends any more; a usage limit that was named meanwhile still holds."""
    return AgentRest() if failing(rest) else replace(rest, quick=0)


def _quick(attempt: Attempt) -> bool:
    began = attempt.started_at or attempt.claimed_at
    return attempt.ended_at is not None and attempt.ended_at - began < QUICK


def _failed_quickly(rest: AgentRest, attempt: Attempt, at: datetime) -> AgentRest:
    counted = replace(rest, quick=rest.quick + 1, reason=attempt.note)
    if not failing(counted):
        return counted
    rests = rest.rests + 1
    return replace(counted, rests=rests, until=_longer(rest, at + doubling(FIRST_DELAY, rests), at))


def _longer(rest: AgentRest, until: datetime, at: datetime) -> datetime:
    """`until`, or what holds already: one that ended later may name less than one that ran beside it."""
    if rest.until is None or rest.until - at > LONGEST_NAMED:
        return until
    return max(until, rest.until)
