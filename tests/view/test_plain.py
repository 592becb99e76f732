"""What `-q` leaves."""

from __future__ import annotations

import io

from hypothesis import given

from issue_intake.core.rows import TickReport
from issue_intake.view.plain import print_problems, print_quiet
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


@patient
@given(tick_reports)
def test_any_problem_takes_exactly_one_line(tick: TickReport) -> None:
    stream = io.StringIO()
    print_problems(tick, stream)
    assert stream.getvalue().count("\n") == len(tick.problems)
