"""Look: what the trackers and the workers say, before anything is decided. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime
from time import perf_counter

from issue_intake.core.asking import withdrawn
from issue_intake.core.eligibility import judge
from issue_intake.core.model import Issue, Poll, Session
from issue_intake.core.plan import World
from issue_intake.core.ports import Rule
from issue_intake.core.record import record
from issue_intake.core.work import Sight
from issue_intake.errors import IntakeError, UnavailableError, UsageError
from issue_intake.tick.lookup import LookUp
from issue_intake.tick.parts import Parts

_POOL = 8
_WHOLE = 60.0  # seconds of one project, with all its sessions
_AGAIN = "check the network; it is asked again later"


@record
class ProjectLook:
    """What was seen of one project. `poll` None: not looked, or could not look, and then `fault` says why.

    `listed`: the numbers of the issues that the poll found. `limit`: a limit of the credential's, met after the poll.
    """

    poll: Poll | None = None
    listed: frozenset[int] | None = None
    repo_id: int | None = None
    found: LookUp = field(default_factory=LookUp)
    fault: IntakeError | None = None
    limit: UnavailableError | None = None
    seconds: float = 0.0


@record
class Question:
    """What is to be looked up of one project: its open issues if `poll`, its id unless known."""

    now: datetime
    parts: Parts
    sessions: tuple[Session, ...]
    poll: bool
    repo_id: int | None


def look_at_projects(questions: Sequence[Question]) -> dict[str, ProjectLook]:
    """All projects side by side; one that fails or hangs costs the others nothing."""
    if not questions:
        return {}
    from issue_intake.patience import side_by_side  # noqa: PLC0415 - status looks at workers alone

    looks = [_Looking(question) for question in questions]
    side_by_side([look.look for look in looks], at_once=_POOL, seconds=_WHOLE)
    return {look.name: look.seen() for look in looks}


def world_of(session: Session, sight: Sight | None, look: ProjectLook | None, parts: Parts | None) -> World:
    """What was seen of one session, drawn together."""
    if look is None or parts is None:
        return World(worker=sight)
    found = look.found
    issue = found.issues.get(session.key)
    rule = parts.policy.rule
    return World(
        worker=sight,
        issue_open=None if issue is None else issue.state == "open",
        asked=None if issue is None or rule is None else judge(issue, rule) is None,
        issue=issue,
        withdrawn=_withdrawn(session, issue, rule, found.gone.get(session.key)),
        pull=found.pulls.get(session.key),
        facts=found.facts.get(session.key),
        threads=found.threads.get(session.key),
        listed=None if look.listed is None else session.number in look.listed,
    )


def _withdrawn(session: Session, issue: Issue | None, rule: Rule | None, gone: str | None) -> str | None:
    if gone is not None:
        return gone
    if issue is None or rule is None or issue.state != "open":
        return None
    return withdrawn(session, issue, rule)


class _Looking:
    """One project's look as it grows: what it has seen stays seen, even if it is left behind in the middle."""

    def __init__(self, question: Question) -> None:
        self.name = question.parts.policy.name
        self._question = question
        self._seconds = _WHOLE
        self._found = LookUp()
        self._seen = ProjectLook(fault=UnavailableError(f"no whole answer came within {_WHOLE:g} s", _AGAIN))

    def look(self) -> None:
        """Ask for everything, and count the seconds."""
        began = perf_counter()
        self._look()
        self._seconds = perf_counter() - began

    def seen(self) -> ProjectLook:
        """What was seen so far."""
        return replace(self._seen, found=self._found.copy(), seconds=self._seconds)

    def _look(self) -> None:
        """What fails after the poll is left out, and nothing is decided on it."""
        try:
            repo_id = _repository_id(self._question)
            poll = _poll(self._question.parts) if self._question.poll else None
        except IntakeError as error:
            self._seen = ProjectLook(fault=error)
            return
        listed = frozenset(issue.number for issue in poll.issues) if poll is not None else None
        self._seen = ProjectLook(poll=poll, listed=listed, repo_id=repo_id)
        try:
            self._found.look_up(self._question, poll)
        except UnavailableError as error:
            if error.scope == "credential":
                self._seen = replace(self._seen, limit=error)


def _repository_id(question: Question) -> int:
    """The repository's id. Raises UsageError where the configuration may be so for private repositories alone."""
    tracker, policy = question.parts.tracker, question.parts.policy
    if policy.private_only and not tracker.repository().private:
        raise UsageError(
            "authors: anyone lets strangers start an agent on this machine: the repository is public, and there is no"
            " sandbox",
            "set workspace.sandbox, write authors: writers, or i_understand_the_risk: true",
        )
    return question.repo_id or tracker.repository().id


def _poll(parts: Parts) -> Poll | None:
    parts.recipe.check()
    return parts.tracker.poll(parts.policy.rule) if parts.policy.rule is not None else None
