"""Claim: an issue is asked for once more, by its number, right before a session of it is put on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from issue_intake.core.asking import own_label, text_hash, withdrawn
from issue_intake.core.attempt import Attempt, Role
from issue_intake.core.eligibility import UNTOLD, Reason, judge
from issue_intake.core.folding import fold
from issue_intake.core.followup import reconsidered
from issue_intake.core.model import AgentRest, Issue, Session, Stage
from issue_intake.core.plan import open_pull
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.queue import Candidate, chosen, is_probe
from issue_intake.core.results import Distrusted, Opened, Refused
from issue_intake.core.review import PullFacts
from issue_intake.core.stages import ROLE_EVENTS, Event, Kind, advance
from issue_intake.core.text import one_line
from issue_intake.core.trust import Taken
from issue_intake.core.wishes import taken_on
from issue_intake.tick.look import ProjectLook
from issue_intake.tick.parts import Parts
from issue_intake.tick.vet import vet_again, vouched

if TYPE_CHECKING:
    from issue_intake.core.choice import Choice

Vet = Callable[[Issue], Taken | Reason]


def claim(
    now: datetime, parts: Parts, candidate: Candidate, look: ProjectLook, agents: Mapping[str, AgentRest], vet: Vet
) -> tuple[Issue, Session | Reason]:
    """The issue as it is now, and its session to be put on record; a reason when it may not start after all.

    Raises what the seams raise. The session is `in_progress` with a new attempt, unless something of it was found
    on the remote already: then it stands where that stands, and nothing starts. `vet`: whether a new issue may be
    worked on as it is now.
    """
    issue = parts.tracker.issue(candidate.number)
    if candidate.session is not None:
        again = _again(now, parts, candidate.session, issue, look.found.facts.get(candidate.key))
        return issue, _claimed(now, parts, candidate, again, issue, agents)
    reason = judge(issue, parts.policy.rule) if parts.policy.rule is not None else None
    verdict = reason or vet(issue)
    if isinstance(verdict, Reason):
        return issue, verdict
    session = vouched(_new(now, parts.policy, issue, look.repo_id or 0), verdict)
    return issue, _claimed(now, parts, candidate, _adopted(now, parts, session), issue, agents)


def _again(now: datetime, parts: Parts, session: Session, issue: Issue, facts: PullFacts | None) -> Session | Reason:
    if issue.state != "open":
        return Reason("closed", "the issue is closed")
    rule = parts.policy.rule
    if rule is not None and (why := withdrawn(session, issue, rule)):
        return Reason("withdrawn", why)  # since the look: the next one cancels it
    vetted = vet_again(parts, session, issue)
    if isinstance(vetted, Reason):
        return _left_to_a_person(now, parts, session, vetted)
    session = replace(vetted, title=one_line(issue.title), url=issue.url)
    if open_pull(session):
        if facts is None:
            return Reason("unknown", "its pull request could not be looked at")
        session = reconsidered(now, parts.policy, session, facts)
    return session


def _left_to_a_person(now: datetime, parts: Parts, session: Session, reason: Reason) -> Session | Reason:
    """What its issue says by now reaches no agent; where that could not be told, it waits."""
    if reason.code == UNTOLD:
        return reason
    return fold(now, parts.policy, advance(session, Event(Kind.CODER, now)), Distrusted(reason.sentence))


def _new(now: datetime, policy: ProjectPolicy, issue: Issue, repo_id: int) -> Session:
    return replace(taken_on(now, policy, issue, repo_id), listed=True)


def _adopted(now: datetime, parts: Parts, session: Session) -> Session:
    """A branch or pull request of this issue that is there already was made by an intake whose memory is lost."""
    pulls = parts.pulls.by_branch(session.branch)
    if pulls:
        pull = next((p for p in pulls if p.state == "open"), pulls[0])
        claimed = advance(session, Event(Kind.CODER, now))
        return fold(now, parts.policy, claimed, Opened(pull)).pushed(pull.head_sha, now)
    head = parts.clone.remote_head(session.branch)
    if head is None:
        return session
    note = f"the branch {session.branch} is on the remote already; delete it, or open a pull request from it yourself"
    return fold(now, parts.policy, advance(session, Event(Kind.CODER, now)), Refused(note))


def _claimed(
    now: datetime,
    parts: Parts,
    candidate: Candidate,
    session: Session | Reason,
    issue: Issue,
    agents: Mapping[str, AgentRest],
) -> Session | Reason:
    """With an attempt of the very agent that was found free to start, unless it is not to have one."""
    if isinstance(session, Reason) or session.stage is not Stage.QUEUED:
        return session
    choice = chosen(parts.policy, issue.labels)
    if choice is not None and choice.agent != candidate.manned.agent:
        return Reason("agent_changed", f"its labels ask for {choice.agent} by now; the next run chooses anew")
    probe = is_probe(candidate.manned, agents)
    return _with_attempt(now, parts, session, issue, _attempt(now, parts, session, choice, probe=probe))


def _attempt(now: datetime, parts: Parts, session: Session, choice: Choice | None, *, probe: bool) -> Attempt:
    chosen_by = choice.chosen_by if choice is not None else ()
    return Attempt(
        number=session.last.number + 1 if session.last else 1,
        role=Role.CODER,
        agent=choice.agent if choice is not None else parts.policy.agent,
        claimed_at=now,
        probe=probe,
        cause=session.cause,
        takes=session.incoming,
        chosen_by=chosen_by,
        conflicting=choice.conflicting if choice is not None else (),
        setup=parts.recipe.setup(chosen_by),
    )


def _with_attempt(now: datetime, parts: Parts, session: Session, issue: Issue, attempt: Attempt) -> Session:
    started = advance(session, Event(ROLE_EVENTS[attempt.role], now))
    return replace(
        started,
        attempts=(*session.attempts, attempt),
        next_attempt_at=None,
        ledger=session.ledger if session.cause is None else session.ledger.taking_on(session.cause),
        label=own_label(issue, parts.policy.choosing),
        text=text_hash(issue),
        assignees=issue.assignees,
        asides=(),
    )
