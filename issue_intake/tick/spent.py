"""That the day's limit on cost holds is told once, when it begins to."""

from __future__ import annotations

from issue_intake.core.spending import of_day, over_day, reached
from issue_intake.tick.journal import Journal
from issue_intake.tick.setting import Setting


def tell_spent_up(setting: Setting, journal: Journal) -> None:
    """Tell of each currency in which nothing more may start, unless the run before did, and remember them."""
    limits = setting.limits
    spent = of_day(journal.now, journal.sessions.values()) if limits.cost_per_day is not None else ()
    held = tuple(cost.currency for cost in reached(limits.cost_per_day, spent))
    for currency in held:
        reason = over_day(limits, currency, spent)
        if reason is not None and currency not in journal.memory.state.spent_up:
            journal.warned(f"{reason.sentence}: no agent that is paid in {currency} starts")
    journal.memory.keep_spent_up(held)
