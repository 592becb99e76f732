"""What a worker is told beyond its issue, looked up right before it is started."""

from __future__ import annotations

from dataclasses import replace

from issue_intake.core.attempt import Attempt, End, Outcome, Verified
from issue_intake.core.brief import Brief, Failure, failed_checks, findings_of
from issue_intake.core.ledger import CauseKind
from issue_intake.core.model import Session
from issue_intake.core.plan import World
from issue_intake.core.review import PullFacts
from issue_intake.core.work import Ended
from issue_intake.tick.hands import Hands
from issue_intake.tick.parts import Parts

_SAID_THERE = frozenset({CauseKind.CHECKS, CauseKind.REVIEW})
# After these the agent's conversation is as good as it was.
_SOUND = frozenset({Outcome.DONE, Outcome.NO_CHANGES, Outcome.BLOCKED, Outcome.QUOTA})
# After these it holds what was done so far, but may be what went wrong: going on with it is tried once.
_BROKEN_OFF = frozenset({Outcome.FAILED, Outcome.TIMEOUT, Outcome.STALLED, Outcome.CRASHED})


def brief(hands: Hands, parts: Parts, session: Session, world: World) -> Brief:
    """The brief of the session's latest attempt. Raises what the seams raise."""
    attempt = session.attempts[-1]
    cause, facts = attempt.cause, _facts(parts, session, world)
    return Brief(
        cause=cause,
        findings=findings_of(cause, facts),
        failures=tuple(
            Failure(check=check, log=parts.reviews.log_tail(check)) for check in failed_checks(cause, facts)
        ),
        verified=_verified(hands, session) if cause is not None and cause.kind is CauseKind.VERIFY else (),
        bundle=parts.worktrees.bundle(session, attempt.takes) if attempt.takes is not None else None,
        conversation=_conversation(session),
    )


def _facts(parts: Parts, session: Session, world: World) -> PullFacts | None:
    """What the pull request says; asked for again where the claim is an earlier tick's, that ended before the start."""
    cause = session.attempts[-1].cause
    if world.facts is not None or session.pull is None or cause is None or cause.kind not in _SAID_THERE:
        return world.facts
    return parts.reviews.facts(session.pull.number)


def _verified(hands: Hands, session: Session) -> tuple[Verified, ...]:
    end = _previous_end(hands, session)
    return tuple(each for each in end.verified if not each.passed) if end is not None else ()


def _previous_end(hands: Hands, session: Session) -> End | None:
    """The end of the attempt before, read from its records once more: the state keeps no output."""
    before = replace(session, attempts=session.attempts[:-1])
    if before.last is None:
        return None
    sight = hands.worker.look(hands.ref(before))
    return sight.end if isinstance(sight, Ended) else None


def _conversation(session: Session) -> str | None:
    """The conversation to go on with, unless going on with it has just come to nothing.

    It is that of the attempt right before, of the same agent set up in the same way: another's knows neither the model
    nor what was done since.
    """
    *before, attempt = session.attempts
    last: Attempt | None = before[-1] if before else None
    if last is None or not _worth_going_on(last):
        return None
    return last.conversation if (last.agent, last.setup) == (attempt.agent, attempt.setup) else None


def _worth_going_on(last: Attempt) -> bool:
    return last.outcome in _SOUND or (last.outcome in _BROKEN_OFF and not last.resumed)
