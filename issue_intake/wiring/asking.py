"""What a person asks of the next run: left as a request, without the lock. Each says what will come of it."""

from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime

from issue_intake.core.find import label
from issue_intake.core.model import Session
from issue_intake.core.requests import Request, Verb
from issue_intake.core.stages import OVER, RUNNING
from issue_intake.core.wishes import No, prospect, retried
from issue_intake.core.work import Ended
from issue_intake.errors import UnavailableError, UsageError
from issue_intake.store import requests
from issue_intake.wiring.home import Installation
from issue_intake.wiring.meaning import meant, meant_issue
from issue_intake.wiring.showing import wishes


def retry(home: Installation, issue: str) -> str:
    """Ask again for a session. Raises UsageError where none is meant, or it is in work."""
    session = meant(home.memory(), issue)
    name, stopping = label(session), "cancel" in wishes(home).get(session.key, ())
    if session.stage in RUNNING and not stopping:
        raise UsageError(f"{name} is in work: there is nothing to ask again", f"intake cancel {name} stops it")
    _ask(home, "retry", session.key)
    if session.working or stopping:
        return f"{name} is asked again: the next run after its worker has ended queues it"
    after = retried(_now(), session)
    return f"{name} ({session.stage.value}) is asked again: {'' if isinstance(after, No) else prospect(after)}"


def cancel(home: Installation, issue: str) -> str:
    """Stop a session: its worker at once, the rest by the next run. Raises UsageError where none is meant."""
    session = meant(home.memory(), issue)
    if session.stage in OVER and not session.working:
        return f"{label(session)} is over already ({session.stage.value}): there is nothing to cancel"
    _ask(home, "cancel", session.key)
    return f"{label(session)}: {_stopped(home, session)}"


def adopt(home: Installation, issue: str, pull: int) -> str:
    """Ask that a pull request be followed as the issue's own. Raises UsageError where no issue is meant."""
    named = meant_issue(home, home.memory(), issue)
    project = next((p for p in home.config.projects if p.name == named.project), None)
    if project is None or not project.enabled or project.rule is None:
        raise UsageError(f"{named.project} takes nothing on", "give it an intake: block, and leave it enabled")
    _ask(home, "adopt", named.key, pull)
    return (
        f"{named.label}: the next run follows pull request #{pull} as its own, if its head is a branch "
        f"agent/issue-{named.number} of {project.repository.full}; it starts nothing by itself"
    )


def _stopped(home: Installation, session: Session) -> str:
    if not session.working:
        return "no worker is at work; the next run cancels the session"
    ref = home.ref(session)
    if isinstance(home.worker.look(ref), Ended):
        return f"its worker had ended already; the next run cancels the session, its work stays in {ref.worktree}"
    try:
        home.worker.stop(ref)
    except UnavailableError as error:
        return f"the next run stops its worker: {error.message}"
    return "its worker is being stopped; the next run cancels the session, and keeps work that is not published"


def _ask(home: Installation, verb: Verb, key: str, pull: int | None = None) -> None:
    now = _now()
    requests.ask(
        home.paths.requests,
        Request(id=requests.new_id(now), at=now, verb=verb, key=key, pull=pull, by=_login()),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _login() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""
