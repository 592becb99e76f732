"""What was seen of a pull request, and what came of acting on it, folded into the session."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from issue_intake.core.checks import Rollup, rollup
from issue_intake.core.conversations import seen_threads, threads_due
from issue_intake.core.folding import fold
from issue_intake.core.followup import follow_up, reconsidered
from issue_intake.core.ledger import Cause, CauseKind, Ledger, SeenThreads, Standing
from issue_intake.core.model import Session, Stage
from issue_intake.core.plan import World, plan
from issue_intake.core.policy import Fixes
from issue_intake.core.results import (
    BaseMerged,
    BranchDeleted,
    Later,
    MadeReady,
    NotMerged,
    NotPrepared,
    Prepared,
    Protected,
    PullMerged,
    Reran,
)
from issue_intake.core.review import CheckState, PullFacts, Threads
from tests.builders import NOW, OTHER_SHA, SHA, attempt, check, comment, minutes, policy, pull, pull_facts, reviewed

LATER = NOW + minutes(10)
MERGE = "c" * 40
CHECKS = Cause(kind=CauseKind.CHECKS, about=(f"checks/{OTHER_SHA}",), note="test failed")
REVIEW = Cause(kind=CauseKind.REVIEW, about=("review/7",), note="1 finding of ann")
FAILED = pull_facts(checks=(check(state=CheckState.FAILED),))


def _session(**changes: Any) -> Session:
    return reviewed(**{"standing": Standing(head=OTHER_SHA, since=NOW), **changes})


def _seen(facts: PullFacts, one: Session | None = None, threads: SeenThreads | None = None) -> Session:
    return follow_up(LATER, policy(), one or _session(), facts, threads)


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ((), Rollup.NONE),
        ((CheckState.NEUTRAL,), Rollup.NONE),
        ((CheckState.BROKEN_OFF,), Rollup.NONE),
        ((CheckState.PASSED, CheckState.NEUTRAL), Rollup.PASSED),
        ((CheckState.PASSED, CheckState.BROKEN_OFF), Rollup.PASSED),
        ((CheckState.PASSED, CheckState.PENDING), Rollup.PENDING),
        ((CheckState.PASSED, CheckState.ACTION_REQUIRED), Rollup.PENDING),
        ((CheckState.PENDING, CheckState.FAILED), Rollup.FAILED),
    ],
)
def test_the_checks_of_a_head_in_one_word(states: tuple[CheckState, ...], whole: Rollup) -> None:
    assert rollup(tuple(check(state=state) for state in states)) is whole


def test_a_new_head_begins_a_new_count_of_time_and_an_old_one_keeps_its_own() -> None:
    assert _seen(pull_facts()).standing == Standing(head=OTHER_SHA, since=NOW, note="waits for review")
    moved = _seen(pull_facts(pull=pull(head_sha=SHA)), _session(ledger=Ledger(pushed=(SHA,))))
    assert moved.standing is not None
    assert (moved.standing.head, moved.standing.since) == (SHA, LATER)


def test_a_head_first_seen_while_the_clock_was_ahead_is_counted_from_now() -> None:
    ahead = _session(standing=Standing(head=OTHER_SHA, since=LATER + minutes(60 * 24 * 365)))
    assert _seen(pull_facts(), ahead).standing == Standing(head=OTHER_SHA, since=LATER, note="waits for review")


def test_what_is_said_of_threads_and_what_cannot_be_read_is_kept() -> None:
    threads = SeenThreads(of="x", at=LATER, resolved=(1,))
    after = _seen(pull_facts(remarks=("checks: may not be read",)), threads=threads)
    assert after.ledger.threads == threads
    assert "said/checks: may not be read" in after.ledger.answered


def test_a_server_without_graphql_is_said_once() -> None:
    facts = pull_facts(comments=(comment(1, steers=False),))
    after = _seen(facts, threads=seen_threads(NOW, facts, None))
    assert [about for about in after.ledger.answered if "GraphQL" in about]
    assert _seen(facts, after, seen_threads(LATER, facts, None)).ledger.answered == after.ledger.answered


def test_without_a_policy_and_in_other_stages_nothing_is_decided() -> None:
    foreign = pull_facts(pull=pull(head_sha=MERGE))
    assert follow_up(LATER, None, _session(), foreign, None).stage is Stage.REVIEW
    assert _seen(foreign, _session(stage=Stage.QUEUED)).stage is Stage.QUEUED


def test_nothing_is_planned_for_a_project_that_is_not_in_the_config() -> None:
    assert plan(LATER, None, _session(), World(facts=FAILED)) is None


def test_nothing_is_decided_while_a_push_is_due() -> None:
    after = _seen(FAILED, _session(announced_sha=MERGE))
    assert (after.stage, after.standing and after.standing.note) == (
        Stage.REVIEW,
        "a merge of the base is about to be pushed",
    )


def test_used_up_rounds_block() -> None:
    one = _session(ledger=Ledger(pushed=(OTHER_SHA,), rounds=3))
    after = follow_up(LATER, policy(fixes=Fixes(rounds=3)), one, pull_facts(comments=(comment(),)), None)
    assert after.stage is Stage.BLOCKED


def test_a_queued_session_without_a_cause_or_with_one_already_counted_goes_on() -> None:
    for one in (
        _session(stage=Stage.QUEUED),
        _session(stage=Stage.QUEUED, cause=CHECKS, ledger=Ledger(answered=CHECKS.about)),
    ):
        assert reconsidered(LATER, policy(), one, pull_facts()) == one


def test_a_queued_session_takes_in_what_was_wanted_meanwhile() -> None:
    one = _session(stage=Stage.QUEUED, cause=Cause(kind=CauseKind.REVIEW, about=("comment/1",), note=""))
    after = reconsidered(LATER, policy(), one, pull_facts(comments=(comment(1), comment(2))))
    assert after.cause
    assert after.cause.about == ("comment/1", "comment/2")


def test_a_queued_session_whose_cause_is_gone_is_back_in_review() -> None:
    after = reconsidered(LATER, policy(), _session(stage=Stage.QUEUED, cause=REVIEW), pull_facts())
    assert (after.stage, after.cause) == (Stage.REVIEW, None)


# The ledger


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        (CauseKind.CHECKS, (1, 0, 0)),
        (CauseKind.REVIEW, (0, 1, 0)),
        (CauseKind.VERIFY, (0, 0, 1)),
        (CauseKind.CONFLICT, (0, 0, 0)),
    ],
)
def test_a_cause_is_counted_once_and_given_back_whole(kind: CauseKind, counts: tuple[int, ...]) -> None:
    cause = Cause(kind=kind, about=("x",), note="")
    taken = Ledger().taking_on(cause)
    assert (taken.ci_fixes, taken.rounds, taken.verify_fixes) == counts
    assert taken.taking_on(cause) == taken
    assert taken.giving_back(cause) == Ledger()


def test_what_was_never_started_is_not_counted() -> None:
    claimed = _session(
        stage=Stage.IN_PROGRESS,
        attempts=(attempt(1), attempt(2, cause=CHECKS)),
        cause=CHECKS,
        ledger=Ledger().taking_on(CHECKS),
    )
    after = fold(LATER, policy(), claimed, NotPrepared("no network"))
    assert (after.ledger, len(after.attempts), after.cause) == (Ledger(), 1, CHECKS)


def test_an_approval_covers_a_chain_of_merges_and_a_circle_ends() -> None:
    assert Ledger(merges={"c": "b", "b": "a"}).covered("c") == {"a", "b", "c"}
    assert Ledger(merges={"c": "b", "b": "c"}).covered("c") == {"b", "c"}


def test_a_person_who_asks_again_begins_a_new_count_with_the_same_branch() -> None:
    ledger = Ledger(ci_fixes=2, rounds=3, answered=("review/7",), pushed=(SHA,), merges={"b": "a"})
    assert ledger.renewed() == Ledger(pushed=(SHA,), merges={"b": "a"})


# Results


def test_checks_that_run_again_are_given_time_and_those_that_do_not_are_not() -> None:
    asked = fold(LATER, policy(), _session(), Reran(head=OTHER_SHA, asked=1))
    assert (asked.ledger.quiet_until, asked.standing and asked.standing.note) == (
        LATER + minutes(2),
        "checks are run again",
    )
    assert fold(LATER, policy(), _session(), Reran(head=OTHER_SHA, asked=0)).ledger.quiet_until is None


def test_a_merge_of_the_base_is_announced_and_its_taking_in_is_due() -> None:
    made = BaseMerged(base="main", base_sha=SHA, about="conflict/x", sha=MERGE)
    after = fold(LATER, policy(), _session(), made)
    assert (after.announced_sha, after.pushed_sha, after.incoming) == (MERGE, OTHER_SHA, MERGE)
    assert after.ledger.merges == {MERGE: OTHER_SHA}


def test_a_base_that_brings_nothing_new_changes_nothing_but_that_it_was_tried() -> None:
    made = BaseMerged(base="main", base_sha=SHA, about="conflict/x", sha=OTHER_SHA)
    before = _session()
    assert fold(LATER, policy(), before, made) == replace(before, ledger=before.ledger.answering("conflict/x"))


def test_a_conflict_is_the_coders_with_the_base_to_take_in() -> None:
    made = BaseMerged(base="main", base_sha=SHA, about="conflict/x", sha=None, conflicts=("a.py", "b.py"))
    after = fold(LATER, policy(), _session(), made)
    assert (after.stage, after.incoming, after.note) == (Stage.QUEUED, SHA, "conflicts with main in a.py, b.py")


def test_a_worktree_made_anew_has_nothing_to_take_in() -> None:
    claimed = _session(stage=Stage.IN_PROGRESS, incoming=MERGE, attempts=(attempt(2, takes=MERGE),))
    after = fold(LATER, policy(), claimed, Prepared("main", MERGE, "/w"))
    assert (after.incoming, after.attempts[-1].takes) == (None, None)


def test_refusals_are_counted_for_a_head_and_anew_for_another() -> None:
    one = fold(LATER, policy(), _session(), NotMerged(head=OTHER_SHA, reason="no"))
    two = fold(LATER, policy(), one, NotMerged(head=OTHER_SHA, reason="no"))
    assert two.ledger.refusals == 2
    assert fold(LATER, policy(), two, NotMerged(head=SHA, reason="no")).ledger.refusals == 1
    assert two.standing
    assert two.standing.note == "GitHub does not merge it: no"


def test_what_was_done_is_on_record() -> None:
    assert fold(LATER, policy(), _session(pull=pull(draft=True)), MadeReady()).pull == pull()
    merged = fold(LATER, policy(), _session(), PullMerged())
    assert (merged.stage, merged.pull and merged.pull.state) == (Stage.DONE, "merged")
    assert "deleted/agent/issue-1" in fold(LATER, policy(), merged, BranchDeleted()).ledger.answered
    held = fold(LATER, policy(), _session(), Protected(head=OTHER_SHA, paths=(".github/ci.yml",)))
    assert f"protected/{OTHER_SHA}" in held.ledger.answered
    later = fold(LATER, policy(), _session(), Later("not now"))
    assert later.standing
    assert later.standing.note == "not now"


@pytest.mark.parametrize("result", [MadeReady(), PullMerged(), Later("not now")])
def test_results_for_a_pull_request_that_is_not_known_change_nothing(result: Any) -> None:
    unknown = _session(pull=None, standing=None)
    assert fold(LATER, policy(), unknown, result) == unknown


# Threads


def test_threads_are_asked_for_after_something_was_said_and_while_one_is_open() -> None:
    facts = pull_facts(comments=(comment(1),))
    known = seen_threads(NOW, facts, Threads(resolved=frozenset()))
    assert not threads_due(LATER, None, pull_facts())
    assert threads_due(NOW, None, facts)
    assert not threads_due(NOW + minutes(4), known, facts)
    assert threads_due(NOW + minutes(5), known, facts)
    assert threads_due(NOW - minutes(1), known, facts)  # a clock that was set back
    assert threads_due(NOW, known, pull_facts(comments=(comment(1), comment(2))))
    assert not threads_due(LATER, seen_threads(NOW, facts, Threads(resolved=frozenset({1}))), facts)


def test_a_server_that_cannot_tell_leaves_every_thread_open() -> None:
    assert seen_threads(NOW, pull_facts(comments=(comment(1),)), None).resolved == ()
