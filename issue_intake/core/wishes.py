"""What a person asks of a session, carried out on its record. Pure: the clock is an argument."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from issue_intake.core.ledger import Ledger
from issue_intake.core.model import Issue, Pull, Session, Stage
from issue_intake.core.names import branch_name, branch_round, issue_key
from issue_intake.core.plan import open_pull
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.record import record
from issue_intake.core.stages import RUNNING, Event, Kind, advance
from issue_intake.core.text import one_line


@record(kw_only=False)
class No:
    """It cannot be done, and why."""

    reason: str


def retried(now: datetime, session: Session, by: str = "") -> Session | No:
    """The session asked again, whatever stage it is in but those that are at work. `by`: who asks, "" if unknown."""
    if session.stage in RUNNING or session.working:
        return No("it is in work: there is nothing to ask again")
    return advance(session, Event(Kind.ASKED, now, f"{_who(by)} asked again"))


def cancelled(now: datetime, session: Session, by: str = "") -> Session:
    """The session stopped by a person; the very same object where it is over already."""
    return advance(session, Event(Kind.CANCELLED, now, f"{_who(by)} cancelled it"))


def adopted(now: datetime, session: Session, pull: Pull, by: str = "") -> Session | No:
    """The session in review with a pull request that somebody else opened; the same object where it is so already.

    `pull`: known to be from a branch of the very repository. What is on its branch counts as intake's own from now on.
    """
    reason = _in_the_way(session, pull)
    if reason:
        return No(reason)
    same = session.pull is not None and session.pull.number == pull.number
    if same and session.stage is Stage.REVIEW and session.pushed_sha == pull.head_sha:
        return session
    ledger = session.ledger.renewed() if same else Ledger()
    session = _with_pull(now, advance(session, Event(Kind.ASKED, now)), pull, ledger)
    note = f"pull request #{pull.number} waits for review; {_who(by)} asked to follow it"
    return advance(advance(session, Event(Kind.CODER, now)), Event(Kind.PUBLISHED, now, note))


def taken_on(now: datetime, policy: ProjectPolicy, issue: Issue, repo_id: int) -> Session:
    """The first record of an issue's session."""
    return Session(
        key=issue_key(policy.repository, issue.number),
        project=policy.name,
        repository=policy.repository.full,
        repo_id=repo_id,
        number=issue.number,
        title=one_line(issue.title),
        url=issue.url,
        stage=Stage.QUEUED,
        since=now,
        created_at=now,
        branch=branch_name(issue.number),
    )


def prospect(session: Session) -> str:
    """What comes of a session that is queued because a person asked again, in a sentence."""
    number = session.last.number + 1 if session.last else 1
    place = "in its worktree as it is" if session.workspace == "ready" else "in a new worktree"
    goal = f"for pull request #{session.pull.number}" if session.pull is not None else f"on branch {session.branch}"
    return f"the next run queues it, and starts attempt {number} {place}, {goal}, as soon as a slot is free"


def _in_the_way(session: Session, pull: Pull) -> str:
    """Why the session cannot follow the pull request, "" if it can."""
    name = f"pull request #{pull.number}"
    if session.stage in RUNNING or session.working:
        return "it is in work: cancel it first"
    if pull.state != "open":
        return f"{name} is {pull.state} already"
    if branch_round(session.number, pull.branch) is None:
        branch = one_line(pull.branch, 80)
        return f"{name} is from {branch}, and intake pushes to {branch_name(session.number)} (-2, -3 …) alone"
    if pull.head_sha is None:
        return f"the head of {name} could not be looked up"
    if session.pull is not None and open_pull(session) and session.pull.number != pull.number:
        return f"its pull request #{session.pull.number} is open: close that first"
    return ""


def _with_pull(now: datetime, session: Session, pull: Pull, ledger: Ledger) -> Session:
    followed = replace(
        session,
        branch=pull.branch,
        branch_round=branch_round(session.number, pull.branch) or 1,
        pull=pull,
        announced_for=None,
        incoming=pull.head_sha if session.workspace == "ready" else None,
        standing=None,
        ledger=ledger,
    )
    return followed.pushed(pull.head_sha, now)


def _who(by: str) -> str:
    return by or "a person"
