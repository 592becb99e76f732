"""What the user's config asks of the planner, in the planner's own terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Literal

from issue_intake.core.authors import WRITERS, Authors
from issue_intake.core.leaving import Extent
from issue_intake.core.names import RepositoryName
from issue_intake.core.ports import Rule
from issue_intake.core.record import record

FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=1)
# What another side names (a reset, the end of a weekly usage limit) may lie further ahead than any delay of ours.
LONGEST_NAMED = timedelta(days=8)
UNKNOWN_LIMIT = timedelta(minutes=30)
QUICK = timedelta(seconds=60)
QUICK_ENDS = 3
QUOTA_REST = timedelta(minutes=30)
# Reviewers write one comment after the other: what they want is complete once they have paused.
QUIET = timedelta(seconds=60)
# How long checks may take to show up, and how long those that are not done hold up a verdict.
NO_CHECKS = timedelta(minutes=30)
RERUN_QUIET = timedelta(minutes=2)
MOST_REFUSALS = 5
_DAY = timedelta(days=1)


@record
class Fixes:
    """How often a coder is started again on its own, for each kind of cause."""

    ci: int = 2
    rounds: int = 3
    verify: int = 2


@record
class MergePolicy:
    """Whether and how pull requests are merged. `protected`: patterns of paths that only a person merges."""

    auto: bool = False
    method: Literal["squash", "merge", "rebase"] = "squash"
    require_approval: bool = True
    allow_no_checks: bool = False
    delete_branch: bool = False
    protected: tuple[str, ...] = ()


@record
class ByLabel:
    """What a label of an issue sets of its agent. `agent`: the name of the one it asks for, "" where it names none.

    `sets`: what is set, and to what, in words that are equal where that is the same.
    """

    label: str
    sets: Mapping[str, str]
    agent: str = ""


@record
class ProjectPolicy:
    """One project's limits and rule. `rule` None: not polled (no opt-in, or disabled). `backoff`: first delay.

    `authors`: whose issues are taken; `private_only`: on a private repository alone.
    `unverified`: whether work whose required verify commands fail becomes a draft all the same. `neutralise`: whether
    the repository's settings that run code are left out of the worktree, None where the issue's author decides.
    `extent`: how much one pull request may change. `agent`: its name, where no label of `by_label`, in the order of the
    configuration, chooses another. `currencies`: that in which each agent tells what it costs, by name;
    one that tells nothing is not in it. `cost_per_issue` holds in the currency of the agent that would start.
    """

    name: str
    repository: RepositoryName
    rule: Rule | None
    agent: str
    authors: Authors = WRITERS
    private_only: bool = False
    running: int = 2
    open_pulls: int = 3
    attempts: int = 3
    publish: Literal["draft", "ready", "off"] = "draft"
    unverified: Literal["off", "draft"] = "off"
    extent: Extent = field(default_factory=Extent)
    fixes: Fixes = Fixes()
    merge: MergePolicy = MergePolicy()
    writes: Literal["off", "labels", "full"] = "off"
    backoff: timedelta = timedelta(minutes=5)
    neutralise: bool | None = None
    by_label: tuple[ByLabel, ...] = ()
    currencies: Mapping[str, str] = field(default_factory=dict)
    cost_per_issue: float | None = None

    @property
    def choosing(self) -> tuple[str, ...]:
        """The labels that say how an issue is worked on, and nothing of where it stands."""
        return tuple(rule.label for rule in self.by_label)


@record
class Limits:
    """Limits over all projects. `starts_per_day` counts every start of the 24 hours before now.

    `cost_per_day`: what may be spent in them, in the currency of the agent that would start; None: no limit.
    """

    running: int = 4
    starts_per_day: int = 10
    cost_per_day: float | None = None


def doubling(first: timedelta, failures: int) -> timedelta:
    """The delay after so many failures in a row (at least 1): `first`, doubling, at most an hour."""
    steps = min(max(failures, 1) - 1, 20)
    return min(first * (1 << steps), max(first, LONGEST_DELAY))


def of_the_day(moment: datetime, now: datetime) -> bool:
    """Whether it lies in the 24 hours before now; or after, since a clock that was set back undoes nothing."""
    return abs(now - moment) < _DAY


def due(moment: datetime | None, now: datetime, longest: timedelta = LONGEST_DELAY) -> bool:
    """Whether a wait until `moment` is over. One further ahead than the longest delay is a clock's fault: due."""
    return moment is None or moment <= now or moment > now + longest
