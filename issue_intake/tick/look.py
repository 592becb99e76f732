"""Look: what the trackers and the workers say, before anything is decided. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter

from issue_intake.core.eligibility import judge
from issue_intake.core.model import Issue, Poll, Pull, Session, Stage
from issue_intake.core.plan import World, open_pull, watched
from issue_intake.core.ports import Worker
from issue_intake.core.work import Ref, Sight, Unknown
from issue_intake.errors import IntakeError, RefusedError, UnavailableError
from issue_intake.tick.parts import Parts

_POOL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectLook:
    """What was seen of one project. `poll` None: not looked, or could not look, and then `fault` says why.

    `listed`: the numbers of the issues that the poll found. `limit`: a limit of the credential's, met after the poll.
    """

    poll: Poll | None = None
    listed: frozenset[int] | None = None
    repo_id: int | None = None
    issues: Mapping[str, Issue] = field(default_factory=dict)
    pulls: Mapping[str, Pull] = field(default_factory=dict)
    fault: IntakeError | None = None
    limit: UnavailableError | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be looked up of one project: its open issues if `poll`, its id unless known."""

    parts: Parts
    sessions: tuple[Session, ...]
    poll: bool
    repo_id: int | None


def look_at_projects(questions: Sequence[Question]) -> dict[str, ProjectLook]:
    """All projects side by side; one that fails or hangs costs the others nothing."""
    if not questions:
        return {}
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - status looks at workers alone

    with ThreadPoolExecutor(max_workers=min(_POOL, len(questions))) as pool:
        looks = pool.map(_look, questions)
        return {q.parts.policy.name: look for q, look in zip(questions, looks, strict=True)}


def look_at_workers(sessions: Iterable[Session], worker: Worker, ref: Callable[[Session], Ref]) -> dict[str, Sight]:
    """What became of the latest attempt of every session that has one under way or not yet published."""
    return {s.key: _sight(worker, ref(s)) for s in sessions if s.last is not None and _matters(s)}


def world_of(session: Session, sight: Sight | None, look: ProjectLook | None, parts: Parts | None) -> World:
    """What was seen of one session, drawn together."""
    if look is None or parts is None:
        return World(worker=sight)
    issue = look.issues.get(session.key)
    rule = parts.policy.rule
    return World(
        worker=sight,
        issue_open=None if issue is None else issue.state == "open",
        asked=None if issue is None or rule is None else judge(issue, rule) is None,
        pull=look.pulls.get(session.key),
        listed=None if look.listed is None else session.number in look.listed,
    )


def _matters(session: Session) -> bool:
    return session.working or session.stage is Stage.IN_PROGRESS


def _sight(worker: Worker, ref: Ref) -> Sight:
    try:
        return worker.look(ref)
    except (IntakeError, OSError) as error:
        return Unknown(str(error))


def _look(question: Question) -> ProjectLook:
    began = perf_counter()
    try:
        repo_id = question.repo_id or question.parts.tracker.repository().id
        poll = _poll(question.parts) if question.poll else None
    except IntakeError as error:
        return ProjectLook(fault=error, seconds=perf_counter() - began)
    issues: dict[str, Issue] = {}
    pulls: dict[str, Pull] = {}
    limit = None
    try:
        _look_up_issues(question, poll, issues)
        _look_up_pulls(question, pulls)
    except UnavailableError as error:  # what could not be had is left out, and nothing is decided on it
        limit = error if error.scope == "credential" else None
    return ProjectLook(
        poll=poll,
        listed=frozenset(issue.number for issue in poll.issues) if poll is not None else None,
        repo_id=repo_id,
        issues=issues,
        pulls=pulls,
        limit=limit,
        seconds=perf_counter() - began,
    )


def _poll(parts: Parts) -> Poll | None:
    parts.recipe.check()
    return parts.tracker.poll(parts.policy.rule) if parts.policy.rule is not None else None


def _look_up_issues(question: Question, poll: Poll | None, found: dict[str, Issue]) -> None:
    """The sessions' issues: as the poll has them, else asked for by number. Stops where the tracker is out of reach."""
    listed = {issue.number: issue for issue in poll.issues} if poll is not None else {}
    for session in question.sessions:
        if session.number in listed:
            found[session.key] = listed[session.number]
    for session in question.sessions:
        if session.key not in found and watched(session):
            with suppress(RefusedError):
                found[session.key] = question.parts.tracker.issue(session.number)


def _look_up_pulls(question: Question, found: dict[str, Pull]) -> None:
    """The sessions' open pull requests, looked at after their issues: a merge closes the issue, not the reverse."""
    for session in question.sessions:
        if session.pull is not None and open_pull(session):
            with suppress(RefusedError):
                found[session.key] = question.parts.pulls.get(session.pull.number)
