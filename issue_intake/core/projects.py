"""What is remembered of a project, and how it changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from issue_intake.core.model import Backoff, ProjectState, Session
from issue_intake.core.names import parse_key
from issue_intake.core.policy import FIRST_DELAY, LONGEST_DELAY, LONGEST_NAMED, ProjectPolicy, doubling, due


def resting(now: datetime, policy: ProjectPolicy, project: ProjectState) -> Backoff | None:
    """The project's backoff while it lasts."""
    backoff = project.backoff
    if backoff is None:
        return None
    longest = LONGEST_NAMED if backoff.named else max(LONGEST_DELAY, policy.backoff)
    return None if due(backoff.until, now, longest) else backoff


def lifted(project: ProjectState, credential: str, *, by_hand: bool) -> ProjectState:
    """Without its backoff when a person names the project, or when its credential is another one than before."""
    renewed = project.credential is not None and project.credential != credential
    return replace(project, credential=credential, backoff=None if by_hand or renewed else project.backoff)


def backed_off(
    now: datetime, policy: ProjectPolicy, project: ProjectState, reason: str, until: datetime | None = None
) -> ProjectState:
    """After a failure: until the time that was named, else `backoff`, doubling with each failure up to an hour."""
    failures = project.backoff.failures + 1 if project.backoff else 1
    later = until or now + doubling(policy.backoff, failures)
    return replace(project, backoff=Backoff(until=later, reason=reason, failures=failures, named=until is not None))


def limited(now: datetime, before: Backoff | None, reason: str, until: datetime) -> Backoff:
    """The rest of a credential after a limit was met: until the time named, longer when it is met in a row.

    GitHub asks for at least a minute after a secondary limit, and for more each time it is met again.
    """
    failures = before.failures + 1 if before is not None and now - before.until < LONGEST_DELAY else 1
    return Backoff(
        until=max(until, now + doubling(FIRST_DELAY, failures)), reason=reason, failures=failures, named=True
    )


def lasting(now: datetime, credentials: Mapping[str, Backoff]) -> dict[str, Backoff]:
    """The rests that may still matter; tokens change, and their fingerprints are not kept for ever."""
    return {name: rest for name, rest in credentials.items() if now - rest.until < LONGEST_DELAY}


def limit(now: datetime, credentials: Mapping[str, Backoff], credential: str) -> Backoff | None:
    """The credential's rest while it lasts."""
    rest = credentials.get(credential)
    return None if rest is None or due(rest.until, now, LONGEST_NAMED) else rest


def looked_at(now: datetime, project: ProjectState, policy: ProjectPolicy, repo_id: int | None) -> ProjectState:
    """After a poll that went well. What failed beside the poll may fail again: `recovered` forgets the backoff."""
    path, before = policy.repository.path, project.repository
    same = repo_id is None or repo_id == project.repo_id
    former = project.former if same else ()
    if same and before is not None and before != path and before not in former:
        former = (*former, before)
    return replace(project, last_poll_at=now, repository=path, former=former, repo_id=repo_id or project.repo_id)


def recovered(project: ProjectState) -> ProjectState:
    """After a tick in which nothing failed for the project."""
    return replace(project, backoff=None)


def known_id(project: ProjectState, policy: ProjectPolicy) -> int | None:
    """The repository's id, if it was looked up for the very name the config has now."""
    return project.repo_id if project.repository == policy.repository.path else None


def rehomed(
    sessions: Iterable[Session], policies: Iterable[ProjectPolicy], projects: Mapping[str, ProjectState]
) -> tuple[Session, ...]:
    """The sessions whose project has another name now: same repository, by its path or by its id."""
    by_path = {policy.repository.path: policy.name for policy in policies}
    by_id = {projects[name].repo_id: name for name in by_path.values() if name in projects}
    moved = []
    for session in sessions:
        home = by_path.get(parse_key(session.key)[0].path) or by_id.get(session.repo_id)
        if home is not None and home != session.project:
            moved.append(replace(session, project=home))
    return tuple(moved)
