"""What a tick makes of one request."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from issue_intake.core import find, projects
from issue_intake.core.asking import own_label, withdrawn
from issue_intake.core.history import known_keys, known_paths
from issue_intake.core.model import Issue, Pull, Session
from issue_intake.core.names import parse_key
from issue_intake.core.observe import observe
from issue_intake.core.plan import World
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.requests import Request
from issue_intake.core.stages import RUNNING
from issue_intake.core.wishes import No, adopted, cancelled, retried, taken_on
from issue_intake.errors import IntakeError, RefusedError, UnavailableError
from issue_intake.tick.journal import Journal
from issue_intake.tick.parts import Fault, Parts, Project
from issue_intake.tick.setting import Setting
from issue_intake.tick.sights import look_at_workers


def answer(setting: Setting, journal: Journal, request: Request) -> bool:
    """Carry it out, or say why not; False where it has to wait for a later tick."""
    try:
        session = _session(setting, journal, request)
    except IntakeError as error:
        return _refuse(journal, request, None, str(error))
    project = _project(setting, request, session)
    if not _concerned(setting, project, session):
        return False
    match request.verb:
        case "cancel":
            return _cancel(journal, request, session)
        case "retry":
            return _retry(setting, journal, request, session, project)
        case "adopt":
            return _adopt(journal, request, session, project)
        case _:
            assert_never(request.verb)


def _session(setting: Setting, journal: Journal, request: Request) -> Session | None:
    """The session asked about, under the project's present name. Raises UsageError on a damaged record."""
    found = _remembered(journal, request.key)
    policies = [project.policy for project in setting.projects]
    if found is None:
        repository, number = parse_key(request.key)
        named = (policy for policy in policies if policy.repository.path == repository.path)
        remembered = journal.memory.state.projects
        keys = (key for policy in named for key in known_keys(known_paths(policy, remembered), number))
        found = next((s for key in keys if (s := _remembered(journal, key)) is not None), None)
    if found is None:
        return None
    moved = projects.rehomed((found,), policies, journal.memory.state.projects)
    return moved[0] if moved else found


def _remembered(journal: Journal, key: str) -> Session | None:
    return journal.sessions.get(key) or journal.memory.recall(key)


def _project(setting: Setting, request: Request, session: Session | None) -> Project | None:
    path = parse_key(request.key)[0].path
    for project in setting.projects:
        if session is not None and project.policy.name == session.project:
            return project
        if session is None and project.policy.repository.path == path:
            return project
    return None


def _concerned(setting: Setting, project: Project | None, session: Session | None) -> bool:
    """Whether it is this tick's to answer; one for a single project leaves what others were asked."""
    if project is not None:
        return setting.concerns(project.policy.name)
    return setting.only is None or (session is not None and setting.concerns(session.project))


def _cancel(journal: Journal, request: Request, session: Session | None) -> bool:
    """That the worker is stopped follows from the stage."""
    if session is None:
        return _refuse(journal, request, None, "there is no such session")
    return _keep(journal, request, session, cancelled(journal.now, session, request.by))


def _retry(
    setting: Setting, journal: Journal, request: Request, session: Session | None, project: Project | None
) -> bool:
    if session is None:
        return _refuse(journal, request, None, "there is no such session")
    if _takes_nothing_on(project):
        return _refuse(journal, request, session, f"the project {session.project} is not worked by this configuration")
    session = _as_seen(setting, journal, session, project.policy if project is not None else None)
    if session.working and session.stage not in RUNNING:
        return False  # its worker is still being ended
    return _keep(journal, request, session, retried(journal.now, session, request.by))


def _as_seen(setting: Setting, journal: Journal, session: Session, policy: ProjectPolicy | None) -> Session:
    """The session after a look at its worker, which may be at its end: a cancel and a retry may come together."""
    if not session.working:
        return session
    world = World(worker=look_at_workers((session,), setting.worker, setting.ref).get(session.key))
    seen = observe(journal.now, policy, session, world)
    journal.keep(seen, world)
    return seen


def _adopt(journal: Journal, request: Request, session: Session | None, project: Project | None) -> bool:
    if isinstance(project, Fault):
        return False  # that it cannot be worked now is said anyway
    if project is None or project.policy.rule is None:
        return _refuse(journal, request, session, "no project of this configuration takes on issues of its repository")
    if journal.rests(project.policy, project.credential):
        return False
    try:
        issue, pull, repo_id = _look_up(project, request)
    except UnavailableError as error:
        journal.unavailable(project.policy, project.credential, error)
        return False
    except IntakeError as error:
        return _refuse(journal, request, session, str(error))
    before = session or taken_on(journal.now, project.policy, issue, repo_id)
    after = adopted(journal.now, before, pull, request.by)
    if isinstance(after, Session) and after is not before:
        after = _wanted(project, after, issue)
    return _keep(journal, request, before, after)


def _look_up(parts: Parts, request: Request) -> tuple[Issue, Pull, int]:
    """The issue, the pull request, and the repository's id. Raises RefusedError where its head lies elsewhere."""
    _, number = parse_key(request.key)
    issue, pull = parts.tracker.issue(number), parts.pulls.get(request.pull or 0)
    if pull.number not in {own.number for own in parts.pulls.by_branch(pull.branch)}:
        raise RefusedError(f"the head of pull request #{pull.number} is no branch of the repository itself")
    return issue, pull, parts.tracker.repository().id


def _wanted(parts: Parts, session: Session, issue: Issue) -> Session | No:
    """Without this the session would be cancelled by the next look, which finds that nobody asks for it."""
    if issue.state != "open":
        return No("the issue is closed")
    why = withdrawn(session, issue, parts.policy.rule) if parts.policy.rule is not None else ""
    if why:
        return No(f"the issue is not one for intake: {why}")
    return replace(session, label=own_label(issue, parts.policy.choosing))


def _takes_nothing_on(project: Project | None) -> bool:
    return project is None or (isinstance(project, Parts) and project.policy.rule is None)


def _keep(journal: Journal, request: Request, before: Session, after: Session | No) -> bool:
    if isinstance(after, No):
        return _refuse(journal, request, before, after.reason)
    if after is not before:
        journal.keep(after)
        journal.told(request.verb, after.key, after.note, find.label(after))
    return True


def _refuse(journal: Journal, request: Request, session: Session | None, reason: str) -> bool:
    about = find.label(session) if session is not None else request.key.removeprefix("github:")
    journal.problem(about, f"{request.verb} was asked, and not done: {reason}")
    return True
