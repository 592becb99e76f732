"""The table of `status` and `run`: one line a row, readable at 80 columns, what needs a person first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from issue_intake.core.model import Pull
from issue_intake.core.rows import Group, Report, Row, TickReport
from issue_intake.view.console import cut_text, new_table, print_table, say
from issue_intake.view.plain import empty_sentence, footer_lines, more_sentence, plan_lines, summary_lines
from issue_intake.view.words import clean, short_age, web_link

_STYLES = {
    Group.NEEDS_PERSON: "bold red",
    Group.BLOCKED: "red",
    Group.READY_TO_MERGE: "bold green",
    Group.RUNNING: "yellow",
    Group.REVIEW: "cyan",
    Group.QUEUED: "blue",
    Group.WAITING: "dim",
    Group.ENDED: "dim",
}


def print_report(report: Report, console: Console) -> None:
    """The table, or what to do next where it is empty, and the footer."""
    _print_rows(report, console, marked=False)
    _print_lines(footer_lines(report.footer, report.now), console)


def print_tick(tick: TickReport, console: Console) -> None:
    """A tick's table with the changed rows marked, its summary and the footer; for a dry run, the plan."""
    if tick.planned:
        _print_lines(plan_lines(tick), console)
    else:
        _print_rows(tick.report, console, marked=any(row.changed for row in tick.report.rows))
        _print_lines(summary_lines(tick), console)
    _print_lines(footer_lines(tick.report.footer, tick.report.now, last_run=False), console)


def _print_rows(report: Report, console: Console, *, marked: bool) -> None:
    if report.rows:
        print_table(console, _table(report.rows, report.now, marked=marked))
    else:
        say(console, empty_sentence(report))
    _print_lines((more_sentence(report), "") if report.more_waiting else ("",), console)


def _table(rows: Iterable[Row], now: datetime, *, marked: bool) -> Table:
    table = new_table()
    table.add_column("  ISSUE" if marked else "ISSUE", no_wrap=True, overflow="ellipsis")
    table.add_column("STAGE", no_wrap=True, overflow="ellipsis")
    table.add_column("AGE", no_wrap=True, overflow="ellipsis", justify="right")
    table.add_column("TRY", no_wrap=True, overflow="ellipsis")
    table.add_column("PULL", no_wrap=True, overflow="ellipsis")
    table.add_column(cut_text("WHAT"))  # may wrap as a column, so it alone gives way; its cells do not
    for row in sorted(rows, key=lambda row: (row.group, row.since, row.key)):
        table.add_row(*_cells(row, now, marked=marked), style="bold" if row.changed else None)
    return table


def _cells(row: Row, now: datetime, *, marked: bool) -> tuple[Text, ...]:
    mark = ("* " if row.changed else "  ") if marked else ""
    return (
        Text.assemble(mark, linked(clean(row.label), row.url)),
        Text(clean(row.stage), style=_STYLES[row.group]),
        Text(short_age(row.since, now)),
        Text(clean(row.tries)),
        pull_cell(row.pull),
        cut_text(clean(row.what)),
    )


def pull_cell(pull: Pull | None) -> Text:
    """`#14`, linked where the terminal can; blank where there is none."""
    return linked(f"#{pull.number}", pull.url) if pull else Text("")


def linked(text: str, url: str) -> Text:
    """`text` that leads to `url` on terminals with links."""
    target = web_link(url)
    return Text(text, style=Style(link=target) if target else "")


def _print_lines(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        say(console, line)
