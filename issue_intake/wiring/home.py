"""One installation: where everything lies, and what is read from it on demand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from issue_intake.config.credentials import secret_values
from issue_intake.config.paths import Paths, locate
from issue_intake.core.attempt import End
from issue_intake.core.model import Session
from issue_intake.core.names import parse_key, run_name, slug
from issue_intake.core.ports import Worker
from issue_intake.core.work import Ref
from issue_intake.errors import UsageError
from issue_intake.store.memory import Memory

if TYPE_CHECKING:
    from issue_intake.config.model import Config, Project
    from issue_intake.wiring.shown import Grounds


@dataclass(frozen=True)
class Installation:
    """One home: where everything lies, and what is read from it on demand."""

    paths: Paths

    @cached_property
    def config(self) -> Config:
        """The configuration. Raises UsageError."""
        from issue_intake.config.load import load  # noqa: PLC0415 - status reads the memory alone
        from issue_intake.git.program import origin_url  # noqa: PLC0415

        kept = (self.paths.home, self.paths.worktrees)
        return load(self.paths.config, environ=os.environ, origin_url=origin_url, kept=kept)

    def memory(self) -> Memory:
        """The memory, read or rebuilt. Raises UsageError."""
        return Memory(self.paths.state, self.paths.sessions)

    def ref(self, session: Session) -> Ref:
        """Where the session's latest attempt is found."""
        repository, number = parse_key(session.key)
        name = slug(repository)
        attempt = session.last.number if session.last else 0
        return Ref(
            run=run_name(name, number, attempt),
            folder=self.paths.attempt(name, number, attempt),
            worktree=Path(session.worktree) if session.worktree else self._places.worktree(name, number),
            handle=session.last.handle if session.last else None,
        )

    def grounds(self, project: Project) -> Grounds:
        """What a sandbox of the project hides and shows of this installation."""
        from issue_intake.wiring.shown import Grounds  # noqa: PLC0415 - few have one, and only a start needs it

        keys = tuple(each.app.key_file for each in self.config.projects if each.app is not None)
        return Grounds(
            home=self.paths.home,
            worktrees=self.worktrees,
            clone=self.paths.clone(slug(project.repository)),
            files=(self.config.path.absolute(), self.config.env_file, *keys),
            environ={**os.environ, **self.config.env},
        )

    @cached_property
    def worktrees(self) -> Path:
        """What agents work in."""
        return self._places.worktrees

    @cached_property
    def _places(self) -> Paths:
        try:
            return self.paths.moved(self.config.worktrees)
        except UsageError:
            return self.paths  # status reads on with a faulty configuration

    @cached_property
    def worker(self) -> Worker:
        """Where attempts run."""
        return self.reading(secret_values(os.environ), scrubbing=False)

    def reading(self, secrets: tuple[str, ...], *, scrubbing: bool) -> Worker:
        """The same, for those who know the secrets. `scrubbing`: none of them stays in what an ended attempt left."""
        from issue_intake.workers.local import LocalWorker  # noqa: PLC0415

        scrub = partial(_scrub, secrets) if scrubbing else None
        return LocalWorker(partial(_read_end, secrets), scrub=scrub)

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """What may be in nothing that is shown, as far as it is known without asking anybody."""
        try:
            return secret_values({**os.environ, **self.config.env})
        except UsageError:
            return secret_values(os.environ)


def _read_end(secrets: tuple[str, ...], folder: Path, exit_record: Mapping[str, object]) -> End:
    from issue_intake.core.redact import redact_end  # noqa: PLC0415 - most runs meet no end
    from issue_intake.workers.outcome.result import read_end  # noqa: PLC0415

    return redact_end(read_end(folder, exit_record), secrets)


def _scrub(secrets: tuple[str, ...], folder: Path) -> None:
    from issue_intake.workers.scrub import scrub  # noqa: PLC0415 - most runs meet no end

    scrub(folder, secrets)


def installation(home: Path | None, config: Path | None) -> Installation:
    """The home that options and environment point to."""
    return Installation(locate(os.environ, home=home, config=config))
