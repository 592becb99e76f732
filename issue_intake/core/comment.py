"""What intake's comments say: where a session stands, what was done, what a person can do. Pure.

Nothing in them depends on the clock, so that on an unchanged world they stay as they are. Every word of an agent's or a
stranger's is redacted, cut, and stands in code, where GitHub reads nothing into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from issue_intake.core.attempt import Attempt, Outcome, Verified
from issue_intake.core.labels import LABELS, asking
from issue_intake.core.model import Session, Stage
from issue_intake.core.ports import Rule
from issue_intake.core.record import record
from issue_intake.core.redact import redact
from issue_intake.core.text import code_span, fenced, inert, one_line, without_controls

LOG_LINES = 30

_WORDS = 400
_NAME = 80
_LINE = 300
_RAW = 64 * 1024
_ATTEMPTS = 10
_COMMITS = 10
_VERIFIED = 20
_URL = re.compile(r"https?://[A-Za-z0-9.:/_~%-]{1,400}")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_BAD = frozenset({Outcome.FAILED, Outcome.TIMEOUT, Outcome.STALLED, Outcome.CRASHED, Outcome.SETUP_FAILED})

_STANDS: dict[Stage, str] = {
    Stage.QUEUED: "waiting for the next attempt",
    Stage.TRIAGING: "finding out what is wanted",
    Stage.PLANNING: "planning the work",
    Stage.SPLITTING: "splitting it into smaller issues",
    Stage.IN_PROGRESS: "at work",
    Stage.REVIEW: "in review",
    Stage.DONE: "done",
    Stage.BLOCKED: "blocked",
    Stage.DEFERRED: "deferred",
    Stage.REJECTED: "rejected",
    Stage.NEEDS_HUMAN: "needs a person",
    Stage.CANCELLED: "cancelled",
}


@record
class Telling:
    """What a comment is made with. `rule`: names the label to ask with; `secrets`: values to leave out.

    `log`: the end of the latest attempt's output, as it is; shown where that attempt failed.
    """

    rule: Rule | None = None
    secrets: Iterable[str] = ()
    log: str = ""

    def said(self, text: str, most: int = _WORDS) -> str:
        """Outside words as one line of code of at most so many characters, "" for none."""
        cleaned = redact(without_controls(text[:_RAW]), self.secrets)
        return code_span(inert(one_line(cleaned, most)))


def status_marker(session: Session) -> str:
    """What the comment on the issue is found by."""
    return f"<!-- intake:{session.key}/status -->"


def pull_marker(session: Session) -> str:
    """What the comment on the pull request is found by."""
    return f"<!-- intake:{session.key}/stopped -->"


def status_comment(session: Session, telling: Telling) -> str:
    """The one comment on the issue."""
    parts = [
        status_marker(session),
        f"**intake: {_STANDS[session.stage]}**{f', attempt {session.last.number}' if session.last else ''}",
        telling.said(_reason(session)),
        "\n".join(_facts(session, telling)),
        "\n".join(_attempts(session, telling)),
        _advice(session, telling.rule),
        _log(session, telling),
    ]
    return "\n\n".join(part for part in parts if part)


def stopped_comment(session: Session, telling: Telling) -> str:
    """The comment on the pull request once intake has tried as often as it may."""
    parts = [
        pull_marker(session),
        "**intake has stopped working on this pull request**",
        telling.said(session.note),
        _advice(session, telling.rule),
    ]
    return "\n\n".join(part for part in parts if part)


def resumed_comment(session: Session) -> str:
    """The same comment after a person asked intake to go on."""
    return f"{pull_marker(session)}\n\n**intake works on this pull request again**"


def failed(session: Session) -> bool:
    """Whether the latest attempt failed, so that the end of its log is shown."""
    last = session.last
    if last is None or last.open:
        return False
    return last.outcome in _BAD or any(each.required and not each.passed for each in last.verified)


def _reason(session: Session) -> str:
    if session.stage is Stage.REVIEW and session.standing is not None and session.standing.note:
        return session.standing.note
    return session.note


def _facts(session: Session, telling: Telling) -> Iterator[str]:
    if session.pull is not None:
        state = "open, a draft" if session.pull.state == "open" and session.pull.draft else session.pull.state
        yield f"- pull request: {_link(str(session.pull.number), session.pull.url)} ({state})"
    if session.standing is not None and session.standing.note and session.stage is not Stage.REVIEW:
        yield f"- when last looked at: {telling.said(session.standing.note)}"
    commits = [_commit(session, sha) for sha in _pushed(session)]
    if commits:
        yield f"- commits: {', '.join(commits)}"
    ledger = session.ledger
    counted = {
        "of failed checks": ledger.ci_fixes,
        "for reviewers": ledger.rounds,
        "of failed verify commands": ledger.verify_fixes,
    }
    fixes = ", ".join(f"{count} {what}" for what, count in counted.items() if count)
    if fixes:
        yield f"- fixes so far: {fixes}"


def _pushed(session: Session) -> tuple[str, ...]:
    known = (*session.ledger.pushed, *((session.pushed_sha,) if session.pushed_sha else ()))
    return tuple(sha for sha in dict.fromkeys(known) if _SHA.fullmatch(sha))[-_COMMITS:]


def _commit(session: Session, sha: str) -> str:
    repository, found, _ = session.url.rpartition("/issues/")
    return _link(f"`{sha[:9]}`", f"{repository}/commit/{sha}" if found else "")


def _link(words: str, url: str) -> str:
    return f"[{words}]({url})" if _URL.fullmatch(url) else words


def _attempts(session: Session, telling: Telling) -> Iterator[str]:
    shown = session.attempts[-_ATTEMPTS:]
    if not shown:
        return
    yield "Attempts:"
    yield ""
    if len(shown) < len(session.attempts):
        yield f"- {len(session.attempts) - len(shown)} earlier"
    yield from (_attempt(attempt, telling) for attempt in shown)
    yield from (f"  - {_verified(each, telling)}" for each in shown[-1].verified[:_VERIFIED])


def _attempt(attempt: Attempt, telling: Telling) -> str:
    who = ", ".join(part for part in (attempt.role.value, telling.said(attempt.agent, _NAME)) if part)
    parts = [f"- attempt {attempt.number} ({who}): {_ended(attempt)}"]
    if attempt.cause is not None:
        parts.append(f"because of {telling.said(attempt.cause.note, _WORDS)}")
    if not attempt.open:
        parts.append(telling.said(attempt.note))
    return " — ".join(part for part in parts if part)


def _ended(attempt: Attempt) -> str:
    if attempt.outcome is not None:
        return attempt.outcome.value.replace("_", " ")
    return "at work" if attempt.open else "ended"


def _verified(each: Verified, telling: Telling) -> str:
    how = f"exit code {each.exit_code}" if each.exit_code is not None else "ended before it was done"
    verdict = "passed" if each.passed else f"failed ({how})"
    optional = "" if each.required else ", not required"
    return f"{telling.said(each.name, _NAME)} {verdict} in {each.seconds:.0f} s{optional}"


def _advice(session: Session, rule: Rule | None) -> str:
    """What a person can do, "" where nobody is waited for."""
    match session.stage:
        case Stage.NEEDS_HUMAN | Stage.BLOCKED | Stage.DEFERRED:
            return f"**A person decides.** {_go_on(session)}To have it tried again, {_again(session, rule)}."
        case Stage.CANCELLED | Stage.REJECTED:
            return f"To have it worked on again, {_again(session, rule)}."
        case Stage.REVIEW if session.standing is not None and session.standing.ready:
            return "**A person merges it.**"
        case _:
            return ""


def _go_on(session: Session) -> str:
    if session.pull is None or session.pull.state != "open":
        return ""
    return "The pull request stays open: it can be changed, merged or closed by hand. "


def _again(session: Session, rule: Rule | None) -> str:
    wanted = code_span(inert(one_line(asking(rule)[0], _NAME)))
    label = LABELS.get(session.stage)
    how = f"put the label {wanted} in the place of `{label.name}`" if label else f"set the label {wanted}"
    return f"{how}, or run `intake retry {session.url}`" if _URL.fullmatch(session.url) else how


def _log(session: Session, telling: Telling) -> str:
    if not failed(session) or session.last is None or not telling.log:
        return ""
    cleaned = redact(without_controls(telling.log[-_RAW:].replace("\r\n", "\n")), telling.secrets)
    lines = [_drawn(line) for line in cleaned.rstrip().split("\n")[-LOG_LINES:]]
    head = f"<details><summary>The last lines of the log of attempt {session.last.number}</summary>"
    return f"{head}\n\n{fenced(inert(chr(10).join(lines)), 'text')}\n\n</details>"


def _drawn(line: str) -> str:
    plain = line.expandtabs(4).rstrip()
    return plain if len(plain) <= _LINE else plain[: _LINE - 1] + "…"
