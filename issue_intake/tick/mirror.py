"""Mirror: what GitHub shows of the sessions is brought up to what is saved. A fault costs a line, never the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeVar

from issue_intake.core import comment
from issue_intake.core import mirror as core
from issue_intake.core.asking import taken_off, withdrawn
from issue_intake.core.labels import family
from issue_intake.core.model import Session
from issue_intake.core.ports import Notes
from issue_intake.core.record import record
from issue_intake.core.stages import ACTIVE
from issue_intake.errors import IntakeError, RefusedError, UnavailableError
from issue_intake.patience import within
from issue_intake.store.tail import tail
from issue_intake.tick.journal import Journal
from issue_intake.tick.parts import Parts
from issue_intake.tick.setting import Setting

T = TypeVar("T")

_SECONDS = 10.0
_MOST = 20  # sessions in one tick
_FAULTS = 3  # of one project: then it is left alone


@record
class _Job:
    parts: Parts
    notes: Notes
    session: Session
    due: core.Due


def mirror(setting: Setting, journal: Journal) -> None:
    """Write what changed. All of it can be repeated, and what is not done is done by a later tick.

    A label is on record before it is set: whenever the run is killed, the next look takes it for intake's own.
    """
    jobs = sorted(_jobs(setting, journal), key=lambda job: (job.session.since, job.session.key), reverse=True)[:_MOST]
    if not jobs:
        return
    for job in jobs:
        if job.due.label:
            journal.memory.keep(core.announcing(job.session))
    journal.memory.save()
    _Writer(setting, journal).write(jobs)
    journal.memory.save()


def _jobs(setting: Setting, journal: Journal) -> Iterator[_Job]:
    for session in journal.sessions.values():
        parts = setting.parts.get(session.project)
        if parts is None or parts.notes is None or _rests(journal, parts):
            continue
        due = core.due(parts.policy, session)
        if due.anything:
            yield _Job(parts=parts, notes=parts.notes, session=session, due=due)


def _rests(journal: Journal, parts: Parts) -> bool:
    return parts.policy.name in journal.resting or journal.rests(parts.policy, parts.credential)


class _Writer:
    """Writes one job after the other until the time is used up."""

    def __init__(self, setting: Setting, journal: Journal) -> None:
        self._setting = setting
        self._journal = journal
        self._began = setting.seconds()
        self._faults: Counter[str] = Counter()

    def write(self, jobs: list[_Job]) -> None:
        """Newest first: one that fails again and again does not keep the others from being written."""
        for job in jobs:
            if self._left() <= 0:
                return
            if self._faults[job.parts.policy.name] < _FAULTS and not _rests(self._journal, job.parts):
                self._write(job)

    def _write(self, job: _Job) -> None:
        key, parts, due = job.session.key, job.parts, job.due
        try:
            if due.label and not self._label(job):
                return
            if due.comment:
                self._comment(job)
            if due.on_pull:
                self._tell_on_pull(job)
        except IntakeError as error:
            self._faults[parts.policy.name] += 1
            self._journal.unwritten(parts.policy, parts.credential, key, error)
            return
        self._keep(core.settled(self._session(key)))

    def _label(self, job: _Job) -> bool:
        """False where a person has just taken the label off, which means stop: the next look decides."""
        session, policy = self._session(job.session.key), job.parts.policy
        if session.stage in ACTIVE and (session.label is not None or session.mirrored is not None):
            issue = self._ask(lambda: job.parts.tracker.issue(session.number))
            if withdrawn(session, issue, policy.rule) if policy.rule else taken_off(session, issue):
                return False
        label = core.label_of(session)
        self._send(job, lambda: job.notes.set_label(session.number, label, family(policy.rule)))
        self._keep(core.labelled(session))
        return True

    def _comment(self, job: _Job) -> None:
        session, policy = self._session(job.session.key), job.parts.policy
        log = tail(self._setting.ref(session).folder / "worker.log") if comment.failed(session) else ""
        text = comment.status_comment(session, self._telling(job, log))
        self._send(job, lambda: job.notes.comment(session.number, comment.status_marker(session), text))
        self._keep(core.commented(policy, session))

    def _tell_on_pull(self, job: _Job) -> None:
        session, policy = self._session(job.session.key), job.parts.policy
        pull, text = session.pull, core.pull_comment(policy, session, self._telling(job, ""))
        if pull is None or not text:
            return
        self._send(job, lambda: job.notes.comment(pull.number, comment.pull_marker(session), text))
        self._keep(core.told_on_pull(policy, session))

    def _telling(self, job: _Job, log: str) -> comment.Telling:
        return comment.Telling(rule=job.parts.policy.rule, secrets=job.parts.secrets, log=log)

    def _send(self, job: _Job, write: Callable[[], None]) -> None:
        """What is refused for good would be refused again: it is said once and counts as written."""
        try:
            self._ask(write)
        except RefusedError as error:
            self._journal.unwritten(job.parts.policy, job.parts.credential, job.session.key, error)

    def _ask(self, call: Callable[[], T]) -> T:
        """Its answer. Raises UnavailableError where none comes in time: what was sent may still arrive."""
        try:
            return within(self._left(), call)
        except TimeoutError:
            raise UnavailableError("no answer came in time", "it is sent again by the next run") from None

    def _session(self, key: str) -> Session:
        return self._journal.sessions[key]

    def _keep(self, session: Session) -> None:
        self._journal.memory.keep(session)

    def _left(self) -> float:
        return _SECONDS - (self._setting.seconds() - self._began)
