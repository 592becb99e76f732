"""`status ISSUE`: one session whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import humanize
from rich.console import Console
from rich.text import Text

from issue_intake.core.attempt import Attempt
from issue_intake.core.choice import of
from issue_intake.core.cost import money
from issue_intake.core.ledger import Ledger
from issue_intake.core.model import Session
from issue_intake.core.rows import Detail
from issue_intake.core.settings import found
from issue_intake.core.spending import of_session, tokens_of
from issue_intake.view.console import cut_text, new_table, print_table, say
from issue_intake.view.table import linked
from issue_intake.view.words import clean, clock, log_line, place, short_age, short_count, timestamp

_LOG_LINES = 20


def print_detail(detail: Detail, console: Console) -> None:
    """Header, note, next step, places, attempts, the end of the log."""
    _print_header(detail, console)
    for name, value in _facts(detail):
        copied = " " not in value  # a path or branch stays whole, whatever the width
        console.print(Text.assemble((f"{name:<9} ", "bold"), value), soft_wrap=copied or not console.is_terminal)
    if detail.session.attempts:
        say(console, "")
        _print_attempts(detail, console)
    if detail.log_tail:
        say(console, "")
        _print_log(detail.log_tail, console)


def _print_header(detail: Detail, console: Console) -> None:
    title = Text.assemble((clean(detail.row.label), "bold"), "  ", clean(detail.session.title))
    console.print(title, soft_wrap=not console.is_terminal)
    url = clean(detail.session.url)
    console.print(linked(url, url), soft_wrap=True)
    say(console, "")


def _facts(detail: Detail) -> Iterator[tuple[str, str]]:
    """Name and value of each line; a value that is not there has no line."""
    session, row = detail.session, detail.row
    facts = {
        "stage": f"{clean(row.stage)} for {short_age(row.since, detail.now)} (since {timestamp(row.since)})",
        "note": clean(session.note),
        "next": clean(detail.next_step),
        "retry": timestamp(session.next_attempt_at) if session.next_attempt_at else "",
        "branch": clean(session.branch),
        "pull": f"#{session.pull.number} {session.pull.state} {clean(session.pull.url)}" if session.pull else "",
        "standing": clean(session.standing.note) if session.standing else "",
        "cause": clean(session.cause.note) if session.cause else "",
        "fixes": _fixes(session.ledger),
        "agent": _agent(session),
        "began": _began(session),
        "aside": "; ".join(map(clean, session.asides)),
        "worker": f"process {detail.pid}" if detail.pid is not None else "",
        "spent": _spent(session),
        "settings": clean(found(session.settings, absent=session.neutralised)),
        "worktree": place(detail.worktree) + (" (removed)" if session.workspace == "removed" else ""),
        "prompt": place(detail.prompt),
        "log": place(detail.log),
    }
    yield from ((name, value) for name, value in facts.items() if value)


def _agent(session: Session) -> str:
    """The latest attempt's, where labels had a say in it."""
    last = session.last
    return clean(of(last).sentence) if last is not None and (last.chosen_by or last.conflicting) else ""


def _began(session: Session) -> str:
    """How each attempt after the first one began, "" where there is none."""
    later = (attempt for attempt in session.attempts if attempt.number > 1 and attempt.started_at is not None)
    return ", ".join(
        f"{each.number} {'with the conversation before it' if each.resumed else 'afresh'}" for each in later
    )


def _fixes(ledger: Ledger) -> str:
    """How often the coder was started again for the pull request, "" for never."""
    counts = {"checks": ledger.ci_fixes, "review": ledger.rounds, "verify": ledger.verify_fixes}
    return ", ".join(f"{count} for {what}" for what, count in counts.items() if count)


def _spent(session: Session) -> str:
    """What all attempts together cost and used, "" before the first one has ended."""
    ended = [attempt for attempt in session.attempts if not attempt.open]
    if not ended:
        return ""
    cost, tokens = " + ".join(clean(money(cost)) for cost in of_session(session)), tokens_of(session)
    return ", ".join(
        (
            _sum("cost", cost, whole=all(attempt.cost is not None for attempt in ended)),
            _sum(
                "tokens",
                f"{humanize.intcomma(tokens)} tokens" if tokens is not None else "",
                whole=all(attempt.tokens is not None for attempt in ended),
            ),
        )
    )


def _sum(what: str, known: str, *, whole: bool) -> str:
    if not known:
        return f"{what} unknown"
    return known if whole else f"at least {known}"


def _print_attempts(detail: Detail, console: Console) -> None:
    table = new_table()
    for name in ("TRY", "ROLE", "STARTED", "TOOK", "OUTCOME", "COST", "TOKENS"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    table.add_column(cut_text("NOTE"))
    for attempt in detail.session.attempts:
        started = attempt.started_at or attempt.claimed_at
        cells = (str(attempt.number), attempt.role.value, clock(started), _took(attempt, detail.now), _outcome(attempt))
        table.add_row(*cells, *_use(attempt), cut_text(clean(attempt.note)))
    print_table(console, table)


def _took(attempt: Attempt, now: datetime) -> str:
    if attempt.started_at is None:
        return "-"
    return short_age(attempt.started_at, attempt.ended_at or now).replace("now", "0s")


def _use(attempt: Attempt) -> tuple[str, str]:
    """Cost and tokens, which nobody knows before the end, and some agents never tell."""
    if attempt.open:
        return "-", "-"
    cost, tokens = attempt.cost, attempt.tokens
    return (
        "unknown" if cost is None else clean(money(cost)),
        "unknown" if tokens is None else short_count(tokens),
    )


def _outcome(attempt: Attempt) -> str:
    if attempt.outcome is not None:
        return attempt.outcome.value
    if not attempt.open:
        return "ended"  # the tree is still to tell done from no_changes
    if attempt.unknown_since is not None:
        return "unknown"
    if attempt.stop_asked:
        return "stopping"
    return "running" if attempt.started_at else "starting"


def _print_log(lines: tuple[str, ...], console: Console) -> None:
    say(console, "last lines of the log", "bold")
    for line in lines[-_LOG_LINES:]:
        console.print(Text(f"  {log_line(line)}"), no_wrap=True, overflow="ellipsis")
