"""The memory of one tick: what is known now, and how it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from issue_intake.core.model import AgentRest, Backoff, Configured, LastRun, ProjectState, Session, State
from issue_intake.core.names import parse_key, slug
from issue_intake.store import rebuild, state


class Memory:
    """The state as last read or written, and as it is now. `sessions`: the folder of all sessions' own records."""

    def __init__(self, path: Path, sessions: Path) -> None:
        self._path = path
        self._sessions = sessions
        self._numbers: dict[str, frozenset[str]] = {}
        loaded = state.load(path)
        self.rebuilt = loaded is None
        self.state = loaded if loaded is not None else rebuild.rebuild(sessions)
        self._saved = loaded

    def keep(self, session: Session) -> None:
        """Remember the session as it is now."""
        if self.state.sessions.get(session.key) != session:
            self.state = replace(self.state, sessions={**self.state.sessions, session.key: session})

    def recall(self, key: str) -> Session | None:
        """A session that left for its own record, None where there is none. Raises UsageError on a damaged record."""
        if key in self.state.sessions or not self._has_folder(key):
            return None
        record = self._record(key)
        return state.read_session(record) if record.exists() else None

    def archive(self, session: Session) -> None:
        """Let the session leave for its own record. Raises UsageError when the disk refuses."""
        state.write_session(self._record(session.key), session, durable=True)
        rest = {key: value for key, value in self.state.sessions.items() if key != session.key}
        self.state = replace(self.state, sessions=rest)

    def everything(self) -> State:
        """The state with all that has left it. Cost grows with history. Raises UsageError on a damaged record."""
        here = frozenset(self._record(key).parent for key in self.state.sessions)
        archived = rebuild.rebuild(self._sessions, known=here).sessions
        return replace(self.state, sessions={**archived, **self.state.sessions})

    def keep_project(self, name: str, project: ProjectState) -> None:
        """Remember the project as it is now."""
        self.state = replace(self.state, projects={**self.state.projects, name: project})

    def keep_agent(self, name: str, rest: AgentRest) -> None:
        """Remember how an agent's attempts went."""
        agents = {key: value for key, value in self.state.agents.items() if key != name}
        self.state = replace(self.state, agents=agents if rest == AgentRest() else {**agents, name: rest})

    def keep_credentials(self, rests: Mapping[str, Backoff]) -> None:
        """Remember the limits that hold for all projects of a credential."""
        self.state = replace(self.state, credentials=rests)

    def keep_configured(self, configured: Configured) -> None:
        """Remember what the configuration says."""
        self.state = replace(self.state, configured=configured)

    def keep_run(self, run: LastRun) -> None:
        """Remember how the tick ended."""
        self.state = replace(self.state, last_run=run)

    def keep_obeyed(self, ids: tuple[str, ...]) -> None:
        """Remember which requests were carried out and may still lie there."""
        if self.state.obeyed != ids:
            self.state = replace(self.state, obeyed=ids)

    def keep_spent_up(self, currencies: tuple[str, ...]) -> None:
        """Remember in which currencies the day's limit holds."""
        if self.state.spent_up != currencies:
            self.state = replace(self.state, spent_up=currencies)

    def save(self) -> None:
        """Write what changed: the sessions' own records first, so that a rebuilt memory never knows less.

        Raises UsageError when the disk refuses.
        """
        if self._saved == self.state:
            return
        before = self._saved.sessions if self._saved is not None else {}
        for key, session in self.state.sessions.items():
            known = before.get(key)
            if known is not session and known != session:
                state.write_session(self._record(key), session, durable=False)
        self._file.save(self.state)
        self._saved = self.state

    @cached_property
    def _file(self) -> state.StateFile:
        return state.StateFile(self._path)

    def _has_folder(self, key: str) -> bool:
        """Whether the session has a folder; the repository's are listed once, however many issues are new."""
        repository, number = parse_key(key)
        name = slug(repository)
        if name not in self._numbers:
            self._numbers[name] = frozenset(rebuild.names(self._sessions / name))
        return str(number) in self._numbers[name]

    def _record(self, key: str) -> Path:
        repository, number = parse_key(key)
        return self._sessions / slug(repository) / str(number) / rebuild.RECORD
