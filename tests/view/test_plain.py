"""What `-q` leaves."""

from __future__ import annotations

import io

from hypothesis import given

from issue_intake.core.rows import Acted, TickReport
from issue_intake.view.plain import print_problems, print_quiet, summary_lines
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


@patient
@given(tick_reports)
def test_any_problem_takes_exactly_one_line(tick: TickReport) -> None:
    stream = io.StringIO()
    print_problems(tick, stream)
    assert stream.getvalue().count("\n") == len(tick.problems)
