"""Act: each action of the plan, done once. All can be found again by looking, so repeating them is harmless."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from issue_intake.core.actions import (
    Action,
    Cleanup,
    EndLeftovers,
    MakeCommit,
    OpenPull,
    Prepare,
    Push,
    Start,
    Stop,
)
from issue_intake.core.attempt import refusing
from issue_intake.core.eligibility import UNTOLD, Reason
from issue_intake.core.model import Session
from issue_intake.core.plan import World, open_pull, text_of
from issue_intake.core.ports import Base
from issue_intake.core.publication import commit_text, pull_request
from issue_intake.core.results import (
    CleanedUp,
    Distrusted,
    NotPrepared,
    Opened,
    Prepared,
    Refused,
    Result,
    Started,
    StopAsked,
    Swept,
    Troubled,
)
from issue_intake.core.settings import neutralises
from issue_intake.core.work import Absent, Lost
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.tick.briefing import brief
from issue_intake.tick.hands import Hands, refresh
from issue_intake.tick.leaving import looked_through, push
from issue_intake.tick.parts import Parts
from issue_intake.tick.steer import STEPS, steer
from issue_intake.tick.vet import vet_again


def act(hands: Hands, parts: Parts | None, session: Session, action: Action, world: World) -> Result:
    """Do it and say what came of it; a failure outside is a result, too."""
    try:
        if isinstance(action, Stop | EndLeftovers):
            return _act_locally(hands, session, action, world)
        if parts is None:
            return Troubled(f"the project {session.project} is not in the config, or cannot be worked now")
        if isinstance(action, STEPS):
            return steer(hands, parts, session, action, world)
        return _act(hands, parts, session, action, world)
    except UnavailableError as error:
        return _unavailable(action, str(error), error.until)
    except RefusedError as error:
        return CleanedUp(str(error)) if isinstance(action, Cleanup) else Refused(str(error))


def _act_locally(hands: Hands, session: Session, action: Stop | EndLeftovers, world: World) -> Result:
    ref = hands.ref(session)
    if isinstance(action, Stop):
        hands.worker.stop(ref)
        return StopAsked()
    seen = world.worker if isinstance(world.worker, Lost) else Lost(ran=ref.handle is not None)
    return Swept(clean=hands.worker.end_leftovers(ref), ran=seen.ran, told=seen.told)


def _act(
    hands: Hands,
    parts: Parts,
    session: Session,
    action: Prepare | Start | MakeCommit | Push | OpenPull | Cleanup,
    world: World,
) -> Result:
    match action:
        case Prepare():
            return _prepare(hands, parts, session)
        case Start():
            return _start(hands, parts, session, world)
        case MakeCommit():
            made = parts.worktrees.commit(session, commit_text(session, text_of(world), parts.secrets))
            return looked_through(parts, session, made)
        case Push():
            return push(parts, session)
        case OpenPull():
            return _open_pull(parts, session, world)
        case Cleanup():
            return CleanedUp(parts.worktrees.remove(session))
        case _:
            assert_never(action)


def _prepare(hands: Hands, parts: Parts, session: Session) -> Result:
    base = refresh(hands, parts)
    if base is None:
        return NotPrepared("first copy of the repository under way")
    if open_pull(session) and session.pushed_sha is not None:
        base = Base(branch=base.branch, sha=session.pushed_sha)  # goes on from what is published
    session = replace(session, neutralised=neutralises(parts.policy, session))
    settings = parts.worktrees.prepare(session, base)
    worktree = str(hands.ref(session).worktree)
    return Prepared(base.branch, base.sha, worktree, settings=settings, neutralised=session.neutralised)


def _start(hands: Hands, parts: Parts, session: Session, world: World) -> Result:
    parts.recipe.check(session.attempts[-1].chosen_by)
    issue = hands.fresh.get(session.key)
    if issue is None:  # claimed by an earlier run, that ended before the start: the issue may be another by now
        issue = parts.tracker.issue(session.number)
        vetted = vet_again(parts, session, issue)
        if isinstance(vetted, Reason):
            return Distrusted(vetted.sentence) if vetted.code != UNTOLD else NotPrepared(vetted.sentence)
        session = vetted
    base = Base(branch=session.base or "", sha=session.base_sha or "")
    order = parts.recipe.order(session, issue, base, brief(hands, parts, session, world))
    try:
        return Started(hands.worker.start(order), resumed=order.resumed)
    except UnavailableError as error:
        if isinstance(hands.worker.look(hands.ref(session)), Absent):
            raise
        return Troubled(str(error))  # its folder is there: the next look finds out what it became


def _open_pull(parts: Parts, session: Session, world: World) -> Result:
    """A pull request that is open for the branch, or was for the very commit, is adopted, not doubled."""
    for pull in parts.pulls.by_branch(session.branch):
        if pull.state == "open" or pull.head_sha == session.pushed_sha:
            return Opened(pull)
    unready = bool(refusing(session.attempts[-1].verified)) or session.guarded is not None
    draft = parts.policy.publish == "draft" or unready
    request = pull_request(session, text_of(world), draft=draft, secrets=parts.secrets)
    return Opened(parts.pulls.open(request))


def _unavailable(action: Action, reason: str, until: datetime | None) -> Result:
    if isinstance(action, Prepare | Start):
        return NotPrepared(reason)
    return Troubled(reason, until)
