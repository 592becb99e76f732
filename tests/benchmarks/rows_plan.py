"""Planning in memory: ten thousand open issues, a thousand sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from issue_intake.core.model import Issue, Poll, Session
from issue_intake.core.names import RepositoryName
from issue_intake.core.observe import observe
from issue_intake.core.plan import World, plan
from issue_intake.core.policy import Limits, ProjectPolicy
from issue_intake.core.ports import Rule
from issue_intake.core.queue import Bounds, Polled, select
from issue_intake.core.work import Alive
from issue_intake.github import parse
from tests.benchmarks.bench import Bench
from tests.benchmarks.homes import AGENT, NOW, active_sessions
from tests.benchmarks.payload import LABEL, issue_rows, repository_id
from tests.benchmarks.table import Row

_NAME = RepositoryName(owner="acme", name="shop-1")
_POLICY = ProjectPolicy(name="shop-1", repository=_NAME, rule=Rule(labels=(LABEL,)), agent=AGENT)
_SIZES = (1_000, 2_000, 5_000, 10_000)


def planning(bench: Bench) -> Iterator[Row]:
    """A tenth as many sessions as issues; the last line is the one with a goal, the others show how it grows."""
    for size in _SIZES:
        issues = tuple(parse.issue(row) for row in issue_rows(size))
        sessions = active_sessions(size // 10)
        pair = bench.acts(_sorting(issues, sessions), _planning(issues, sessions))
        most = 300 if size == max(_SIZES) else None
        yield bench.row(f"planning {size:,} open issues, {size // 10:,} sessions (floor: sorting)", pair, most=most)


def _sorting(issues: tuple[Issue, ...], sessions: list[Session]) -> Callable[[], None]:
    def sort() -> None:
        sorted(issues, key=lambda issue: (issue.created_at, issue.number))
        sorted(sessions, key=lambda session: session.key)

    return sort


def _planning(issues: tuple[Issue, ...], sessions: list[Session]) -> Callable[[], None]:
    """What a tick works out: what was seen folded into each session, its next action, what may start."""
    by_key = {session.key: session for session in sessions}
    polled = [Polled(policy=_POLICY, repo_id=repository_id("shop-1"), poll=Poll(issues=issues))]
    bounds = Bounds(limits=Limits(running=4, starts_per_day=10))

    def choose() -> None:
        seen = {key: observe(NOW, _POLICY, session, _world(session)) for key, session in by_key.items()}
        for session in seen.values():
            assert plan(NOW, _POLICY, session, _world(session)) is None
        chosen = select(NOW, polled, seen, bounds)
        assert len(chosen.starts) + len(chosen.skipped) == len(issues)

    return choose


def _world(session: Session) -> World:
    worker = Alive(1, session.attempts[-1].started_at) if session.working else None
    return World(worker=worker, issue_open=True, asked=True, listed=True)
