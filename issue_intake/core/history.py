"""What is over leaves the hot memory for its own record on disk, and is found there again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from issue_intake.core.model import ProjectState, Session
from issue_intake.core.plan import open_pull
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.stages import OVER

# Longer than any count looks back (starts in 24 hours) and than a person's weekend.
_HOT = timedelta(days=7)


def archivable(now: datetime, session: Session) -> bool:
    """Whether nothing can move the session any more but its issue coming back: over for a week, all cleaned up."""
    return (
        session.stage in OVER
        and now - session.since > _HOT
        and session.workspace in {"none", "removed"}
        and not (session.working or session.listed or open_pull(session))
    )


def known_paths(policy: ProjectPolicy, projects: Mapping[str, ProjectState]) -> tuple[str, ...]:
    """Every path that issues of the repository can be on record under: its present one, then its former ones."""
    repo_id = projects.get(policy.name, ProjectState()).repo_id
    same = [project for project in projects.values() if repo_id is not None and project.repo_id == repo_id]
    former = (path for project in same for path in (*project.former, project.repository) if path is not None)
    return tuple(dict.fromkeys((policy.repository.path, *former)))


def known_keys(paths: Iterable[str], number: int) -> Iterator[str]:
    """Every key that the issue can be on record under."""
    return (f"github:{path}#{number}" for path in paths)
