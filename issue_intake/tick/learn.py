"""From what the trackers and workers say to what is remembered of them, before anything is decided."""

from __future__ import annotations

from dataclasses import replace

from issue_intake.core import projects
from issue_intake.core.history import known_keys, known_paths
from issue_intake.core.model import ProjectState, Session
from issue_intake.core.text import one_line
from issue_intake.core.work import Sight
from issue_intake.errors import UsageError
from issue_intake.tick.follow import Scene
from issue_intake.tick.journal import Journal
from issue_intake.tick.look import ProjectLook, Question, look_at_projects
from issue_intake.tick.parts import Parts
from issue_intake.tick.setting import Setting
from issue_intake.tick.sights import look_at_workers


def look_around(setting: Setting, journal: Journal) -> Scene:
    """Workers first, then trackers; what the trackers said is remembered."""
    policies = [project.policy for project in setting.projects]
    for session in projects.rehomed(journal.sessions.values(), policies, journal.memory.state.projects):
        journal.keep(session)
    for fault in setting.faults:
        journal.fault(fault.policy, fault.reason)
    sights = look_at_sessions(setting, journal)
    questions = [q for parts in _in_turn(setting, journal) if (q := _question(setting, journal, parts)) is not None]
    looks = look_at_projects(questions)
    for name, look in looks.items():
        _learn(journal, setting.parts[name], look)
        _recall(journal, setting.parts[name], look)
    failed = {name for name, look in looks.items() if look.fault is not None}
    silent = {name for name, parts in setting.parts.items() if _silent(journal, parts)}
    return Scene(looks=looks, sights=sights, asleep=frozenset(failed | silent))


def _in_turn(setting: Setting, journal: Journal) -> list[Parts]:
    """The projects, longest not polled first: where a minute's requests do not serve all, each gets its turn."""
    return sorted(setting.parts.values(), key=lambda parts: _polled_at(journal.project(parts.policy.name)))


def _polled_at(project: ProjectState) -> float:
    return project.last_poll_at.timestamp() if project.last_poll_at is not None else 0.0


def _silent(journal: Journal, parts: Parts) -> bool:
    """Whether the tracker named a time before which nothing more is to be asked."""
    backoff = projects.resting(journal.now, parts.policy, journal.project(parts.policy.name))
    limited = projects.limit(journal.now, journal.memory.state.credentials, parts.credential)
    return limited is not None or (backoff is not None and backoff.named)


def _question(setting: Setting, journal: Journal, parts: Parts) -> Question | None:
    name = parts.policy.name
    known = projects.lifted(journal.project(name), parts.credential, by_hand=setting.only == name)
    journal.memory.keep_project(name, known)
    if _silent(journal, parts):
        return None
    sessions = tuple(s for s in journal.sessions.values() if s.project == name)
    poll = parts.policy.rule is not None and projects.resting(journal.now, parts.policy, known) is None
    if not poll and not sessions:
        return None
    repo_id = projects.known_id(known, parts.policy)
    return Question(now=journal.now, parts=parts, sessions=_from_another(journal, sessions), poll=poll, repo_id=repo_id)


def _from_another(journal: Journal, sessions: tuple[Session, ...]) -> tuple[Session, ...]:
    """The same, each minute begun with another one: where a look ends too early for some, these change."""
    first = int(journal.now.timestamp()) // 60 % max(1, len(sessions))
    return sessions[first:] + sessions[:first]


def _learn(journal: Journal, parts: Parts, look: ProjectLook) -> None:
    policy = parts.policy
    if isinstance(look.fault, UsageError):
        journal.bar(policy, str(look.fault))
        return
    if look.fault is not None:
        journal.unavailable(policy, parts.credential, look.fault)
        return
    if look.limit is not None:
        journal.unavailable(policy, parts.credential, look.limit)
    if look.poll is None:
        return
    known = projects.looked_at(journal.now, journal.project(policy.name), policy, look.repo_id)
    journal.memory.keep_project(policy.name, known)
    for warning in look.poll.warnings:
        journal.polls.append(journal.clean(f"{policy.name}: {one_line(warning)}"))
    journal.polled(
        policy,
        found(parts, look),
        status=304 if look.poll.unchanged == look.poll.requests else 200,
        issues=len(look.poll.issues),
        requests=look.poll.requests,
        unchanged=look.poll.unchanged,
        ms=round(look.seconds * 1000),
    )


def _recall(journal: Journal, parts: Parts, look: ProjectLook) -> None:
    """An issue that is listed again may have a session that left the hot memory: it is taken on already.

    What waits was looked up when it was first listed.
    """
    paths = known_paths(parts.policy, journal.memory.state.projects)
    waiting = {issue.key for issue in journal.project(parts.policy.name).waiting}
    for number in sorted(look.listed or ()):
        keys = tuple(known_keys(paths, number))
        for key in keys if keys[0] not in waiting else ():
            session = journal.memory.recall(key)
            if session is not None:
                journal.memory.keep(replace(session, project=parts.policy.name, listed=True))


def found(parts: Parts, look: ProjectLook) -> str:
    """What a poll found, in one sentence."""
    rule = parts.policy.rule
    count = len(look.poll.issues) if look.poll is not None else 0
    issues = "1 open issue matches" if count == 1 else f"{count} open issues match"
    asked = []
    if rule is not None and rule.labels:
        asked.append(f"labels {', '.join(rule.labels)}")
    if rule is not None and rule.assignee is not None:
        asked.append(f"assignee {rule.assignee}")
    if rule is not None and rule.query is not None:
        asked.append(f"query {rule.query}")
    return f"{parts.policy.name}: {issues} {' and '.join(asked)}"


def look_at_sessions(setting: Setting, journal: Journal) -> dict[str, Sight]:
    """What became of every worker that matters."""
    return look_at_workers(journal.sessions.values(), setting.worker, setting.ref)
