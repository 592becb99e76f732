"""Look through a commit of intake's before it is pushed."""

from __future__ import annotations

from issue_intake.core.judge import judge
from issue_intake.core.leaving import Barred, Guarded
from issue_intake.core.model import Session
from issue_intake.core.ports import Base, Commit
from issue_intake.core.results import Committed, KeptBack, Pushed
from issue_intake.tick.parts import Parts


def look_through(parts: Parts, session: Session, base: Base, sha: str) -> Guarded | Barred | None:
    """Whether the commit may leave. Raises what the seams raise: what was not looked at does not leave."""
    policy = parts.policy
    found = parts.worktrees.inspect(session, base, sha, policy.extent)
    return judge(policy.extent, policy.merge.protected, found)


def looked_through(parts: Parts, session: Session, made: Commit) -> Committed | KeptBack:
    """What comes of a commit that was just made."""
    if not made.changed:
        return Committed(sha=made.sha, changed=False, where=made.where, left_out=made.left_out)
    verdict = look_through(parts, session, _base(parts, session), made.sha)
    if isinstance(verdict, Barred):
        return KeptBack(verdict.sentence)
    return Committed(sha=made.sha, changed=True, where=made.where, left_out=made.left_out, guarded=verdict)


def push(parts: Parts, session: Session) -> Pushed | KeptBack:
    """Push what was announced, if it was found fit to leave: an intake that did not look may have announced it."""
    if session.announced_sha is None or session.cleared_sha != session.announced_sha:
        return KeptBack("nobody has looked through the commit; ask again")
    parts.worktrees.push(session, session.announced_sha)
    return Pushed()


def _base(parts: Parts, session: Session) -> Base:
    """The base branch as it was last seen: as for a reviewer, what it holds is no news. Asks no remote."""
    seen = parts.clone.last_seen(session.base)
    return seen or Base(branch=session.base or "", sha=session.base_sha or "")
