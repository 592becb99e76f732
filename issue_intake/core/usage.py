"""How much of each limit is used, and the reason a further start would break one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from issue_intake.core.eligibility import Reason
from issue_intake.core.model import AgentRest, Session
from issue_intake.core.plan import open_pull
from issue_intake.core.policy import Limits, ProjectPolicy, of_the_day
from issue_intake.core.rests import failing, resting
from issue_intake.core.spending import of_day, over_day
from issue_intake.core.stages import RUNNING


class Usage:
    """Counts over all sessions, and over what was taken since."""

    def __init__(self, now: datetime, limits: Limits, sessions: Iterable[Session]) -> None:
        self._now = now
        self._limits = limits
        self._running: Counter[str] = Counter()
        self._pulls: Counter[str] = Counter()
        self._agents: Counter[str] = Counter()
        self._starts = 0
        known = tuple(sessions)
        self._spent = of_day(now, known) if limits.cost_per_day is not None else ()
        for session in known:
            self._count(session)

    def _count(self, session: Session) -> None:
        last = session.last
        if session.working and last is not None:
            self._running[session.project] += 1
            self._agents[last.agent] += 1
        if open_pull(session) or session.working or session.stage in RUNNING:
            self._pulls[session.project] += 1
        self._starts += sum(1 for a in session.attempts if of_the_day(a.claimed_at, self._now))

    def take(self, policy: ProjectPolicy, *, has_pull: bool) -> None:
        """Count one more start."""
        self._running[policy.name] += 1
        self._agents[policy.agent] += 1
        self._pulls[policy.name] += 0 if has_pull else 1
        self._starts += 1

    def reason(self, policy: ProjectPolicy, agents: Mapping[str, AgentRest], *, has_pull: bool) -> Reason | None:
        """Why one more start of the project would break a limit; None when it would not."""
        return (
            self._agent(policy, agents)
            or self._slots(policy)
            or self._day()
            or over_day(self._limits, policy.currencies.get(policy.agent), self._spent)
            or (None if has_pull else self._open_pulls(policy))
        )

    def _agent(self, policy: ProjectPolicy, agents: Mapping[str, AgentRest]) -> Reason | None:
        rest = agents.get(policy.agent, AgentRest())
        if resting(rest, self._now):
            return Reason("agent_rests", f"{policy.agent} rests until {rest.until:%H:%M} UTC: {rest.reason}")
        if failing(rest) and self._agents[policy.agent]:
            return Reason("agent_rests", f"{policy.agent} failed at once {rest.quick} times; one probe runs")
        return None

    def _slots(self, policy: ProjectPolicy) -> Reason | None:
        total = self._running.total()
        if total >= self._limits.running:
            return Reason("limit_running", f"{total} of {self._limits.running} workers run (limits.running)")
        here = self._running[policy.name]
        if here >= policy.running:
            return Reason("limit_project", f"{here} of {policy.running} workers of {policy.name} run")
        return None

    def _day(self) -> Reason | None:
        if self._starts < self._limits.starts_per_day:
            return None
        return Reason("limit_day", f"{self._starts} of {self._limits.starts_per_day} starts in 24 h are used")

    def _open_pulls(self, policy: ProjectPolicy) -> Reason | None:
        pulls = self._pulls[policy.name]
        if pulls < policy.open_pulls:
            return None
        return Reason("limit_pulls", f"{pulls} of {policy.open_pulls} pull requests are open or under way")
