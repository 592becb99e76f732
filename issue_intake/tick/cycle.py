"""One tick: look, follow what is under way, dispatch what may start, remember."""

from __future__ import annotations

import shlex
from dataclasses import replace

from issue_intake.core import projects
from issue_intake.core.history import archivable
from issue_intake.core.model import Session
from issue_intake.core.observe import observe
from issue_intake.core.plan import plan
from issue_intake.core.queue import Candidate, Selection
from issue_intake.core.record import record
from issue_intake.core.refusals import still
from issue_intake.core.work import Sight
from issue_intake.errors import IntakeError
from issue_intake.tick.dispatch import Dispatcher
from issue_intake.tick.follow import Follower, Scene
from issue_intake.tick.hands import Hands
from issue_intake.tick.journal import Journal
from issue_intake.tick.learn import look_around, look_at_sessions
from issue_intake.tick.obey import foresee, obey
from issue_intake.tick.parts import Parts
from issue_intake.tick.setting import Setting
from issue_intake.tick.spent import tell_spent_up


@record
class Ticked:
    """What a tick saw and chose; what it did is in the journal."""

    sights: dict[str, Sight]
    selection: Selection


def run_tick(setting: Setting, journal: Journal) -> Ticked:
    """One whole tick. The caller holds the lock."""
    obey(setting, journal)
    scene = look_around(setting, journal)
    began = setting.seconds()
    hands = Hands(worker=setting.worker, ref=setting.ref, elapsed=lambda: setting.seconds() - began)
    follower = _follower(setting, journal, hands, scene)
    for session in _followed(setting, journal):
        follower.follow(session)
    journal.memory.save()
    selection = Dispatcher(journal, setting, scene.looks, hands).dispatch(follower)
    _remember_waiting(setting, journal, scene, selection)
    tell_spent_up(setting, journal)
    _archive(journal)
    journal.memory.save()
    _mirror(setting, journal)
    return Ticked(sights=look_at_sessions(setting, journal), selection=selection)


def _mirror(setting: Setting, journal: Journal) -> None:
    if any(parts.policy.writes != "off" for parts in setting.parts.values()):
        from issue_intake.tick.mirror import mirror  # noqa: PLC0415 - for those who want it

        mirror(setting, journal)


def rehearse(setting: Setting, journal: Journal) -> Ticked:
    """A dry run: the first action of each session and what would start, in the journal's memory alone."""
    foresee(setting, journal)
    scene = look_around(setting, journal)
    hands = Hands(worker=setting.worker, ref=setting.ref, elapsed=lambda: 0.0)
    follower = _follower(setting, journal, hands, scene)
    for session in _followed(setting, journal):
        world = follower.world(session)
        policy = setting.parts[session.project].policy if session.project in setting.parts else None
        seen = observe(journal.now, policy, session, world)
        journal.keep(seen, world)
        action = plan(journal.now, policy, seen, world)
        if action is not None:
            journal.acted(action, seen)
    for parts in setting.parts.values():
        _rehearse_project(journal, parts)
    selection = Dispatcher(journal, setting, scene.looks, hands).choose()
    for start in selection.starts:
        why = _why(start, copied=setting.parts[start.policy.name].clone.copied())
        journal.told("launch", start.key, why, start.label)
    _remember_waiting(setting, journal, scene, selection)
    return Ticked(sights=dict(scene.sights), selection=selection)


def _rehearse_project(journal: Journal, parts: Parts) -> None:
    """What only a dry run looks at: labels that do not exist, and the prompt."""
    name, rule = parts.policy.name, parts.policy.rule
    if rule is None or name in journal.resting:
        return
    try:
        journal.polls += [f"{name}: {line}" for line in parts.recipe.rehearse()]
        if projects.resting(journal.now, parts.policy, journal.project(name)) is not None:
            return  # it is not asked anything now
        for label in parts.tracker.missing_labels(rule.labels):
            command = f"gh label create {shlex.quote(label)} --repo {parts.policy.repository.path}"
            journal.polls.append(f"{name}: the label {label} does not exist; make it: {command}")
    except IntakeError as error:
        journal.failed(parts.policy, str(error))


def _why(start: Candidate, *, copied: bool) -> str:
    why = "is eligible" if start.session is None else start.session.note or "is queued"
    chosen = "" if start.choice is None else f"; gets {start.choice.sentence}"
    return f"{why}{chosen}" if copied else f"{why}{chosen}; waits for the first copy of the repository"


def _archive(journal: Journal) -> None:
    for session in tuple(journal.sessions.values()):
        if archivable(journal.now, session):
            journal.memory.archive(session)


def _followed(setting: Setting, journal: Journal) -> list[Session]:
    return [s for _, s in sorted(journal.sessions.items()) if setting.concerns(s.project)]


def _follower(setting: Setting, journal: Journal, hands: Hands, scene: Scene) -> Follower:
    faulty = frozenset(fault.policy.name for fault in setting.faults)
    return Follower(journal, hands, setting.parts, scene, faulty)


def _remember_waiting(setting: Setting, journal: Journal, scene: Scene, selection: Selection) -> None:
    """Renewed by each successful poll; where none went well the rows stay as they were."""
    polled = [name for name in setting.parts if (look := scene.looks.get(name)) is not None and look.poll is not None]
    for name in polled:
        project = journal.project(name)
        if project.refused:
            taken = {session.number for session in journal.sessions.values() if session.project == name}
            project = still(project, (scene.looks[name].listed or frozenset()) - taken)
        project = replace(project, waiting=selection.waiting.get(name, ()))
        well = name not in journal.resting | journal.unsettled
        journal.memory.keep_project(name, projects.recovered(project) if well else project)
