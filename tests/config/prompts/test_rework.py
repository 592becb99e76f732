"""What a worker is told of why it works again: all of it, and nothing that could pass for an instruction."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.config.prompts.rework import changes, rework_text
from issue_intake.core.approval import all_findings
from issue_intake.core.attempt import Outcome, Verified
from issue_intake.core.brief import Brief, Failure, document, failed_checks, findings_of
from issue_intake.core.ledger import Cause, CauseKind
from issue_intake.core.review import CheckState
from tests.builders import check, comment, ended, issue, pull_facts, review

FAILED = check("unit tests", CheckState.FAILED, url="https://github.com/acme/webshop/runs/1")


def _cause(kind: CauseKind, *about: str, note: str = "") -> Cause:
    return Cause(kind=kind, about=about, note=note)


def test_a_first_attempt_is_told_nothing() -> None:
    assert rework_text(Brief(), (), "") == ""


def test_failed_checks_come_with_their_logs_and_without_those_that_passed() -> None:
    facts = pull_facts(checks=(FAILED, check("lint")))
    cause = _cause(CauseKind.CHECKS)
    failures = tuple(Failure(check=c, log="E   assert 3 == 4") for c in failed_checks(cause, facts))
    text = rework_text(Brief(cause=cause, failures=failures), (), "")
    assert "- unit tests (failure) https://github.com/acme/webshop/runs/1\n\n```\nE   assert 3 == 4\n```" in text
    assert "lint" not in text


def test_a_check_without_a_log_comes_with_its_summary() -> None:
    text = rework_text(
        Brief(cause=_cause(CauseKind.CHECKS), failures=(Failure(check=replace(FAILED, summary="2 broken links")),)),
        (),
        "",
    )
    assert "```\n2 broken links\n```" in text


def test_findings_come_with_place_and_author_and_only_those_that_are_meant() -> None:
    facts = pull_facts(comments=(comment(1, path="a.py", line=3, text="Why?"), comment(2, line=None, text="No.")))
    cause = _cause(CauseKind.REVIEW, "comment/1")
    text = rework_text(Brief(cause=cause, findings=findings_of(cause, facts)), (), "")
    assert "- `a.py`, line 3, by ann" in text
    assert "Why?" in text
    assert "No." not in text


def test_a_verdict_without_words_is_left_out_beside_others() -> None:
    both = all_findings(pull_facts(reviews=(review(7, "changes_requested"),), comments=(comment(1),)))
    cause = _cause(CauseKind.REVIEW, "review/7", "comment/1")
    assert "(no text)" not in rework_text(Brief(cause=cause, findings=both), (), "")
    assert "(no text)" in rework_text(Brief(cause=cause, findings=both[:1]), (), "")


def test_a_conflict_and_what_the_projects_own_commands_said() -> None:
    conflict = _cause(CauseKind.CONFLICT, note="conflicts with main in a.py")
    assert "The work conflicts with main in a.py." in rework_text(Brief(cause=conflict), (), "")
    ended_ones = (
        Verified(name="make test", exit_code=2, seconds=1, required=True, tail="1 failed"),
        Verified(name="spelling", exit_code=None, seconds=1, required=False),
    )
    text = rework_text(Brief(cause=_cause(CauseKind.VERIFY), verified=ended_ones), (), "")
    assert "- make test (exit code 2)\n\n```\n1 failed\n```" in text
    assert "- spelling (was ended, not required)" in text


def test_the_history_is_told_to_those_who_do_not_remember_it() -> None:
    cause = _cause(CauseKind.CHECKS)
    earlier = (ended(1, note="Added a cart."),)
    assert "- attempt 1: done: Added a cart." in rework_text(Brief(cause=cause), earlier, "")
    assert "attempt 1" not in rework_text(Brief(cause=cause, conversation="abc"), earlier, "")


def test_a_retry_that_starts_afresh_is_told_the_history_too() -> None:
    earlier = (ended(1, Outcome.FAILED, note="exit code 3"),)
    assert "- attempt 1: failed: exit code 3" in rework_text(Brief(), earlier, "")


def test_what_changed_in_the_issue_is_shown_as_a_difference() -> None:
    difference = changes("Title\n\nOnce.", "Title\n\nTwice.")
    assert "-Once.\n+Twice." in rework_text(Brief(), (), difference)
    assert changes("same", "same") == ""


def test_the_record_of_an_attempt_holds_what_it_was_started_on() -> None:
    facts = pull_facts(comments=(comment(1),))
    cause = _cause(CauseKind.REVIEW, "comment/1")
    record = document(issue(1), Brief(cause=cause, findings=findings_of(cause, facts)))
    assert record["cause"] == {"kind": "review", "about": ["comment/1"]}
    assert record["issue"] == {"title": "Issue 1", "body": "Please do it.", "labels": ["agent:queued"]}


@pytest.mark.parametrize("kind", [CauseKind.CHECKS, CauseKind.REVIEW, CauseKind.VERIFY])
@given(st.text(alphabet=st.sampled_from("`~\n #x\x1b"), max_size=60))
def test_no_outside_text_ever_gets_out_of_its_fence(kind: CauseKind, text: str) -> None:
    mark = "END-OF-DATA"
    brief = Brief(
        cause=_cause(kind),
        findings=all_findings(pull_facts(comments=(comment(1, text=f"{text} \n{mark}"),))),
        failures=(Failure(check=replace(FAILED, summary=f"{text} \n{mark}")),),
        verified=(
            Verified(name="x", exit_code=1, seconds=1, required=True, tail=f"{text} \n{mark}".replace("\x1b", "")),
        ),
    )
    lines = rework_text(brief, (), "").splitlines()
    at = lines.index(mark)
    fence = next(line for line in lines if line.startswith("```") and lines.index(line) < at)
    assert len(fence) >= 3
    assert lines[at + 1] == fence
    assert "\x1b" not in "".join(lines)
