"""Rows and reports, derived from the memory and what was seen of the workers; nothing here is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import assert_never

from issue_intake.core.model import Backoff, Configured, ProjectState, Session, Stage, State, Waiting
from issue_intake.core.record import record
from issue_intake.core.requests import Verb
from issue_intake.core.rests import failing, resting
from issue_intake.core.rows import Footer, Group, ProjectLine, Report, Row, SessionLine
from issue_intake.core.spending import of_day
from issue_intake.core.stages import OVER, RUNNING
from issue_intake.core.work import Alive, Ended, Lost, Sight, Unknown

_RECENT = timedelta(hours=24)
_OVERDUE = timedelta(hours=3)
_ATTEMPTS = 3
_WAITING = 20  # rows: a screen of what is next in turn


@record
class Scene:
    """What a report is made from. `sights` by key; `changed`: keys of this tick.

    `asked`: what people asked since the last run, by key.
    """

    now: datetime
    state: State
    sights: Mapping[str, Sight] = field(default_factory=dict)
    configured: Configured = field(default_factory=Configured)
    changed: frozenset[str] = frozenset()
    everything: bool = False
    asked: Mapping[str, tuple[Verb, ...]] = field(default_factory=dict)


def report(scene: Scene) -> Report:
    """Everything a command prints about the memory."""
    state = scene.state
    sessions = sorted(state.sessions.values(), key=lambda s: s.key)
    waiting = sorted(_waiting(state), key=lambda named: (named[1].created_at, named[1].key))
    shown = waiting if scene.everything else waiting[:_WAITING]
    rows = [*_rows(scene), *(_waiting_row(project, issue) for project, issue in shown)]
    return Report(
        now=scene.now,
        rows=tuple(sorted(rows, key=lambda r: (r.group, r.since, r.key))),
        more_waiting=len(waiting) - len(shown),
        footer=_footer(scene),
        projects=tuple(
            ProjectLine(name=name, last_poll_at=p.last_poll_at, backoff=_lasting(scene, p))
            for name, p in sorted(state.projects.items())
        ),
        sessions=tuple(line(scene, session) for session in sessions),
    )


def row(scene: Scene, session: Session) -> Row:
    """The session's line in the table."""
    ending = cancelling(scene, session)
    return Row(
        key=session.key,
        label=f"{session.project}#{session.number}",
        url=session.url,
        group=Group.RUNNING if ending else _group(session),
        stage="cancelling" if ending else session.stage.value,
        since=session.since,
        tries=_tries(session, scene.configured.attempts.get(session.project, _ATTEMPTS)),
        pull=session.pull,
        what=_what(scene, session),
        changed=session.key in scene.changed,
    )


def line(scene: Scene, session: Session) -> SessionLine:
    """The session as programs are told of it."""
    return SessionLine(
        session=session, pid=pid_of(scene.sights.get(session.key)), cancelling=cancelling(scene, session)
    )


def cancelling(scene: Scene, session: Session) -> bool:
    """Whether its worker was asked to end, or will be by the next run, and is still there."""
    sight = scene.sights.get(session.key)
    return isinstance(sight, Alive) and (sight.stopping or "cancel" in scene.asked.get(session.key, ()))


def pid_of(sight: Sight | None) -> int | None:
    """The worker's process id where it is seen alive."""
    return sight.pid if isinstance(sight, Alive) else None


def next_step(session: Session, sight: Sight | None = None, asked: tuple[Verb, ...] = ()) -> str:
    """What happens next with the session, and who does it. `sight`: what was seen of its worker."""
    if asked:
        return f"the next run carries out what was asked: {', '.join(asked)}"
    match session.stage:
        case Stage.QUEUED:
            when = f"not before {session.next_attempt_at:%H:%M} UTC" if session.next_attempt_at else "at the next run"
            return f"intake starts its next attempt when a slot is free, {when}"
        case Stage.TRIAGING | Stage.PLANNING | Stage.SPLITTING | Stage.IN_PROGRESS:
            return _next_running(session, sight)
        case Stage.REVIEW:
            return _next_in_review(session)
        case Stage.BLOCKED | Stage.DEFERRED | Stage.NEEDS_HUMAN:
            return f"a person decides; intake retry {session.project}#{session.number} asks intake again"
        case Stage.DONE | Stage.REJECTED | Stage.CANCELLED:
            return "nothing: it is over"
        case _:
            assert_never(session.stage)


def _next_in_review(session: Session) -> str:
    standing = session.standing
    if standing is not None and standing.ready:
        return "a person merges the pull request"
    return "a person reviews the pull request; intake follows its checks and what reviewers ask for"


def _next_running(session: Session, sight: Sight | None) -> str:
    if session.working:
        return _worker_words(sight) or "intake waits for the worker to end"
    if session.trouble:
        return f"intake tries again at {session.trouble.until:%H:%M} UTC: {session.trouble.reason}"
    return "intake publishes what the attempt left at the next run"


def _what(scene: Scene, session: Session) -> str:
    """The title first, unless somebody has to read why the session stands where it stands."""
    parts = [_happening(scene, session), session.title]
    if session.stage in OVER:
        parts.reverse()
    return " — ".join(part for part in parts if part)


def _rows(scene: Scene) -> Iterator[Row]:
    for session in scene.state.sessions.values():
        recent = scene.now - session.since < _RECENT
        if scene.everything or recent or session.stage not in OVER:
            yield row(scene, session)


def _waiting(state: State) -> Iterator[tuple[str, Waiting]]:
    for name, project in state.projects.items():
        yield from ((name, issue) for issue in project.waiting if issue.key not in state.sessions)


def _waiting_row(project: str, waiting: Waiting) -> Row:
    return Row(
        key=waiting.key,
        label=f"{project}#{waiting.number}",
        url=waiting.url,
        group=Group.WAITING,
        stage="waiting",
        since=waiting.created_at,
        tries="",
        pull=None,
        what=f"{waiting.reason} — {waiting.title}",
    )


def _group(session: Session) -> Group:
    if session.stage in RUNNING:
        return Group.RUNNING
    if session.stage in OVER:
        return Group.ENDED
    if session.stage is Stage.REVIEW and session.standing is not None and session.standing.ready:
        return Group.READY_TO_MERGE
    groups = {
        Stage.NEEDS_HUMAN: Group.NEEDS_PERSON,
        Stage.REVIEW: Group.REVIEW,
        Stage.QUEUED: Group.QUEUED,
    }
    return groups.get(session.stage, Group.BLOCKED)


def _tries(session: Session, limit: int) -> str:
    if not session.attempts:
        return ""
    under_way = 1 if session.stage in RUNNING or session.bad_ends == 0 else 0
    return f"{session.bad_ends + under_way}/{limit}"


def _happening(scene: Scene, session: Session) -> str:
    asked = scene.asked.get(session.key)
    return f"asked: {', '.join(asked)}; the next run obeys" if asked else _standing(scene, session)


def _standing(scene: Scene, session: Session) -> str:
    if session.trouble is not None:
        return f"{session.trouble.reason}; again at {session.trouble.until:%H:%M} UTC"
    if session.working:
        return _worker_words(scene.sights.get(session.key)) or (session.cause.note if session.cause else "")
    if session.stage is Stage.IN_PROGRESS:
        return "being published"
    if session.stage is Stage.QUEUED and session.next_attempt_at is not None:
        return f"again at {session.next_attempt_at:%H:%M} UTC: {session.note}"
    if session.stage is Stage.REVIEW:
        return session.standing.note if session.standing is not None else ""
    return session.note


def _worker_words(sight: Sight | None) -> str:
    match sight:
        case Alive(stopping=True):
            return "the worker is being stopped"
        case Ended():
            return "the worker has ended; the next run goes on"
        case Lost():
            return "the worker vanished; the next run looks after it"
        case Unknown(reason=reason):
            return f"cannot tell whether the worker runs: {reason}"
        case _:
            return ""


def _footer(scene: Scene) -> Footer:
    state = scene.state
    last = state.last_run
    return Footer(
        last_run=last,
        running=sum(1 for s in state.sessions.values() if s.working),
        limit=scene.configured.running,
        backoffs=tuple((n, b) for n, p in sorted(state.projects.items()) if (b := _lasting(scene, p)) is not None),
        rests=tuple(_rests(scene)),
        writes_off=not scene.configured.writes,
        overdue=last is not None and scene.now - last.at > _OVERDUE,
        spent=of_day(scene.now, state.sessions.values()),
        cost_per_day=scene.configured.cost_per_day,
    )


def _lasting(scene: Scene, project: ProjectState) -> Backoff | None:
    """The project's backoff or its credential's, unless it is over and the next run will look again."""
    for backoff in (project.backoff, scene.state.credentials.get(project.credential or "")):
        if backoff is not None and backoff.until > scene.now:
            return backoff
    return None


def _rests(scene: Scene) -> Iterator[tuple[str, str]]:
    for name, rest in sorted(scene.state.agents.items()):
        if rest.until is not None and resting(rest, scene.now):
            yield name, f"rests until {rest.until:%H:%M} UTC: {rest.reason}"
        elif failing(rest):
            yield name, f"failed at once {rest.quick} times; the next start is a probe: {rest.reason}"
