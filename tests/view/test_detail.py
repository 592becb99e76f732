"""`status ISSUE`: one session whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion

from issue_intake.core.attempt import Attempt, Outcome, Role
from issue_intake.core.cost import Cost
from issue_intake.core.ledger import Cause, CauseKind, Ledger, Standing
from issue_intake.core.model import Stage
from issue_intake.core.rows import Detail
from issue_intake.view.detail import print_detail
from tests.view.builders import HOSTILE, NOW, a_detail, a_pull, a_session, ago, an_attempt, file_console
from tests.view.strategies import any_text, patient

SILENT = an_attempt(2, cost_usd=None, tokens=None)
CREDITED = replace(SILENT, cost_other=Cost(amount=31, currency="credits"))


def detail_text(detail: Detail, width: int = 80) -> str:
    console, stream = file_console(width)
    print_detail(detail, console)
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_a_session_whole(snapshot: SnapshotAssertion, width: int) -> None:
    attempts = (
        an_attempt(1, role=Role.TRIAGER, note=""),
        an_attempt(2, note="setup failed: " + "a very long reason " * 10, cost_usd=None),
        an_attempt(3, started_at=ago(minutes=3), ended_at=None, outcome=None, note="", cost_usd=None, tokens=None),
    )
    session = a_session(title=f"日本語 {HOSTILE}", attempts=attempts, pull=a_pull(), note="checks failed: test_cart")
    log = tuple(f"\x1b[3{n % 8}mline {n}\x1b[0m\t{'日本 ' * n}" for n in range(1, 26))
    assert detail_text(a_detail(session, log_tail=log), width) == snapshot


def test_a_session_that_has_not_started_shows_only_what_there_is(snapshot: SnapshotAssertion) -> None:
    session = a_session(stage=Stage.QUEUED, attempts=(), next_attempt_at=NOW)
    detail = a_detail(session, pid=None, prompt=None, log=None, log_tail=(), next_step="The next run starts it.")
    assert detail_text(detail) == snapshot


@pytest.mark.parametrize(
    ("attempt", "shown"),
    [
        (an_attempt(outcome=None, ended_at=None, started_at=None), "starting"),
        (an_attempt(outcome=None, ended_at=None), "running"),
        (an_attempt(outcome=None), "ended"),
        (an_attempt(outcome=None, ended_at=None, stop_asked=True), "stopping"),
        (an_attempt(outcome=None, ended_at=None, stop_asked=True, unknown_since=NOW), "unknown"),
    ],
)
def test_an_attempt_without_an_outcome_says_how_it_stands(attempt: Attempt, shown: str) -> None:
    line = next(line for line in detail_text(a_detail(a_session(attempts=(attempt,)))).splitlines() if "coder" in line)
    assert shown in line


@pytest.mark.parametrize(
    ("attempts", "shown"),
    [
        ((an_attempt(1), an_attempt(2)), "$0.84, 24,690 tokens"),
        ((an_attempt(1), SILENT), "at least $0.42, at least 12,345 tokens"),
        ((an_attempt(1, cost_usd=None),), "cost unknown, 12,345 tokens"),
        ((an_attempt(1, tokens=None), CREDITED), "$0.42 + 31 credits, tokens unknown"),
    ],
)
def test_the_sum_of_a_session_says_what_is_not_in_it(attempts: tuple[Attempt, ...], shown: str) -> None:
    assert f"spent     {shown}" in detail_text(a_detail(a_session(attempts=attempts))).splitlines()


def test_attempts_hold_80_columns_whatever_they_cost() -> None:
    dear = replace(CREDITED, cost_other=Cost(amount=12_345.67, currency="credits"), outcome=Outcome.SETUP_FAILED)
    text = detail_text(a_detail(a_session(attempts=(replace(dear, role=Role.REVIEWER), an_attempt(2)))))
    assert all(cell_len(line) <= 80 for line in text.splitlines() if line.startswith(("TRY", "2 ")))
    assert "12,345.67 credits" in text


def test_before_the_first_end_nothing_is_said_of_cost() -> None:
    text = detail_text(a_detail(a_session(attempts=(an_attempt(ended_at=None, outcome=None, cost_usd=None),))))
    assert "spent" not in text


def test_how_the_pull_request_stands_and_what_was_done_for_it_is_told() -> None:
    session = a_session(
        standing=Standing(head="a" * 40, since=NOW, note="checks are running"),
        cause=Cause(kind=CauseKind.CHECKS, about=("checks/a",), note="test failed"),
        ledger=Ledger(ci_fixes=1, rounds=2),
        asides=("the issue was edited", "it was assigned to ann"),
    )
    lines = detail_text(a_detail(session)).splitlines()
    told = {line.split(" ")[0]: line.partition(" ")[2].strip() for line in lines if line}
    assert (told["standing"], told["cause"]) == ("checks are running", "test failed")
    assert (told["fixes"], told["aside"]) == (
        "1 for checks, 2 for review",
        "the issue was edited; it was assigned to ann",
    )


@pytest.mark.parametrize(
    ("attempt", "told"),
    [
        (an_attempt(agent="codex", chosen_by=("agent:codex",)), "agent     codex, by its label agent:codex"),
        (an_attempt(conflicting=("a", "b")), "agent     claude, the project's own: its labels a and b contradict each"),
    ],
)
def test_which_labels_had_a_say_in_the_agent_is_told(attempt: Attempt, told: str) -> None:
    assert told in detail_text(a_detail(a_session(attempts=(an_attempt(), attempt))))


def test_each_later_attempt_says_whether_it_goes_on_with_a_conversation() -> None:
    begun = (an_attempt(1), an_attempt(2, resumed=True), an_attempt(3), an_attempt(4, started_at=None))
    shown = detail_text(a_detail(a_session(attempts=begun))).splitlines()
    assert "began     2 with the conversation before it, 3 afresh" in shown
    assert "began" not in detail_text(a_detail(a_session(attempts=begun[:1])))


def test_a_path_is_never_broken() -> None:
    deep = Path("/home/ann") / "/".join(["a-folder-with-a-long-name"] * 6) / "worker.log"
    assert str(deep) in detail_text(a_detail(log=deep))


@patient
@given(st.lists(any_text, max_size=30), st.integers(60, 200))
def test_any_log_is_shown_by_its_last_20_lines_within_the_width(log: list[str], width: int) -> None:
    head, _, tail = detail_text(a_detail(log_tail=tuple(log)), width).partition("last lines of the log\n")
    lines = tail.split("\n")[:-1]
    assert len(lines) == min(len(log), 20)
    assert all(cell_len(line) <= width for line in lines)
    assert not set(head + tail) & set("\x1b\r\t\x07\x9b")
