"""What was seen, folded into the session. Pure: the clock is an argument."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from issue_intake.core.asking import asides, asked_again, borne, own_label
from issue_intake.core.attempt import End, Outcome
from issue_intake.core.ends import as_told, settle
from issue_intake.core.followup import follow_up, stand
from issue_intake.core.model import Issue, Pull, Session, Stage
from issue_intake.core.plan import World
from issue_intake.core.policy import UNKNOWN_LIMIT, ProjectPolicy
from issue_intake.core.queue import chosen
from issue_intake.core.spending import over_issue
from issue_intake.core.stages import ACTIVE, RUNNING, Event, Kind, advance
from issue_intake.core.work import Absent, Alive, Ended, Lost, Rebooted, Sight, Unknown


def observe(now: datetime, policy: ProjectPolicy | None, session: Session, world: World) -> Session:
    """The session after a look: its worker, then its pull request, then its issue, then a person's wish."""
    session = _observe_worker(now, policy, session, world.worker)
    session = _observe_pull(now, session, world.pull)
    session = _observe_issue(now, policy, session, world)
    session = _observe_wish(now, policy, session, world)
    if world.facts is not None and world.facts.pull.state == "open":
        session = follow_up(now, policy, session, world.facts, world.threads)
    return _observe_list(_observe_cost(now, policy, session, world.issue), world)


def _observe_worker(now: datetime, policy: ProjectPolicy | None, session: Session, worker: Sight | None) -> Session:
    last = session.last
    if last is None or not last.open or worker is None:
        return session
    match worker:
        case Alive(started_at=started_at):
            return session.with_last(replace(last, started_at=last.started_at or started_at, unknown_since=None))
        case Ended(end=end):
            return settle(now, policy, session, end)
        case Rebooted(told=told):
            return lost(now, session, "the machine was restarted", told)
        case Unknown(reason=reason):
            return doubt(now, session, reason)
        case Lost() | Absent():
            return session
        case _:
            assert_never(worker)


def lost(now: datetime, session: Session, note: str, told: End | None = None) -> Session:
    """The worker is gone through no fault of the agent: no attempt is used, the session is queued again."""
    last = as_told(session, told)
    ended = replace(last, ended_at=now, outcome=Outcome.CRASHED, note=note, unknown_since=None)
    session = replace(session.with_last(ended), next_attempt_at=None)
    return advance(session, Event(Kind.RETRY, now, note))


def doubt(now: datetime, session: Session, reason: str) -> Session:
    """Nobody knows whether the worker lives: nothing is started; past the limit a person decides."""
    last = session.attempts[-1]
    since = min(last.unknown_since or now, now)  # one that lies ahead is a clock's fault
    session = session.with_last(replace(last, unknown_since=since))
    if now - since < UNKNOWN_LIMIT:
        return session
    note = f"cannot tell whether attempt {last.number} still runs: {reason}"
    return advance(session, Event(Kind.PERSON, now, note))


def _observe_pull(now: datetime, session: Session, pull: Pull | None) -> Session:
    if pull is None or session.pull is None or pull.number != session.pull.number:
        return session
    was_open = session.pull.state == "open"
    session = replace(session, pull=pull)
    if pull.state == "open":
        return stand(now, session, pull.head_sha)
    if pull.state == "merged":
        return advance(session, Event(Kind.MERGED, now, f"pull request #{pull.number} was merged"))
    if not was_open:
        return session
    note = f"pull request #{pull.number} was closed without a merge; ask again for a new branch"
    return advance(session, Event(Kind.BLOCKED, now, note))


def _observe_issue(now: datetime, policy: ProjectPolicy | None, session: Session, world: World) -> Session:
    if world.withdrawn and session.stage in ACTIVE:
        session = replace(session, seen_unasked=world.asked is False)
        session = advance(session, Event(Kind.CANCELLED, now, world.withdrawn))
    if world.issue is not None:
        session = replace(session, asides=asides(session, world.issue))
        session = borne(session, world.issue, policy.rule if policy else None)
    if world.issue_open is not False:
        return session
    if session.pull is not None and session.pull.state == "open" and world.pull is None:
        return session  # a merge closes the issue: without the pull request's own word nothing is decided
    return advance(session, Event(Kind.CANCELLED, now, "the issue was closed"))


def _observe_wish(now: datetime, policy: ProjectPolicy | None, session: Session, world: World) -> Session:
    """Taking the rule's label off and on again, seen at two looks, asks again; so does it in the place of intake's."""
    if world.asked is None or world.issue_open is not True or session.stage in RUNNING or session.working:
        return session
    if session.stage is Stage.QUEUED:
        return session
    if not world.asked:
        return session if session.seen_unasked else replace(session, seen_unasked=True)
    if not _asked(policy, session, world):
        return session
    asked = advance(session, Event(Kind.ASKED, now, "a person asked again"))
    return _vouched_anew(policy, asked, world.issue)


def _vouched_anew(policy: ProjectPolicy | None, session: Session, issue: Issue | None) -> Session:
    """Whoever set the label vouches for the text as it is now."""
    if issue is None:
        return replace(session, label=None)
    label = own_label(issue, policy.choosing if policy is not None else ())
    return replace(session, label=label, by_writer=None, vouched_at=None, asked_at=issue.updated_at)


def _asked(policy: ProjectPolicy | None, session: Session, world: World) -> bool:
    if policy is None or policy.writes == "off":
        return session.seen_unasked
    return asked_again(session, world.issue, policy.rule)


def _observe_cost(now: datetime, policy: ProjectPolicy | None, session: Session, issue: Issue | None) -> Session:
    """What waits for an attempt that may not be paid for any more waits for a person instead."""
    if policy is None or session.stage is not Stage.QUEUED or session.working:
        return session
    if policy.by_label and issue is None:
        return session  # its labels say which agent would go on
    choice = chosen(policy, issue.labels) if issue is not None else None
    over = over_issue(policy, choice.agent if choice is not None else policy.agent, session)
    if over is None:
        return session
    note = f"{over.sentence}; raise it, then: intake retry {session.project}#{session.number}"
    return advance(session, Event(Kind.BLOCKED, now, note))


def _observe_list(session: Session, world: World) -> Session:
    """An issue that left the list stays marked as listed until it could be asked for by its number."""
    if world.listed is None or (not world.listed and world.issue_open is None):
        return session
    return session if session.listed == world.listed else replace(session, listed=world.listed)
