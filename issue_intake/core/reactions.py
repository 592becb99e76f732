"""What an open pull request asks for: the one table of causes, as a pure function of what was looked up."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from issue_intake.core import checks
from issue_intake.core.approval import approval, findings, in_doubt
from issue_intake.core.checks import Rollup
from issue_intake.core.ledger import Cause, CauseKind
from issue_intake.core.model import Session
from issue_intake.core.policy import MOST_REFUSALS, NO_CHECKS, QUIET, RERUN_QUIET, ProjectPolicy, due
from issue_intake.core.record import record
from issue_intake.core.review import Check, CheckState, PullFacts


@record(kw_only=False)
class Wait:
    """Nothing to do now; `note` says what is awaited. `ready`: all that is missing is somebody who merges."""

    note: str
    ready: bool = False


@record(kw_only=False)
class Again:
    """A coder is to be started again."""

    cause: Cause


@record(kw_only=False)
class Person:
    """Only a person can go on."""

    note: str


@record(kw_only=False)
class Exhausted:
    """A reviewer still asks for something, and intake has tried as often as it may."""

    note: str


class Step(StrEnum):
    """What intake does on its own."""

    RERUN = "rerun"
    MERGE_BASE = "merge_base"
    MARK_READY = "mark_ready"
    MERGE = "merge"


@record(kw_only=False)
class Do:
    """Something intake does on its own; `reason` in a few words."""

    step: Step
    reason: str


Verdict = Wait | Again | Person | Exhausted | Do


def react(now: datetime, policy: ProjectPolicy, session: Session, facts: PullFacts) -> Verdict:
    """What the pull request asks for now. People come before machines; what could not be looked up decides nothing."""
    head = facts.pull.head_sha
    if head is None:
        return Wait("its head could not be looked up")
    if head != session.pushed_sha:
        return _unexpected(session, head)
    return (
        _on_reviews(now, policy, session, facts)
        or _on_conflict(session, facts)
        or _on_checks(now, policy, session, facts, head)
        or _on_approval(now, policy, session, facts, head)
    )


def _unexpected(session: Session, head: str) -> Verdict:
    if head in session.ledger.pushed:
        return Wait("GitHub does not show the latest push yet")
    return Person(f"hands off: commits on {session.branch} that intake did not push ({head[:9]})")


def _on_reviews(now: datetime, policy: ProjectPolicy, session: Session, facts: PullFacts) -> Verdict | None:
    if facts.reviews is None or facts.comments is None:
        return Wait("its reviews could not be read")
    wanted = findings(facts, session.ledger)
    if not wanted:
        return None
    if now - max(finding.at for finding in wanted) < QUIET:
        return Wait("a reviewer is writing")
    people = ", ".join(dict.fromkeys(finding.author for finding in wanted))
    count = f"{len(wanted)} finding{'s' if len(wanted) > 1 else ''} of {people}"
    if session.ledger.rounds >= policy.fixes.rounds:
        return Exhausted(f"{session.ledger.rounds} rounds of review are used up; open: {count}")
    return Again(Cause(kind=CauseKind.REVIEW, about=tuple(finding.about for finding in wanted), note=count))


def _on_conflict(session: Session, facts: PullFacts) -> Verdict | None:
    conflicting = facts.mergeable is False or facts.merge_state == "dirty"
    if not (conflicting or facts.merge_state == "behind"):
        return None
    why = f"conflicts with {facts.base}" if conflicting else f"is behind {facts.base}"
    if facts.base_sha is None or conflict(facts) in session.ledger.answered:
        return Wait(why)
    return Do(Step.MERGE_BASE, why)


def conflict(facts: PullFacts) -> str:
    """What the ledger calls a conflict of this head with this base."""
    return f"conflict/{facts.pull.head_sha}:{facts.base_sha}"


def _on_checks(now: datetime, policy: ProjectPolicy, session: Session, facts: PullFacts, head: str) -> Verdict | None:
    if facts.checks is None:
        return Wait("its checks could not be read")
    asking = tuple(check for check in facts.checks if check.state is CheckState.ACTION_REQUIRED)
    if asking:
        return Person(f"{checks.names(asking)} asks for a person's action")
    if any(check.state is CheckState.PENDING for check in facts.checks) and not _overdue(now, session):
        return Wait("checks are running")
    failed = checks.failed(facts.checks)
    if not (failed or checks.broken_off(facts.checks)):
        return None
    return _on_failure(now, policy, session, facts.checks, head)


def _on_failure(
    now: datetime, policy: ProjectPolicy, session: Session, found: tuple[Check, ...], head: str
) -> Verdict | None:
    ledger, failed = session.ledger, checks.failed(found)
    if f"rerun/{head}" not in ledger.answered:
        return Do(Step.RERUN, f"{checks.names(failed or checks.broken_off(found))} did not pass")
    if not due(ledger.quiet_until, now, RERUN_QUIET):
        return Wait("checks are run again")
    if not failed or f"unable/{head}" in ledger.answered:
        return _on_broken_off(found, failed)
    if f"checks/{head}" in ledger.answered:
        return Wait(f"{checks.names(failed)} failed")
    if ledger.ci_fixes >= policy.fixes.ci:
        return Person(f"{checks.names(failed)} failed, and {ledger.ci_fixes} fixes are used up")
    note = f"{checks.names(failed)} failed on {head[:9]}"
    return Again(Cause(kind=CauseKind.CHECKS, about=(f"checks/{head}",), note=note))


def _on_broken_off(found: tuple[Check, ...], failed: tuple[Check, ...]) -> Verdict | None:
    """What was cancelled did not fail: beside others that passed it holds nothing up."""
    if not failed and checks.rollup(found) is Rollup.PASSED:
        return None
    return Wait(f"{checks.names(failed or checks.broken_off(found))} was broken off; run it again")


def _on_approval(now: datetime, policy: ProjectPolicy, session: Session, facts: PullFacts, head: str) -> Verdict:
    missing = _missing(now, policy, session, facts)
    if missing:
        return Wait(missing)
    if not policy.merge.auto:
        return Wait("ready to merge", ready=True)
    return _on_merging(session, facts, head)


def _missing(now: datetime, policy: ProjectPolicy, session: Session, facts: PullFacts) -> str:
    """What a pull request still lacks before it may be merged, "" where it lacks nothing."""
    if in_doubt(facts):
        return "whether a reviewer may steer could not be told"
    if not approval(facts, session) and policy.merge.require_approval:
        return _unapproved(now, session, facts)
    state = checks.rollup(facts.checks or ())
    if state is Rollup.PASSED:
        return ""
    if state is Rollup.NONE:
        return _unchecked(now, policy, session)
    return "checks are running"


def _unapproved(now: datetime, session: Session, facts: PullFacts) -> str:
    state = checks.rollup(facts.checks or ())
    if state is Rollup.NONE and _overdue(now, session):
        return "waits for review; it has no checks"
    return {Rollup.PASSED: "checks passed; waits for review"}.get(state, "waits for review")


def _unchecked(now: datetime, policy: ProjectPolicy, session: Session) -> str:
    if not _overdue(now, session):
        return "waits for checks to begin"
    return "" if policy.merge.allow_no_checks or not policy.merge.auto else "has no checks (merge.allow_no_checks)"


def _on_merging(session: Session, facts: PullFacts, head: str) -> Verdict:
    ledger = session.ledger
    if f"protected/{head}" in ledger.answered:
        return Wait("touches protected paths: a person merges", ready=True)
    if ledger.refused == head and ledger.refusals >= MOST_REFUSALS:
        return Person(f"GitHub refused to merge {ledger.refusals} times")
    if facts.pull.draft:
        return Do(Step.MARK_READY, "approved and green")
    if facts.mergeable is None or facts.merge_state == "unknown":
        return Wait("GitHub has not worked out yet whether it can be merged")
    if facts.merge_state == "blocked":
        return Wait("approved and green; the rules of the branch ask for more")
    return Do(Step.MERGE, "approved and green")


def _overdue(now: datetime, session: Session) -> bool:
    """Whether this head has been there longer than checks may take to begin or to end."""
    since = session.standing.since if session.standing is not None else now
    return now - since >= NO_CHECKS
