"""One tick: look, follow what is under way, dispatch what may start, remember."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from issue_intake.core import projects
from issue_intake.core.fold import observe
from issue_intake.core.model import Session
from issue_intake.core.plan import plan
from issue_intake.core.ports import Sight
from issue_intake.core.queue import Selection
from issue_intake.core.text import one_line
from issue_intake.errors import IntakeError
from issue_intake.tick.acts import Hands
from issue_intake.tick.dispatch import Dispatcher
from issue_intake.tick.follow import Follower, Scene
from issue_intake.tick.journal import Journal
from issue_intake.tick.look import ProjectLook, Question, look_at_projects, look_at_workers
from issue_intake.tick.parts import Parts
from issue_intake.tick.setting import Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """What a tick saw and chose; what it did is in the journal."""

    sights: dict[str, Sight]
    looks: dict[str, ProjectLook]
    selection: Selection


def run_tick(setting: Setting, journal: Journal) -> Ticked:
    """One whole tick. The caller holds the lock."""
    scene = _look(setting, journal)
    began = setting.seconds()
    hands = Hands(worker=setting.worker, ref=setting.ref, elapsed=lambda: setting.seconds() - began)
    follower = _follower(setting, journal, hands, scene)
    for session in _followed(setting, journal):
        follower.follow(session)
    journal.memory.save()
    dispatcher = Dispatcher(journal, setting, scene.looks)
    selection = dispatcher.dispatch(hands, follower)
    _remember_waiting(setting, journal, scene, selection)
    journal.memory.save()
    return Ticked(sights=_sights(setting, journal), looks=dict(scene.looks), selection=selection)


def rehearse(setting: Setting, journal: Journal) -> Ticked:
    """A dry run: the first action of each session and what would start, in the journal's memory alone."""
    scene = _look(setting, journal)
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
    selection = Dispatcher(journal, setting, scene.looks).choose()
    for start in selection.starts:
        journal.told("launch", start.key, _why(start.session), start.label)
    _remember_waiting(setting, journal, scene, selection)
    return Ticked(sights=dict(scene.sights), looks=dict(scene.looks), selection=selection)


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


def _why(session: Session | None) -> str:
    return "is eligible" if session is None else session.note or "is queued"


def _look(setting: Setting, journal: Journal) -> Scene:
    """Workers first, then trackers; what the trackers said is remembered."""
    policies = [project.policy for project in setting.projects]
    for session in projects.rehomed(journal.sessions.values(), policies, journal.memory.state.projects):
        journal.keep(session)
    for fault in setting.faults:
        journal.fault(fault.policy, fault.reason)
    sights = _sights(setting, journal)
    questions = [q for parts in setting.parts.values() if (q := _question(setting, journal, parts)) is not None]
    looks = look_at_projects(questions)
    for name, look in looks.items():
        _learn(journal, setting.parts[name], look)
    awake = {name for name, look in looks.items() if not look.problem}
    silent = {name for name in setting.parts if (b := journal.project(name).backoff) is not None and b.named}
    failed = {name for name, look in looks.items() if look.problem}
    return Scene(looks=looks, sights=sights, asleep=frozenset(failed | (silent - awake)))


def _question(setting: Setting, journal: Journal, parts: Parts) -> Question | None:
    name = parts.policy.name
    known = projects.lifted(journal.project(name), parts.credential, by_hand=setting.only == name)
    journal.memory.keep_project(name, known)
    backoff = projects.resting(journal.now, parts.policy, known)
    if backoff is not None and backoff.named:
        return None
    sessions = tuple(s for s in journal.sessions.values() if s.project == name)
    poll = parts.policy.rule is not None and backoff is None
    if not poll and not sessions:
        return None
    return Question(parts=parts, sessions=sessions, poll=poll, repo_id=projects.known_id(known, parts.policy))


def _learn(journal: Journal, parts: Parts, look: ProjectLook) -> None:
    policy = parts.policy
    if look.problem:
        journal.failed(policy, look.problem, look.until)
        return
    if look.poll is None:
        return
    known = projects.looked_at(journal.now, journal.project(policy.name), policy, look.repo_id)
    journal.memory.keep_project(policy.name, known)
    for warning in look.poll.warnings:
        journal.polls.append(f"{policy.name}: {one_line(warning)}")
    journal.polled(
        policy,
        found(parts, look),
        issues=len(look.poll.issues),
        requests=look.poll.requests,
        unchanged=look.poll.unchanged,
        ms=round(look.seconds * 1000),
    )


def found(parts: Parts, look: ProjectLook) -> str:
    """What a poll found, in one sentence."""
    rule = parts.policy.rule
    count = len(look.poll.issues) if look.poll is not None else 0
    issues = "1 open issue matches" if count == 1 else f"{count} open issues match"
    asked = []
    if rule is not None and rule.labels:
        asked.append(f"labels {', '.join(rule.labels)}")
    if rule is not None and rule.assignee is not None:
        asked.append(f"assignee {rule.assignee}")
    return f"{parts.policy.name}: {issues} {' and '.join(asked)}"


def _followed(setting: Setting, journal: Journal) -> list[Session]:
    return [s for _, s in sorted(journal.sessions.items()) if setting.concerns(s.project)]


def _follower(setting: Setting, journal: Journal, hands: Hands, scene: Scene) -> Follower:
    faulty = frozenset(fault.policy.name for fault in setting.faults)
    return Follower(journal, hands, setting.parts, scene, faulty)


def _sights(setting: Setting, journal: Journal) -> dict[str, Sight]:
    return look_at_workers(journal.sessions.values(), setting.worker, setting.ref)


def _remember_waiting(setting: Setting, journal: Journal, scene: Scene, selection: Selection) -> None:
    """Renewed by each successful poll; where none went well the rows stay as they were."""
    polled = [name for name in setting.parts if (look := scene.looks.get(name)) is not None and look.poll is not None]
    for name in polled:
        project = replace(journal.project(name), waiting=selection.waiting.get(name, ()))
        well = name not in journal.resting | journal.unsettled
        journal.memory.keep_project(name, projects.recovered(project) if well else project)
