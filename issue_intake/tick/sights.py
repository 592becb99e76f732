"""Look: what became of the workers. Files and processes alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from issue_intake.core.model import Session, Stage
from issue_intake.core.work import Ref, Sight, Unknown
from issue_intake.errors import IntakeError

if TYPE_CHECKING:
    from issue_intake.core.ports import Worker


def look_at_workers(sessions: Iterable[Session], worker: Worker, ref: Callable[[Session], Ref]) -> dict[str, Sight]:
    """What became of the latest attempt of every session that has one under way or not yet published."""
    return {s.key: _sight(worker, ref(s)) for s in sessions if s.last is not None and _matters(s)}


def _matters(session: Session) -> bool:
    return session.working or session.stage is Stage.IN_PROGRESS


def _sight(worker: Worker, ref: Ref) -> Sight:
    try:
        return worker.look(ref)
    except (IntakeError, OSError) as error:
        return Unknown(str(error))
