"""Vetting: which new issues may be worked on, asked for where one would start, and remembered where it may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from issue_intake.core.eligibility import UNTOLD, Reason
from issue_intake.core.model import Issue
from issue_intake.core.names import issue_key
from issue_intake.core.queue import Candidate
from issue_intake.core.refusals import MOST, refusing, remembered
from issue_intake.errors import IntakeError, UnavailableError
from issue_intake.tick.journal import Journal
from issue_intake.tick.look import ProjectLook
from issue_intake.tick.parts import Parts

if TYPE_CHECKING:
    from issue_intake.core.trust import Taken

LATE = Reason("late", "this run has acted for a minute; the next one starts it")


class Vetting:
    """What one tick finds out of new issues. `refused`: those that may not be worked on, by key."""

    def __init__(self, journal: Journal, parts: Mapping[str, Parts], looks: Mapping[str, ProjectLook]) -> None:
        self._journal = journal
        self._parts = parts
        self._taken: dict[str, Taken] = {}
        self._asked: Counter[str] = Counter()
        self.refused: dict[str, Reason] = {}
        for name, look in looks.items():
            if look.poll is not None and name in parts:
                self._recall(parts[name], look.poll.issues)

    def settled(self, candidate: Candidate, *, late: bool) -> bool:
        """Whether it may start for all that is known; where that is not known yet, it is asked for, and chosen anew."""
        if candidate.issue is None or candidate.key in self._taken:
            return True
        verdict = self._bounded(candidate, candidate.issue, late=late)
        if isinstance(verdict, Reason):
            self.refused[candidate.key] = verdict
            return False
        self._taken[candidate.key] = verdict
        return True

    def by_then(self, candidate: Candidate) -> Callable[[Issue], Taken | Reason]:
        """How an issue is vetted that is read once more before it is claimed: anew where it is another by then."""

        def vet(issue: Issue) -> Taken | Reason:
            from issue_intake.tick.vet import unchanged  # noqa: PLC0415 - an idle run vets nothing

            if candidate.issue is not None and unchanged(candidate.issue, issue):
                return self._taken[candidate.key]
            return self._vet(candidate, issue)

        return vet

    def _recall(self, parts: Parts, issues: tuple[Issue, ...]) -> None:
        project = self._journal.project(parts.policy.name)
        known = remembered(self._journal.now, parts.policy, project, issues)
        self.refused |= {issue_key(parts.policy.repository, number): reason for number, reason in known.items()}

    def _bounded(self, candidate: Candidate, issue: Issue, *, late: bool) -> Taken | Reason:
        name = candidate.policy.name
        if name in self._journal.resting:
            return Reason("backoff", "its project rests after a failure")
        if late:
            return LATE
        if self._asked[name] >= MOST:
            return Reason("not_vetted", f"{MOST} other issues were looked into in this run; a later one looks into it")
        self._asked[name] += 1
        try:
            return self._vet(candidate, issue)
        except UnavailableError as error:
            self._journal.unavailable(candidate.policy, self._parts[name].credential, error)
            return Reason("backoff", str(error))

    def _vet(self, candidate: Candidate, issue: Issue) -> Taken | Reason:
        """Raises UnavailableError."""
        from issue_intake.tick.vet import vet  # noqa: PLC0415 - an idle run vets nothing

        name = candidate.policy.name
        try:
            verdict = vet(self._parts[name], issue)
        except UnavailableError:
            raise
        except IntakeError as error:
            verdict = Reason(UNTOLD, str(error))
        if isinstance(verdict, Reason):
            project = self._journal.project(name)
            known = refusing(self._journal.now, candidate.policy, project, issue, verdict)
            self._journal.memory.keep_project(name, known)
        return verdict
