"""Dispatch: choose what starts in the free slots, claim it, start it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from issue_intake.core.eligibility import Reason
from issue_intake.core.model import Session
from issue_intake.core.queue import Bounds, Candidate, Polled, Selection, select
from issue_intake.core.rows import Skip
from issue_intake.core.work import Absent
from issue_intake.errors import IntakeError, UnavailableError
from issue_intake.tick.follow import Follower
from issue_intake.tick.hands import Hands, refresh
from issue_intake.tick.journal import Journal
from issue_intake.tick.look import ProjectLook
from issue_intake.tick.parts import Parts
from issue_intake.tick.setting import Setting


class Dispatcher:
    """One tick's starts."""

    def __init__(self, journal: Journal, setting: Setting, looks: Mapping[str, ProjectLook]) -> None:
        self._journal = journal
        self._setting = setting
        self._parts = setting.parts
        self._looks = looks

    def choose(self, held: Mapping[str, Reason] | None = None) -> Selection:
        """What would start now. Asks nobody, changes nothing."""
        full = self._setting.room()
        bounds = Bounds(
            limits=self._setting.limits,
            agents=self._journal.agents,
            held=dict.fromkeys(self._parts, full) if full is not None else held or {},
            most=self._setting.most,
        )
        return select(self._journal.now, self._polled(), self._journal.sessions, bounds)

    def dispatch(self, hands: Hands, follower: Follower) -> Selection:
        """Claim and start what may start; returns the choice with what was not started after all."""
        selection = self.choose()
        held = self._held(hands, selection)
        if held:
            selection = self.choose(held)
        claimed, refused = [], []
        for candidate in selection.starts:
            outcome = self._claim(hands, candidate)
            if isinstance(outcome, Reason):
                refused.append(
                    Skip(key=candidate.key, code=outcome.code, reason=outcome.sentence, label=candidate.label)
                )
                continue
            self._journal.keep(outcome)
            claimed.append(outcome)
        self._journal.memory.save()
        for session in claimed:
            follower.pursue(session, replace(follower.world(session), worker=Absent()))
        return Selection(starts=selection.starts, skipped=(*selection.skipped, *refused), waiting=selection.waiting)

    def _polled(self) -> list[Polled]:
        return [
            Polled(policy=self._parts[name].policy, repo_id=look.repo_id or 0, poll=look.poll)
            for name, look in self._looks.items()
            if look.poll is not None and name in self._parts
        ]

    def _held(self, hands: Hands, selection: Selection) -> dict[str, Reason]:
        """Projects in which nothing can start yet: no clone, or it cannot be brought up to date."""
        wanting = dict.fromkeys(candidate.policy.name for candidate in selection.starts)
        reasons = {name: self._not_ready(hands, self._parts[name]) for name in wanting}
        return {name: reason for name, reason in reasons.items() if reason is not None}

    def _not_ready(self, hands: Hands, parts: Parts) -> Reason | None:
        try:
            ready = refresh(hands, parts)
        except IntakeError as error:
            self._journal.failed(parts.policy, str(error))
            return Reason("backoff", str(error))
        if ready is not None:
            return None
        self._journal.unsettled.add(parts.policy.name)
        return Reason("cloning", "first copy of the repository under way")

    def _claim(self, hands: Hands, candidate: Candidate) -> Session | Reason:
        from issue_intake.tick.claim import claim  # noqa: PLC0415 - an idle run claims nothing

        name = candidate.policy.name
        if name in self._journal.resting:
            return Reason("backoff", "its project rests after a failure")
        if hands.late:
            return Reason("late", "this run has acted for a minute; the next one starts it")
        try:
            issue, outcome = claim(
                self._journal.now, self._parts[name], candidate, self._looks[name], self._journal.agents
            )
        except UnavailableError as error:
            self._journal.unavailable(candidate.policy, self._parts[name].credential, error)
            return Reason("backoff", str(error))
        except IntakeError as error:
            return Reason("unknown", str(error))
        hands.fresh[candidate.key] = issue
        return outcome
