"""What `-q` leaves."""

from __future__ import annotations

import io
from pathlib import Path

from hypothesis import given

from issue_intake.core.rows import Acted, TickReport
from issue_intake.view.plain import place_lines, print_lines, print_problems, print_quiet, summary_lines
from tests.view.builders import a_report
from tests.view.strategies import patient, tick_reports


def test_quiet_says_nothing_while_nothing_is_wrong() -> None:
    stream = io.StringIO()
    print_quiet(TickReport(report=a_report(), actions=(), skipped=(), polls=("webshop: 0 open issues",)), stream)
    assert stream.getvalue() == ""


def test_quiet_prints_problems_and_who_needs_a_person() -> None:
    stream = io.StringIO()
    tick = TickReport(
        report=a_report(),
        actions=(),
        skipped=(),
        polls=(),
        problems=("docs: GitHub answers 503",),
        attention=("webshop#20 needs a person: which of the two carts?",),
    )
    print_quiet(tick, stream)
    assert stream.getvalue().splitlines() == [*tick.problems, *tick.attention]


def test_steps_on_the_way_are_counted_only_where_the_way_was_not_finished() -> None:
    done = {"a#1": ("prepare", "launch"), "a#2": ("commit", "push", "publish"), "a#3": ("commit",), "a#4": ("novelty",)}
    acts = tuple(Acted(action=action, key=key, reason="") for key, actions in done.items() for action in actions)
    tick = TickReport(report=a_report(), actions=acts, skipped=(), polls=())
    assert list(summary_lines(tick)) == ["this run: 1 launched, 1 published, 1 committed, 1 novelty"]


def test_what_was_asked_and_then_done_for_the_same_issue_is_counted_once() -> None:
    acts = tuple(Acted(action=action, key="a#1", reason=reason) for action in ("cancel",) for reason in ("asked", "by"))
    tick = TickReport(report=a_report(), actions=acts, skipped=(), polls=())
    assert list(summary_lines(tick)) == ["this run: 1 cancelled"]


def test_places_have_a_line_each_and_what_is_not_there_has_none() -> None:
    url = "https://github.com/acme/webshop/issues/12"
    assert list(place_lines(url, None, None, there=False)) == [f"issue     {url}"]
    told = list(place_lines(url, f"{url}\x1b[31m", Path("/w/issue\n12"), there=True))
    assert told == [f"issue     {url}", f"pull      {url}", "worktree  /w/issue?12"]
    assert list(place_lines(url, None, Path("/w"), there=False))[-1] == "worktree  /w (removed)"


def test_lines_come_as_they_are_made_whatever_the_locale() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")
    lines = (line for line in ("one", "two \u2026"))
    print_lines(lines, stream)
    assert raw.getvalue() == b"one\ntwo ?\n"


@patient
@given(tick_reports)
def test_any_problem_takes_exactly_one_line(tick: TickReport) -> None:
    stream = io.StringIO()
    print_problems(tick, stream)
    assert stream.getvalue().count("\n") == len(tick.problems)
