"""What a worker is told beyond its issue: why it works again, what was found, what is different. Free of I/O."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from issue_intake.core.approval import Finding, all_findings
from issue_intake.core.attempt import Verified
from issue_intake.core.checks import failed
from issue_intake.core.ledger import Cause, CauseKind
from issue_intake.core.model import Issue
from issue_intake.core.record import record
from issue_intake.core.review import Check, PullFacts

SCHEMA_VERSION = 1


@record
class Failure:
    """A check that failed, and the last lines of its log."""

    check: Check
    log: str = ""


@record
class Brief:
    """`cause` None: the first attempt, or one that a person asked for. `bundle`: where the commit to take in lies.

    `conversation`: the agent's own, to go on with.
    """

    cause: Cause | None = None
    findings: tuple[Finding, ...] = ()
    failures: tuple[Failure, ...] = ()
    verified: tuple[Verified, ...] = ()
    bundle: PurePath | None = None
    conversation: str | None = None


def findings_of(cause: Cause | None, facts: PullFacts | None) -> tuple[Finding, ...]:
    """What reviewers want, of what the cause is about."""
    if cause is None or facts is None or cause.kind is not CauseKind.REVIEW:
        return ()
    return tuple(finding for finding in all_findings(facts) if finding.about in cause.about)


def failed_checks(cause: Cause | None, facts: PullFacts | None) -> tuple[Check, ...]:
    """The checks that the cause is about."""
    if cause is None or facts is None or cause.kind is not CauseKind.CHECKS:
        return ()
    return failed(facts.checks or ())


def document(issue: Issue, brief: Brief) -> Mapping[str, object]:
    """The facts an attempt was started on, as plain JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "issue": {"title": issue.title, "body": issue.body, "labels": list(issue.labels)},
        "cause": brief.cause and {"kind": brief.cause.kind.value, "about": list(brief.cause.about)},
        "findings": [
            {"about": f.about, "author": f.author, "path": f.path, "line": f.line, "text": f.text}
            for f in brief.findings
        ],
        "failures": [
            {"name": f.check.name, "conclusion": f.check.conclusion, "url": f.check.url} for f in brief.failures
        ],
        "verified": [{"name": v.name, "exit_code": v.exit_code} for v in brief.verified],
    }
