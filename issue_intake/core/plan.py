"""The next action of one session: a pure function of what is stored and what was seen."""

from __future__ import annotations

from datetime import datetime

from issue_intake.core.actions import (
    Action,
    Cleanup,
    DeleteBranch,
    EndLeftovers,
    MakeCommit,
    MarkReady,
    Merge,
    MergeBase,
    OpenPull,
    Prepare,
    Push,
    Rerun,
    Start,
    Stop,
)
from issue_intake.core.attempt import Attempt, End, Outcome
from issue_intake.core.ledger import SeenThreads
from issue_intake.core.model import Issue, Pull, Session, Stage
from issue_intake.core.policy import LONGEST_NAMED, ProjectPolicy, due
from issue_intake.core.reactions import Do, Step, react
from issue_intake.core.record import record
from issue_intake.core.review import PullFacts
from issue_intake.core.stages import OVER, RUNNING
from issue_intake.core.work import Absent, Ended, Lost, Sight


@record
class World:
    """What was seen of one session in this tick. None: could not look, or did not need to.

    `asked`: whether its issue is open and meets the rule; `issue_open`: whether it is open at all; `listed`:
    whether the project's poll found it. `withdrawn`: why the session is not wanted any more, "" if it is. `facts`:
    all about its open pull request.
    """

    worker: Sight | None = None
    issue_open: bool | None = None
    asked: bool | None = None
    issue: Issue | None = None
    withdrawn: str | None = None
    pull: Pull | None = None
    facts: PullFacts | None = None
    threads: SeenThreads | None = None
    listed: bool | None = None


_ENDED = OVER | {Stage.BLOCKED}


def plan(now: datetime, policy: ProjectPolicy | None, session: Session, world: World) -> Action | None:
    """What to do next for the session, None when there is nothing to do now. `policy` None: not in the config."""
    last = session.last
    if last is not None and last.open:
        return _with_worker(policy, session, last, world.worker)
    if session.trouble is not None and not due(session.trouble.until, now, LONGEST_NAMED):
        return None
    if session.stage is Stage.IN_PROGRESS and last is not None:
        return _publish(policy, session, last)
    if session.stage is Stage.REVIEW:
        return _follow_up(now, policy, session, world.facts)
    return _leave(policy, session) if session.stage in {Stage.DONE, Stage.CANCELLED} else None


def text_of(world: World) -> End | None:
    """The agent's own words about an attempt that ended, if its record can still be read."""
    return world.worker.end if isinstance(world.worker, Ended) else None


def _with_worker(policy: ProjectPolicy | None, session: Session, last: Attempt, worker: Sight | None) -> Action | None:
    if isinstance(worker, Absent) and last.handle is None and session.stage in RUNNING:
        return _begin(session, last) if policy is not None else None
    if isinstance(worker, Lost | Absent):
        return EndLeftovers(session.key, "the worker vanished")
    if session.stage in _ENDED and not last.stop_asked:
        return Stop(session.key, session.note or session.stage.value)
    return None


def _begin(session: Session, last: Attempt) -> Action:
    if session.workspace == "none":
        return Prepare(session.key, "claimed")
    return Start(session.key, f"attempt {last.number}")


def _publish(policy: ProjectPolicy | None, session: Session, last: Attempt) -> Action | None:
    if last.outcome not in {None, Outcome.DONE}:
        return None
    if session.announced_for != last.number:
        return MakeCommit(session.key, "the agent is done")
    if policy is not None and policy.publish == "off":
        return None
    if session.announced_sha != session.pushed_sha:
        return Push(session.key, "the commit is announced")
    return OpenPull(session.key, "the branch is pushed")


def _follow_up(now: datetime, policy: ProjectPolicy | None, session: Session, facts: PullFacts | None) -> Action | None:
    if policy is None:
        return None
    if session.announced_sha != session.pushed_sha:
        return Push(session.key, "the commit is announced")
    if facts is None:
        return None
    verdict = react(now, policy, session, facts)
    if not isinstance(verdict, Do):
        return None
    actions: dict[Step, type[Action]] = {
        Step.RERUN: Rerun,
        Step.MERGE_BASE: MergeBase,
        Step.MARK_READY: MarkReady,
        Step.MERGE: Merge,
    }
    return actions[verdict.step](session.key, verdict.reason)


def _leave(policy: ProjectPolicy | None, session: Session) -> Action | None:
    """What is over leaves nothing behind that is published."""
    if policy is not None and policy.merge.delete_branch and _branch_is_left(session):
        return DeleteBranch(session.key, "merged")
    return Cleanup(session.key, session.stage.value) if session.workspace == "ready" else None


def _branch_is_left(session: Session) -> bool:
    merged = session.pull is not None and session.pull.state == "merged"
    return merged and session.pushed_sha is not None and f"deleted/{session.branch}" not in session.ledger.answered


def watched(session: Session) -> bool:
    """Whether the session's issue can still move it, so that it is asked for by its number when no poll found it.

    What is over is asked for once after it left the list, to see whether its label was taken off, and once after
    intake set a label: cost grows with what is active, not with history.
    """
    mirrored = session.mirrored
    unseen = mirrored is not None and mirrored.label is not None and not mirrored.seen
    return session.stage not in OVER or open_pull(session) or session.listed or unseen


def open_pull(session: Session) -> bool:
    """Whether the session has a pull request that was open when last seen."""
    return session.pull is not None and session.pull.state == "open"
