"""Dispatch: choose what starts in the free slots, claim it, start it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from issue_intake.core.eligibility import Reason
from issue_intake.core.find import label
from issue_intake.core.model import Session
from issue_intake.core.queue import Bounds, Candidate, Polled, Selection, select, wait
from issue_intake.core.rows import Skip
from issue_intake.core.work import Absent
from issue_intake.errors import IntakeError, UnavailableError
from issue_intake.tick.follow import Follower
from issue_intake.tick.hands import Hands, refresh
from issue_intake.tick.journal import Journal
from issue_intake.tick.look import ProjectLook
from issue_intake.tick.parts import Parts
from issue_intake.tick.setting import Setting
from issue_intake.tick.vetting import LATE, Vetting


class Dispatcher:
    """One tick's starts."""

    def __init__(self, journal: Journal, setting: Setting, looks: Mapping[str, ProjectLook], hands: Hands) -> None:
        self._journal = journal
        self._setting = setting
        self._parts = setting.parts
        self._looks = looks
        self._hands = hands
        self._vetting = Vetting(journal, setting.parts, looks)
        self._unable: dict[tuple[str, tuple[str, ...]], Reason] = {}

    def choose(self, held: Mapping[str, Reason] | None = None) -> Selection:
        """What would start now. Whether each of them may be worked on is asked for, until all that start may."""
        while True:
            selection = self._select(held)
            if all(self._settled(candidate) for candidate in selection.starts):
                return selection

    def _settled(self, candidate: Candidate) -> bool:
        return self._able(candidate) and self._vetting.settled(candidate, late=self._hands.late)

    def _able(self, candidate: Candidate) -> bool:
        """Whether the agent that labels chose is there; the project's own was looked for before its poll."""
        if candidate.choice is None or not candidate.choice.chosen_by:
            return True
        name, chosen_by = candidate.policy.name, candidate.choice.chosen_by
        try:
            self._parts[name].recipe.check(chosen_by)
        except IntakeError as error:
            self._unable[name, chosen_by] = Reason("agent_missing", f"{candidate.choice.sentence}: {error}")
            return False
        return True

    def _select(self, held: Mapping[str, Reason] | None) -> Selection:
        full = self._setting.room()
        bounds = Bounds(
            limits=self._setting.limits,
            agents=self._journal.agents,
            held=dict.fromkeys(self._parts, full) if full is not None else held or {},
            refused=self._vetting.refused,
            unable=self._unable,
            most=self._setting.most,
        )
        return select(self._journal.now, self._polled(), self._journal.sessions, bounds)

    def dispatch(self, follower: Follower) -> Selection:
        """Claim and start what may start; returns the choice with what was not started after all."""
        selection = self.choose()
        held = self._held(selection)
        if held:
            selection = self.choose(held)
        claimed = []
        for candidate in selection.starts:
            outcome = self._claim(candidate)
            if isinstance(outcome, Reason):
                selection = _without(selection, candidate, outcome)
                continue
            self._journal.keep(outcome)
            self._tell(outcome)
            claimed.append(outcome)
        self._journal.memory.save()
        for session in claimed:
            follower.pursue(session, replace(follower.world(session), worker=Absent()))
        return selection

    def _tell(self, session: Session) -> None:
        """Labels that contradict each other are said once."""
        if not session.working or session.last is None or not session.last.conflicting:
            return
        from issue_intake.core.choice import news  # noqa: PLC0415 - few have any

        if sentence := news(session):
            self._journal.noted(session, "agent", sentence, labels=session.last.conflicting)
            self._journal.polls.append(f"{label(session)} gets {sentence}")

    def _polled(self) -> list[Polled]:
        return [
            Polled(policy=self._parts[name].policy, repo_id=look.repo_id or 0, poll=look.poll, seen=look.found.issues)
            for name, look in self._looks.items()
            if look.poll is not None and name in self._parts
        ]

    def _held(self, selection: Selection) -> dict[str, Reason]:
        """Projects in which nothing can start yet: no clone, or it cannot be brought up to date."""
        wanting = dict.fromkeys(candidate.policy.name for candidate in selection.starts)
        reasons = {name: self._not_ready(self._parts[name]) for name in wanting}
        return {name: reason for name, reason in reasons.items() if reason is not None}

    def _not_ready(self, parts: Parts) -> Reason | None:
        try:
            ready = refresh(self._hands, parts)
        except IntakeError as error:
            self._journal.failed(parts.policy, str(error))
            return Reason("backoff", str(error))
        if ready is not None:
            return None
        self._journal.unsettled.add(parts.policy.name)
        return Reason("cloning", "first copy of the repository under way")

    def _claim(self, candidate: Candidate) -> Session | Reason:
        from issue_intake.tick.claim import claim  # noqa: PLC0415 - an idle run claims nothing

        name = candidate.policy.name
        if name in self._journal.resting:
            return Reason("backoff", "its project rests after a failure")
        if self._hands.late:
            return LATE
        vet = self._vetting.by_then(candidate)
        try:
            issue, outcome = claim(
                self._journal.now, self._parts[name], candidate, self._looks[name], self._journal.agents, vet
            )
        except UnavailableError as error:
            self._journal.unavailable(candidate.policy, self._parts[name].credential, error)
            return Reason("backoff", str(error))
        except IntakeError as error:
            return Reason("unknown", str(error))
        if isinstance(outcome, Session):
            self._hands.fresh[candidate.key] = issue
        return outcome


def _without(selection: Selection, candidate: Candidate, reason: Reason) -> Selection:
    """The choice without what was chosen and may not start after all."""
    skip = Skip(key=candidate.key, code=reason.code, reason=reason.sentence, label=candidate.label)
    waiting = dict(selection.waiting)
    if candidate.issue is not None:
        name = candidate.policy.name
        waiting[name] = (*waiting.get(name, ()), wait(candidate.key, candidate.issue, reason))
    return replace(selection, skipped=(*selection.skipped, skip), waiting=waiting)
