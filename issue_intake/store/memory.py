"""The memory of one tick: what is known now, and how it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from issue_intake.core.model import AgentRest, LastRun, ProjectState, Session
from issue_intake.store import rebuild, state


class Memory:
    """The state as last read or written, and as it is now. `folder` gives a session's own folder."""

    def __init__(self, path: Path, sessions: Path, folder: Callable[[Session], Path]) -> None:
        self._path = path
        self._folder = folder
        loaded = state.load(path)
        self.rebuilt = loaded is None
        self.state = loaded if loaded is not None else rebuild.rebuild(sessions)
        self._saved = loaded

    def keep(self, session: Session) -> None:
        """Remember the session as it is now."""
        if self.state.sessions.get(session.key) != session:
            self.state = replace(self.state, sessions={**self.state.sessions, session.key: session})

    def keep_project(self, name: str, project: ProjectState) -> None:
        """Remember the project as it is now."""
        self.state = replace(self.state, projects={**self.state.projects, name: project})

    def keep_agent(self, name: str, rest: AgentRest) -> None:
        """Remember how an agent's attempts went."""
        agents = {key: value for key, value in self.state.agents.items() if key != name}
        self.state = replace(self.state, agents=agents if rest == AgentRest() else {**agents, name: rest})

    def keep_run(self, run: LastRun) -> None:
        """Remember how the tick ended."""
        self.state = replace(self.state, last_run=run)

    def save(self) -> None:
        """Write what changed: the sessions' own records first, so that a rebuilt memory never knows less.

        Raises UsageError when the disk refuses.
        """
        if self._saved == self.state:
            return
        before = self._saved.sessions if self._saved is not None else {}
        for key, session in self.state.sessions.items():
            if before.get(key) != session:
                state.write_session(self._folder(session) / rebuild.RECORD, session)
        state.save(self._path, self.state)
        self._saved = self.state
