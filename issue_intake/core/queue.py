"""The one selector: what starts in the slots that are free, and why the rest waits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from issue_intake.core.eligibility import Reason, judge
from issue_intake.core.model import AgentRest, Issue, Poll, Session, Stage, Waiting
from issue_intake.core.names import issue_key
from issue_intake.core.plan import open_pull
from issue_intake.core.policy import Limits, ProjectPolicy, due
from issue_intake.core.record import record
from issue_intake.core.rests import failing
from issue_intake.core.rows import Skip
from issue_intake.core.spending import over_issue
from issue_intake.core.text import one_line
from issue_intake.core.usage import Usage

if TYPE_CHECKING:
    from issue_intake.core.choice import Choice


@record
class Candidate:
    """Something that could start: an issue not yet taken on (`session` None), or a queued session (`issue` None).

    `choice`: the agent it would start with, None where the project has no other than its own.
    """

    key: str
    policy: ProjectPolicy
    number: int
    created_at: datetime
    issue: Issue | None = None
    session: Session | None = None
    choice: Choice | None = None

    @property
    def manned(self) -> ProjectPolicy:
        """The policy, with the agent that it would start with for the project's own."""
        return self.policy if self.choice is None else replace(self.policy, agent=self.choice.agent)

    @property
    def label(self) -> str:
        """`project#12`."""
        return f"{self.policy.name}#{self.number}"

    @property
    def has_pull(self) -> bool:
        """Whether its work goes to a pull request that is open already."""
        return self.session is not None and open_pull(self.session)


@record
class Polled:
    """A project that was looked at: what the poll found, and the repository's id.

    `seen`: the issues of its sessions, by key, as far as they were looked at.
    """

    policy: ProjectPolicy
    repo_id: int
    poll: Poll
    seen: Mapping[str, Issue] = field(default_factory=dict)


@record
class Bounds:
    """What bounds starts beside what runs. `held`: projects that start nothing (disk, a clone); `most`: `--max`.

    `refused`: issues that may not be worked on, by key. `unable`: agents chosen by labels that cannot start, by their
    project and those labels.
    """

    limits: Limits
    agents: Mapping[str, AgentRest] = field(default_factory=dict)
    held: Mapping[str, Reason] = field(default_factory=dict)
    refused: Mapping[str, Reason] = field(default_factory=dict)
    unable: Mapping[tuple[str, tuple[str, ...]], Reason] = field(default_factory=dict)
    most: int | None = None


@record
class Selection:
    """What starts now, in order; and every open issue or queued session that does not, with its reason."""

    starts: tuple[Candidate, ...] = ()
    skipped: tuple[Skip, ...] = ()
    waiting: Mapping[str, tuple[Waiting, ...]] = field(default_factory=dict)


def select(now: datetime, polled: Iterable[Polled], sessions: Mapping[str, Session], bounds: Bounds) -> Selection:
    """What starts now: never above a limit, never a key twice. `polled` lacks projects that could not be looked at."""
    usage = Usage(now, bounds.limits, sessions.values())
    candidates, skipped = _candidates(tuple(polled), sessions)
    starts: list[Candidate] = []
    waiting: dict[str, list[Waiting]] = {}
    for candidate in sorted(candidates, key=lambda c: (c.created_at, c.key)):
        reason = _too_early(now, candidate) or _reason(candidate, usage, bounds, started=len(starts))
        if reason is None:
            usage.take(candidate.manned, has_pull=candidate.has_pull)
            starts.append(candidate)
            continue
        skipped.append(Skip(key=candidate.key, code=reason.code, reason=reason.sentence, label=candidate.label))
        if candidate.issue is not None:
            waiting.setdefault(candidate.policy.name, []).append(wait(candidate.key, candidate.issue, reason))
    return Selection(
        starts=tuple(starts),
        skipped=tuple(sorted(skipped, key=lambda s: s.key)),
        waiting={name: tuple(rows) for name, rows in waiting.items()},
    )


def chosen(policy: ProjectPolicy, labels: tuple[str, ...]) -> Choice | None:
    """The agent of an issue with these labels, None where the project has no other than its own."""
    if not policy.by_label:
        return None
    from issue_intake.core.choice import choose  # noqa: PLC0415 - for those who let labels choose

    return choose(policy, labels)


def is_probe(policy: ProjectPolicy, agents: Mapping[str, AgentRest]) -> bool:
    """Whether a start of the project's agent would be a probe after quick bad ends."""
    return failing(agents.get(policy.agent, AgentRest()))


def wait(key: str, issue: Issue, reason: Reason) -> Waiting:
    """The row of an eligible issue that is not started."""
    return Waiting(
        key=key,
        number=issue.number,
        title=one_line(issue.title),
        url=issue.url,
        created_at=issue.created_at,
        code=reason.code,
        reason=reason.sentence,
    )


def _candidates(polled: tuple[Polled, ...], sessions: Mapping[str, Session]) -> tuple[list[Candidate], list[Skip]]:
    taken = {(s.repo_id, s.number): s for s in sessions.values()}
    candidates: dict[str, Candidate] = {}
    skipped: dict[str, Skip] = {}
    for look in polled:
        for issue in look.poll.issues:
            key = issue_key(look.policy.repository, issue.number)
            session = sessions.get(key) or taken.get((look.repo_id, issue.number))
            reason = _passed_over(look.policy, issue, session)
            if reason is not None:
                label = f"{look.policy.name}#{issue.number}"
                skipped[key] = Skip(key=key, code=reason.code, reason=reason.sentence, label=label)
            elif session is None:
                candidates[key] = _new(look.policy, key, issue)
        candidates |= {c.key: c for c in _queued(look, sessions)}
    return list(candidates.values()), list(skipped.values())


def _passed_over(policy: ProjectPolicy, issue: Issue, session: Session | None) -> Reason | None:
    if session is not None:
        return None if session.stage is Stage.QUEUED else Reason("taken", f"is taken on: {session.stage.value}")
    return judge(issue, policy.rule) if policy.rule is not None else Reason("not_polled", "its project is not polled")


def _new(policy: ProjectPolicy, key: str, issue: Issue) -> Candidate:
    return Candidate(
        key=key,
        policy=policy,
        number=issue.number,
        created_at=issue.created_at,
        issue=issue,
        choice=chosen(policy, issue.labels),
    )


def _queued(look: Polled, sessions: Mapping[str, Session]) -> Iterator[Candidate]:
    for session in sessions.values():
        if session.project == look.policy.name and session.stage is Stage.QUEUED and not session.working:
            issue = look.seen.get(session.key)
            yield Candidate(
                key=session.key,
                policy=look.policy,
                number=session.number,
                created_at=session.created_at,
                session=session,
                choice=chosen(look.policy, issue.labels if issue is not None else ()),
            )


def _too_early(now: datetime, candidate: Candidate) -> Reason | None:
    later = candidate.session.next_attempt_at if candidate.session else None
    if later is None or due(later, now):
        return None
    return Reason("retry_later", f"next attempt at {later:%H:%M} UTC")


def _reason(candidate: Candidate, usage: Usage, bounds: Bounds, *, started: int) -> Reason | None:
    if candidate.session is None and candidate.key in bounds.refused:
        return bounds.refused[candidate.key]
    if candidate.policy.name in bounds.held:
        return bounds.held[candidate.policy.name]
    choice = candidate.choice
    if choice is not None and (candidate.policy.name, choice.chosen_by) in bounds.unable:
        return bounds.unable[candidate.policy.name, choice.chosen_by]
    reason = _over_issue(candidate) or usage.reason(candidate.manned, bounds.agents, has_pull=candidate.has_pull)
    if reason is None and bounds.most is not None and started >= bounds.most:
        return Reason("max", f"--max {bounds.most} starts in this run")
    return reason


def _over_issue(candidate: Candidate) -> Reason | None:
    policy, session = candidate.manned, candidate.session
    return over_issue(policy, policy.agent, session) if session is not None else None
