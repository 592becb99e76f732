"""The sentences around the table, and all that is printed without one. Needs no terminal library."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

from issue_intake.core.cost import Cost, money
from issue_intake.core.model import Backoff, LastRun
from issue_intake.core.rows import Acted, Footer, Report, Skip, TickReport
from issue_intake.core.spending import reached
from issue_intake.view.words import clean, place, spaced_age, timestamp

_DONE = {
    "prepare": "prepared",
    "launch": "launched",
    "commit": "committed",
    "push": "pushed",
    "publish": "published",
    "merge": "merged",
    "cancel": "cancelled",
    "sweep": "swept",
    "cleanup": "cleaned up",
    "retry": "asked again",
    "adopt": "adopted",
}
_NOTHING = "nothing to do"
_LEADS_TO = {"prepare": "launch", "commit": "publish", "push": "publish"}


def print_problems(tick: TickReport, stream: TextIO) -> None:
    """One line each for what failed outside."""
    _write(tick.problems, stream)


def print_quiet(tick: TickReport, stream: TextIO) -> None:
    """What `-q` leaves: problems, and one line per session that began to need a person in this tick."""
    _write((*tick.problems, *tick.attention), stream)


def print_lines(lines: Iterable[str], stream: TextIO) -> None:
    """Lines that are harmless already, each as soon as it comes; what the terminal cannot show is replaced."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    for line in lines:
        stream.write(f"{line}\n")
        stream.flush()


def place_lines(issue: str, pull: str | None, worktree: Path | None, *, there: bool) -> Iterator[str]:
    """A line for each place; what is not there has none."""
    yield f"issue     {clean(issue)}"
    if pull is not None:
        yield f"pull      {clean(pull)}"
    if worktree is not None:
        yield f"worktree  {place(worktree)}{'' if there else ' (removed)'}"


def _write(lines: Iterable[str], stream: TextIO) -> None:
    for line in lines:
        stream.write(f"{clean(line)}\n")


def empty_sentence(report: Report) -> str:
    """What to do when there is no row to show."""
    if report.sessions:
        return "Nothing is open. Everything that has ended: intake status --all"
    return "No issue is in work. Put a project's label on an open issue (agent:queued, say), then: intake run"


def more_sentence(report: Report) -> str:
    """How many issues wait that have no row, "" when all have one."""
    more = report.more_waiting
    return f"and {_count(more, 'more issue')} waiting: intake status --all" if more else ""


def summary_lines(tick: TickReport) -> Iterator[str]:
    """Each poll's sentence, then what the tick did."""
    yield from map(clean, tick.polls)
    left = sum(1 for skip in tick.skipped if skip.code != "taken")
    waiting = f"; {_count(left, 'open issue')} not started" if left else ""
    changed = " (* changed)" if any(row.changed for row in tick.report.rows) else ""
    yield f"this run: {done(tick.actions)}{waiting}{changed}"


def done(acts: Iterable[Acted]) -> str:
    """What a tick did, counted: "2 published, 1 launched"."""
    counts = Counter(_milestones(acts))
    return ", ".join(f"{count} {_DONE.get(action, clean(action))}" for action, count in counts.items()) or _NOTHING


def _milestones(acts: Iterable[Acted]) -> Iterator[str]:
    """Each action once for each issue, without the steps whose goal was reached for it."""
    reached = dict.fromkeys((act.action, act.key) for act in acts)
    return (action for action, key in reached if (_LEADS_TO.get(action), key) not in reached)


def plan_lines(tick: TickReport) -> Iterator[str]:
    """A dry run: what a run would do, what it would leave and why, and what each poll found."""
    yield "dry run, nothing was changed; a run now would" + ("" if tick.actions else " start and change nothing")
    yield from _columns((clean(act.action), _label(act), clean(act.reason)) for act in tick.actions)
    if tick.skipped:
        yield "and would not start"
        yield from _columns((_label(skip), clean(skip.reason)) for skip in tick.skipped)
    yield from map(clean, tick.polls)


def _label(line: Acted | Skip) -> str:
    return clean(line.label) or clean(line.key).removeprefix("github:")


def _columns(lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Lines of words under one another; the last of each line is as long as it is."""
    kept = list(lines)
    widths = [max(map(len, column)) for column in zip(*kept, strict=True)][:-1]
    for *words, last in kept:
        padded = [word.ljust(width) for word, width in zip(words, widths, strict=True)]
        yield "  " + "  ".join([*padded, last]).rstrip()


def footer_lines(footer: Footer, now: datetime, *, last_run: bool = True) -> Iterator[str]:
    """Running a/b, the last run and how it ended, then a line for what was spent and all that rests or is missing."""
    parts = [f"running {footer.running}/{footer.limit}"]
    if last_run:
        parts.append(_last_run(footer.last_run, now))
    if footer.writes_off:
        parts.append("issues not written (writes: off)")
    yield "; ".join(parts)
    if footer.spent:
        yield _spent(footer)
    yield from (_backoff(project, backoff, now) for project, backoff in footer.backoffs)
    yield from (f"agent {clean(agent)} {clean(sentence)}" for agent, sentence in footer.rests)
    if footer.overdue:
        since = f"for {spaced_age(footer.last_run.at, now)}" if footer.last_run else "yet"
        yield f"no run {since}: is cron on?"


def _last_run(run: LastRun | None, now: datetime) -> str:
    if run is None:
        return "no run yet"
    ended = clean(run.summary) or ("ok" if run.exit_code == 0 else "failed")
    code = f" (exit {run.exit_code})" if run.exit_code else ""
    ago = _roughly(now - run.at) + " ago" if run.at < now else "just now"
    return f"last run {ago}: {ended}{code}"


def _spent(footer: Footer) -> str:
    limit = footer.cost_per_day
    amounts = (
        (clean(money(cost)), clean(money(Cost(amount=limit or 0, currency=cost.currency)))) for cost in footer.spent
    )
    told = ", ".join(spent if limit is None else f"{spent} of {most}" for spent, most in amounts)
    full = "; limits.cost_per_day is reached" if reached(limit, footer.spent) else ""
    return f"spent in 24 h: {told}{full}"


def _backoff(project: str, backoff: Backoff, now: datetime) -> str:
    until = f"until {timestamp(backoff.until)}"
    if backoff.until > now:
        until += f" ({_roughly(backoff.until - now)})"
    at_once = "" if backoff.named else f"; intake run --project {clean(project)} asks at once"
    return f"{clean(project)} rests {until}: {clean(backoff.reason)}{at_once}"


def _roughly(span: timedelta) -> str:
    import humanize  # noqa: PLC0415 - most runs speak of no span

    return humanize.naturaldelta(span)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
