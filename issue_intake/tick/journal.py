"""What one tick learns and does, kept in the memory and told to the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from issue_intake.core import projects, rests
from issue_intake.core.actions import NAMES, Action
from issue_intake.core.find import label
from issue_intake.core.model import AgentRest, ProjectState, Session, Stage
from issue_intake.core.plan import World
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.redact import redact, redact_session
from issue_intake.core.rows import Acted
from issue_intake.core.text import without_controls
from issue_intake.core.work import Alive, Ended
from issue_intake.errors import IntakeError, UnavailableError
from issue_intake.store.log import Log
from issue_intake.store.memory import Memory

if TYPE_CHECKING:
    from issue_intake.store.events import Event

Recorder = Callable[[Session, "Event"], None]
"""Writes an event down beside the session's other records; where it cannot, it is left out."""

_NEEDS_PERSON = frozenset({Stage.NEEDS_HUMAN, Stage.BLOCKED})


class Journal:
    """The memory as it grows in a tick, and the lines that are told of it.

    `resting`: projects for which something failed in this tick; `barred`: those of them that cannot be worked as they
    are configured; `unsettled`: those that wait for a first copy.
    """

    def __init__(
        self,
        now: datetime,
        memory: Memory,
        log: Log,
        record: Recorder | None = None,
        *,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self.now = now
        self.memory = memory
        self.actions: list[Acted] = []
        self.problems: list[str] = []
        self.polls: list[str] = []
        self.attention: list[str] = []
        self.changed: set[str] = set()
        self.resting: set[str] = set()
        self.barred: set[str] = set()
        self.unsettled: set[str] = set()
        self._raw_log = log
        self._secrets = secrets
        self._record = record

    @property
    def sessions(self) -> Mapping[str, Session]:
        """Every session as it is now."""
        return self.memory.state.sessions

    @property
    def agents(self) -> Mapping[str, AgentRest]:
        """How the agents' latest attempts went."""
        return self.memory.state.agents

    def project(self, name: str) -> ProjectState:
        """What is remembered of a project."""
        return self.memory.state.projects.get(name, ProjectState())

    def rests(self, policy: ProjectPolicy, credential: str) -> bool:
        """Whether the project's tracker is to be left alone, for its own sake or its credential's."""
        limited = projects.limit(self.now, self.memory.state.credentials, credential)
        return limited is not None or projects.resting(self.now, policy, self.project(policy.name)) is not None

    def keep(self, after: Session, world: World | None = None) -> None:
        """Remember the session, what its attempt says about its agent, and whether it begins to need a person."""
        before = self.sessions.get(after.key)
        self._judge_agent(before, after, world)
        if before == after:
            return
        after = redact_session(after, self._secrets)
        if before == after:
            return
        self.memory.keep(after)
        self._tell_news(before, after)
        if before is None or before.stage is not after.stage:
            self.changed.add(after.key)
            self._log("stage", key=after.key, stage=after.stage.value, note=after.note)
            self._event(after, "stage", after.note, stage=after.stage.value, before=before and before.stage.value)
        if after.stage in _NEEDS_PERSON and (before is None or before.stage is not after.stage):
            self.attention.append(f"{after.project}#{after.number} {after.stage.value}: {after.note}")

    def _tell_news(self, before: Session | None, after: Session) -> None:
        """What is told once of a pull request, when it is first seen."""
        known = before.ledger.answered if before is not None else ()
        for about in after.ledger.answered:
            if about in known:
                continue
            if about.startswith("ready/") and after.pull is not None:
                self.attention.append(f"{label(after)} is ready to merge: {after.pull.url}")
            elif about.startswith("said/"):
                self.polls.append(f"{label(after)}: {about.removeprefix('said/')}")

    def _judge_agent(self, before: Session | None, after: Session, world: World | None) -> None:
        attempt = after.last
        if attempt is None or not attempt.agent:
            return
        rest = self.agents.get(attempt.agent, AgentRest())
        earlier = before.last if before is not None else None
        sight = world.worker if world is not None else None
        if attempt.outcome is not None and earlier is not None and earlier.outcome is None:
            until = sight.end.quota_until if isinstance(sight, Ended) else None
            after_rest = rests.after_end(rest, attempt, until)
        elif isinstance(sight, Alive):
            after_rest = rests.lasted(rest, attempt, self.now)
        else:
            return
        if rests.failing(after_rest) and not rests.failing(rest):
            self.attention.append(f"agent {attempt.agent} fails at once, its starts rest: {attempt.note}")
        self.memory.keep_agent(attempt.agent, after_rest)

    def clean(self, text: str) -> str:
        """`text` as it may be told and kept."""
        return redact(without_controls(text), self._secrets)

    def _log(self, event: str, /, **fields: object) -> None:
        self._raw_log(event, **{name: self.clean(str(value)) for name, value in fields.items()})

    def acted(self, action: Action, session: Session) -> None:
        """An action was done."""
        self.told(NAMES[type(action)], session.key, action.reason, label(session))
        self._event(session, NAMES[type(action)], action.reason)

    def noted(self, session: Session, word: str, message: str, **data: object) -> None:
        """Something that is no action is to be found among the session's events."""
        self._event(session, word, message, **data)
        self._log(word, key=session.key, reason=message)

    def _event(self, session: Session, word: str, message: str, **data: object) -> None:
        if self._record is None:
            return
        number = session.last.number if session.last is not None else None
        from issue_intake.store.events import Event  # noqa: PLC0415 - most runs see none

        event = Event(
            at=self.now, event=word, session=session.key, attempt=number, message=self.clean(message), data=data
        )
        self._record(session, event)

    def told(self, name: str, key: str, reason: str, label: str) -> None:
        """Something was done, or would be, that whoever reads on wants to know."""
        self.actions.append(Acted(action=name, key=key, reason=self.clean(reason), label=label))
        self.changed.add(key)
        self._log(name, key=key, reason=reason)

    def polled(self, policy: ProjectPolicy, sentence: str, **figures: object) -> None:
        """A poll went well."""
        self.polls.append(sentence)
        self._log("poll", project=policy.name, **figures)

    def failed(self, policy: ProjectPolicy, reason: str, until: datetime | None = None) -> None:
        """Something outside failed for this project: it rests, the others go on. Once in a tick."""
        if policy.name in self.resting:
            return
        self.resting.add(policy.name)
        reason = self.clean(reason)
        rested = projects.backed_off(self.now, policy, self.project(policy.name), reason, until)
        self.memory.keep_project(policy.name, rested)
        self.fault(policy, reason)

    def bar(self, policy: ProjectPolicy, reason: str) -> None:
        """A project cannot be worked as it is configured. It is looked at again in the next run: no rest helps."""
        self.barred.add(policy.name)
        self.resting.add(policy.name)
        self.fault(policy, reason)

    def unavailable(self, policy: ProjectPolicy, credential: str, error: IntakeError) -> None:
        """The tracker could not be asked for this project, or for none of those with its credential."""
        if not isinstance(error, UnavailableError):
            self.failed(policy, str(error))
        elif error.scope == "credential" and error.until is not None:
            self._limited(policy, credential, str(error), error.until)
        else:
            self.failed(policy, str(error), error.until)

    def _limited(self, policy: ProjectPolicy, credential: str, reason: str, until: datetime) -> None:
        """A limit was met: all projects of the credential rest, and it is said once."""
        reason = self.clean(reason)
        self.resting.add(policy.name)
        if self._rest(credential, reason, until):
            self.fault(policy, reason)

    def _rest(self, credential: str, reason: str, until: datetime) -> bool:
        """Let all projects of the credential rest; False where they do already."""
        known = self.memory.state.credentials
        if projects.limit(self.now, known, credential) is not None:
            return False
        rest = projects.limited(self.now, known.get(credential), reason, until)
        self.memory.keep_credentials({**projects.lasting(self.now, known), credential: rest})
        return True

    def unwritten(self, policy: ProjectPolicy, credential: str, key: str, error: IntakeError) -> None:
        """GitHub does not show a session as it stands. That is said, and is no fault of the tick."""
        self.polls.append(self.clean(f"{policy.name}: not written on {key.rpartition('#')[2]}: {error}"))
        self._log("unwritten", key=key, reason=error)
        if isinstance(error, UnavailableError) and error.scope == "credential" and error.until is not None:
            self._rest(credential, self.clean(str(error)), error.until)

    def warned(self, sentence: str) -> None:
        """Something that is no fault, and that whoever reads problems alone wants to know once."""
        self.attention.append(self.clean(sentence))
        self._log("attention", reason=sentence)

    def problem(self, about: str, reason: str) -> None:
        """Something that a person asked cannot be done, with one line."""
        self.problems.append(self.clean(f"{about}: {reason}"))
        self._log("problem", about=about, reason=reason)

    def fault(self, policy: ProjectPolicy, reason: str) -> None:
        """A project stops in this tick, with one line."""
        self.problems.append(self.clean(f"{policy.name}: {reason}"))
        self._log("problem", project=policy.name, reason=reason)
