"""The table: one line a row, at any width, whatever a title holds."""

from __future__ import annotations

import io
import os
import termios
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from issue_intake.core.cost import Cost
from issue_intake.core.model import LastRun
from issue_intake.core.rows import Acted, Group, Report, Row, Skip, TickReport
from issue_intake.view.console import open_console
from issue_intake.view.table import print_report, print_tick
from tests.view.builders import (
    HOSTILE,
    Terminal,
    a_backoff,
    a_footer,
    a_pull,
    a_report,
    a_row,
    a_session,
    ago,
    file_console,
)
from tests.view.strategies import patient, reports, row_tuples, tick_reports

EVERY_GROUP = (
    a_row(3, group=Group.ENDED, stage="done", since=ago(hours=20), pull=a_pull(9), what="merged", tries="1/3"),
    a_row(40, group=Group.WAITING, stage="waiting", since=ago(days=4), tries="", what="2 of 2 workers of webshop run"),
    a_row(41, group=Group.QUEUED, stage="queued", since=ago(minutes=59), tries="2/3", what="again at 10:55Z: exit 3"),
    a_row(
        12,
        what="日本語のタイトルがとても長いので切られるはずです、八十桁でも百二十桁でも必ず切られる長さにしてあります",
    ),
    a_row(13, since=ago(seconds=42), what="👩‍👩‍👧 café cafe\u0301 🇩🇪 " + "wide 🎉 " * 20),
    a_row(14, since=ago(days=800), what=HOSTILE),
    a_row(15, group=Group.READY_TO_MERGE, stage="review", pull=a_pull(16), what="checks passed and approved"),
    a_row(17, group=Group.REVIEW, stage="review", pull=a_pull(18), what="checks are running"),
    a_row(19, group=Group.BLOCKED, stage="blocked", tries="3/3", what="three attempts failed: no module named cart"),
    a_row(20, group=Group.NEEDS_PERSON, stage="needs_human", since=ago(hours=-1), what="which of the two carts?"),
    a_row(12345, group=Group.NEEDS_PERSON, stage="needs_human", label="a-name-of-20-letters#12345", pull=a_pull(12399)),
)


def a_tick(*rows: Row, planned: bool = False, acts: tuple[Acted, ...] = ()) -> TickReport:
    return TickReport(
        report=a_report(*rows),
        actions=acts,
        skipped=(
            Skip(
                key="github:acme/webshop#40",
                code="project_limit",
                reason="2 of 2 workers of webshop run",
                label="webshop#40",
            ),
        ),
        polls=("webshop: 3 open issues match labels agent:queued",),
        planned=planned,
    )


def report_text(report: Report, width: int = 80) -> str:
    console, stream = file_console(width)
    print_report(report, console)
    return stream.getvalue()


def tick_text(tick: TickReport, width: int = 80) -> str:
    console, stream = file_console(width)
    print_tick(tick, console)
    return stream.getvalue()


def table_lines(text: str) -> list[str]:
    return text.split("\n\n", maxsplit=1)[0].splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_with_every_group(snapshot: SnapshotAssertion, width: int) -> None:
    footer = a_footer(
        last_run=LastRun(at=ago(hours=3, minutes=2), exit_code=1, summary="1 launched, docs could not be polled"),
        backoffs=(("docs", a_backoff()),),
        rests=(("claude", "rests until 11:20 UTC: no module named claude"),),
        overdue=True,
    )
    assert report_text(a_report(*EVERY_GROUP, footer=footer), width) == snapshot


@pytest.mark.parametrize("width", [80, 120])
def test_a_tick_marks_what_changed(snapshot: SnapshotAssertion, width: int) -> None:
    acts = (
        Acted(action="publish", key="github:acme/webshop#20", reason="the attempt ended done", label="webshop#20"),
        Acted(action="launch", key="github:acme/webshop#12", reason="first attempt", label="webshop#12"),
        Acted(action="launch", key="github:acme/webshop#13", reason="second attempt", label="webshop#13"),
    )
    tick = a_tick(a_row(12, changed=True), a_row(13, changed=True), *EVERY_GROUP[:3], acts=acts)
    assert tick_text(tick, width) == snapshot


@pytest.mark.parametrize("width", [80, 120])
def test_a_dry_run_prints_the_plan_and_says_that_nothing_changed(snapshot: SnapshotAssertion, width: int) -> None:
    acts = (
        Acted(action="publish", key="github:acme/webshop#20", reason="the attempt ended done", label="webshop#20"),
        Acted(action="launch", key="github:acme/docs#7", reason="first attempt [bold]of[/bold] three", label="docs#7"),
    )
    assert tick_text(a_tick(*EVERY_GROUP, planned=True, acts=acts), width) == snapshot


def test_a_dry_run_without_a_plan_says_so() -> None:
    assert "dry run, nothing was changed; a run now would start and change nothing\n" in tick_text(a_tick(planned=True))


def test_a_tick_that_did_nothing_says_so_beside_what_its_polls_found() -> None:
    lines = tick_text(a_tick(a_row())).splitlines()
    assert "webshop: 3 open issues match labels agent:queued" in lines
    assert "this run: nothing to do; 1 open issue not started" in lines


def test_an_empty_table_says_what_to_do_next() -> None:
    assert "label on an open issue" in report_text(a_report())
    assert "intake status --all" in report_text(a_report(sessions=(a_session(),)))


def test_those_that_wait_without_a_row_are_counted_below_the_table() -> None:
    text = report_text(replace(a_report(EVERY_GROUP[-2]), more_waiting=980))
    assert text.splitlines()[2] == "and 980 more issues waiting: intake status --all"


def test_what_needs_a_person_comes_first_then_the_oldest_of_each_group() -> None:
    mixed = [
        a_row(number, group=group, since=ago(hours=age))
        for number, (group, age) in enumerate(((g, a) for a in (1, 3, 2) for g in reversed(Group)), start=100)
    ]
    shown = [line.split()[0] for line in table_lines(report_text(a_report(*mixed)))[1:]]
    assert shown == [row.label for row in sorted(mixed, key=lambda row: (row.group, row.since))]


@patient
@given(row_tuples)
def test_the_order_of_input_does_not_matter(rows: tuple[Row, ...]) -> None:
    distinct = tuple({row.key: row for row in rows}.values())
    assert report_text(a_report(*distinct)) == report_text(a_report(*reversed(distinct)))


@patient
@given(reports, st.integers(1, 59))
def test_a_terminal_too_narrow_to_read_fails_nothing(report: Report, width: int) -> None:
    assert len(table_lines(report_text(report, width))) <= len(report.rows) + 1


@patient
@given(reports, st.integers(60, 200))
def test_any_row_takes_one_line_no_longer_than_the_width(report: Report, width: int) -> None:
    lines = table_lines(report_text(report, width))
    assert len(lines) == len(report.rows) + 1
    if report.rows:
        assert all(cell_len(line) <= width for line in lines)


@patient
@given(tick_reports, st.integers(60, 200))
def test_no_line_on_a_terminal_is_longer_than_its_width(tick: TickReport, width: int) -> None:
    stream = Terminal()
    print_tick(
        tick, Console(file=stream, width=width, height=25, force_terminal=True, color_system=None, highlight=False)
    )
    assert all(cell_len(line) <= width for line in stream.getvalue().split("\n"))


@patient
@given(row_tuples)
def test_only_what_is_cut_at_80_columns(rows: tuple[Row, ...]) -> None:
    distinct = {row.key: row for row in rows}
    lines = table_lines(report_text(a_report(*distinct.values())))[1:]
    for row in distinct.values():
        shown = next(line.split() for line in lines if line.startswith(f"{row.label} "))
        pull = [f"#{row.pull.number}"] if row.pull else []
        assert shown[:2] == [row.label, row.stage]
        assert shown[3:][: len(pull) + bool(row.tries)] == [row.tries] * bool(row.tries) + pull


@patient
@given(tick_reports)
def test_nothing_a_stranger_wrote_reaches_the_terminal_as_a_command(tick: TickReport) -> None:
    text = report_text(tick.report) + tick_text(tick)
    assert not set(text) & {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u202e"} - {"\n"}


def test_markup_in_a_title_stays_text() -> None:
    assert "[red]loud[/red] :boom: [link=x]" in report_text(a_report(a_row(what="[red]loud[/red] :boom: [link=x]")))


def test_sentences_are_left_whole_where_nobody_reads_them_on_a_terminal() -> None:
    poll = "webshop: 3 open issues match labels agent:queued, size:small, area:cart, needs:nothing, and assignee ann"
    tick = TickReport(report=a_report(), actions=(), skipped=(), polls=(poll,))
    assert poll in tick_text(tick).splitlines()


def test_no_line_ends_in_blanks() -> None:
    assert all(line == line.rstrip() for line in report_text(a_report(*EVERY_GROUP)).splitlines())


class TestConsole:
    def rendered(self, stream: io.StringIO) -> str:
        print_tick(a_tick(a_row(changed=True, pull=a_pull())), open_console(stream))
        return stream.getvalue()

    def test_a_terminal_gets_colour_and_links(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.delenv("NO_COLOR", raising=False)
        assert "\x1b]8;" in self.rendered(Terminal())

    def test_a_link_cannot_carry_a_terminal_sequence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TERM", "xterm-256color")
        stream = Terminal()
        print_report(a_report(a_row(url="https://x/\x1b\\\x1b]0;owned\x07")), open_console(stream))
        assert "owned" not in stream.getvalue()

    def test_no_color_leaves_no_sequence_at_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b" not in self.rendered(Terminal())

    def test_what_is_no_terminal_gets_no_sequence_even_if_colour_is_forced(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TTY_COMPATIBLE", "1")
        assert "\x1b" not in self.rendered(io.StringIO())

    @pytest.mark.parametrize("columns", ["", "0", "-3", "wide", "²"])
    def test_an_unknown_width_is_80(self, columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", columns)
        assert open_console(io.StringIO()).width == 80

    def test_a_terminal_is_asked_for_its_width(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("COLUMNS", raising=False)
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (24, 97))
        with open(theirs, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor has no path
            assert open_console(stream).width == 97
        os.close(ours)

    def test_columns_names_the_width(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "132")
        assert open_console(io.StringIO()).width == 132

    def test_a_locale_without_the_letters_does_not_end_the_run(self) -> None:
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding="latin-1")
        print_report(a_report(a_row(what="日本 🎉")), open_console(stream))
        stream.flush()
        assert b"webshop#12" in raw.getvalue()


class TestFooter:
    def test_the_last_run_and_how_it_ended(self) -> None:
        footer = a_footer(last_run=LastRun(at=ago(minutes=5), exit_code=1, summary="docs could not be polled"))
        text = report_text(a_report(footer=footer))
        assert "running 2/4; last run 5 minutes ago: docs could not be polled (exit 1)" in text

    def test_a_home_that_never_ran(self) -> None:
        text = report_text(a_report(footer=a_footer(last_run=None, overdue=True)))
        assert "no run yet" in text
        assert "is cron on?" in text

    def test_a_silent_cron_is_asked_for(self) -> None:
        late = LastRun(at=ago(hours=3, minutes=5), exit_code=0, summary="")
        text = report_text(a_report(footer=a_footer(last_run=late, overdue=True)))
        assert "no run for 3 h: is cron on?" in text.splitlines()

    def test_what_was_spent_only_when_something_was(self) -> None:
        spent = (Cost(amount=12.4, currency="USD"), Cost(amount=310, currency="credits"))
        assert "spent" not in report_text(a_report())
        assert "spent in 24 h: $12.40, 310 credits" in report_text(a_report(footer=a_footer(spent=spent))).splitlines()
        limited = report_text(a_report(footer=a_footer(spent=spent[:1], cost_per_day=20.0)))
        assert "spent in 24 h: $12.40 of $20.00" in limited.splitlines()
        reached = report_text(a_report(footer=a_footer(spent=spent[:1], cost_per_day=12.0)))
        assert "spent in 24 h: $12.40 of $12.00; limits.cost_per_day is reached" in reached.splitlines()

    def test_whether_issues_are_written(self) -> None:
        note = "issues not written (writes: off)"
        assert note in report_text(a_report(footer=a_footer(writes_off=True)))
        assert note not in report_text(a_report(footer=a_footer(writes_off=False)))

    def test_a_run_ahead_of_the_clock_was_just_now(self) -> None:
        ahead = LastRun(at=datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=1), exit_code=0, summary="")
        assert "last run just now: ok" in report_text(a_report(footer=a_footer(last_run=ahead)))
