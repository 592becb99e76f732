"""From the configuration to the real parts. What a command does not need is not imported."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from issue_intake.config.load import load
from issue_intake.config.model import Config, Project, Unresolved
from issue_intake.config.paths import Paths, locate
from issue_intake.core.eligibility import Reason
from issue_intake.core.model import Session
from issue_intake.core.names import RepositoryName, parse_key, run_name, slug
from issue_intake.core.policy import Limits, ProjectPolicy
from issue_intake.core.ports import Ref, Worker
from issue_intake.core.stages import OVER
from issue_intake.errors import IntakeError, UsageError
from issue_intake.parts import Fault, Parts
from issue_intake.parts import Project as Wired
from issue_intake.setting import Setting
from issue_intake.store.memory import Memory


@dataclass(frozen=True)
class Installation:
    """One home: where everything lies, and what is read from it on demand."""

    paths: Paths

    @cached_property
    def config(self) -> Config:
        """The configuration. Raises UsageError."""
        from issue_intake.git.program import origin_url  # noqa: PLC0415 - status starts no git

        return load(self.paths.config, environ=os.environ, origin_url=origin_url)

    def memory(self) -> Memory:
        """The memory, read or rebuilt. Raises UsageError."""
        return Memory(self.paths.state, self.paths.sessions, self.session_folder)

    def session_folder(self, session: Session) -> Path:
        """The folder of a session's records."""
        repository, number = parse_key(session.key)
        return self.paths.session(slug(repository), number)

    def ref(self, session: Session) -> Ref:
        """Where the session's latest attempt is found."""
        repository, number = parse_key(session.key)
        name = slug(repository)
        attempt = session.last.number if session.last else 0
        return Ref(
            run=run_name(name, number, attempt),
            folder=self.paths.attempt(name, number, attempt),
            worktree=Path(session.worktree) if session.worktree else self.worktrees / name / f"issue-{number}",
            handle=session.last.handle if session.last else None,
        )

    @cached_property
    def worktrees(self) -> Path:
        """What agents work in."""
        return self.config.worktrees or self.paths.worktrees

    @cached_property
    def worker(self) -> Worker:
        """Where attempts run."""
        from issue_intake.workers.local import LocalWorker  # noqa: PLC0415
        from issue_intake.workers.result import read_end  # noqa: PLC0415

        return LocalWorker(read_end)
