"""Which agent works on an issue, by the labels it bears. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from issue_intake.core.attempt import Attempt
from issue_intake.core.model import Session
from issue_intake.core.policy import ByLabel, ProjectPolicy
from issue_intake.core.record import record
from issue_intake.core.text import one_line


@record
class Choice:
    """The agent of an issue, by its name. `chosen_by`: the labels that chose it, or how it is set up.

    Without them it is the project's own. `conflicting`: labels that contradict each other, for which that is taken.
    """

    agent: str
    chosen_by: tuple[str, ...] = ()
    conflicting: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Which agent it is, and why."""
        if self.conflicting:
            return f"{self.agent}, the project's own: its labels {_listed(self.conflicting)} contradict each other"
        if self.chosen_by:
            return f"{self.agent}, by its label{'s' if self.chosen_by[1:] else ''} {_listed(self.chosen_by)}"
        return f"{self.agent}, the project's own"


def choose(policy: ProjectPolicy, labels: Iterable[str]) -> Choice:
    """The choice for an issue with these labels, in any case.

    Of the labels that set one thing the first in the configuration's order has set it; what each sets goes together
    with what the others do. Where one sets a thing to something else than the first, the project's own agent is taken.
    """
    present = {label.casefold() for label in labels}
    matching = [rule for rule in policy.by_label if rule.label.casefold() in present]
    first = _first(matching)
    conflicting = _conflicting(matching, first)
    if conflicting:
        return Choice(agent=policy.agent, conflicting=conflicting)
    named = next((rule.agent for rule in matching if rule.agent), policy.agent)
    setting = {rule.label for rule in first.values()}
    return Choice(agent=named, chosen_by=tuple(rule.label for rule in matching if rule.label in setting))


def of(attempt: Attempt) -> Choice:
    """The choice that an attempt was claimed with."""
    return Choice(agent=attempt.agent, chosen_by=attempt.chosen_by, conflicting=attempt.conflicting)


def news(session: Session) -> str:
    """What is to be said of the choice for an attempt that was just claimed: a conflict that the one before had not."""
    *before, last = session.attempts
    if not last.conflicting or (before and before[-1].conflicting == last.conflicting):
        return ""
    return of(last).sentence


def _first(matching: list[ByLabel]) -> dict[str, ByLabel]:
    """The rule that sets each thing, by what is set."""
    return {thing: rule for rule in reversed(matching) for thing in rule.sets}


def _conflicting(matching: list[ByLabel], first: dict[str, ByLabel]) -> tuple[str, ...]:
    """The labels, in order, of which one sets a thing and another the same thing differently."""
    against = [
        (first[thing].label, rule.label)
        for rule in matching
        for thing, value in rule.sets.items()
        if first[thing].sets[thing] != value
    ]
    named = {label for pair in against for label in pair}
    return tuple(rule.label for rule in matching if rule.label in named)


def _listed(labels: tuple[str, ...]) -> str:
    *others, last = (one_line(label, 50) for label in labels)
    return f"{', '.join(others)} and {last}" if others else last
