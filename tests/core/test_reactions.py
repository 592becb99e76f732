"""What an open pull request asks for: each cause, when it counts and when it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.ledger import CauseKind, Ledger, SeenThreads, Standing
from issue_intake.core.model import Session
from issue_intake.core.policy import Fixes, MergePolicy, ProjectPolicy
from issue_intake.core.reactions import Again, Do, Exhausted, Person, Step, Verdict, Wait, react
from issue_intake.core.review import Check, CheckState, MergeLabel, PullFacts
from tests.builders import NOW, OTHER_SHA, SHA, check, comment, minutes, policy, pull, pull_facts, review, reviewed

LATER = NOW + minutes(10)
AUTO = policy(merge=MergePolicy(auto=True))
GREEN = pull_facts(checks=(check(),), reviews=(review(),))
FAILED = check(state=CheckState.FAILED)
RERUN = f"rerun/{OTHER_SHA}"


def _session(**ledger: Any) -> Session:
    standing = Standing(head=OTHER_SHA, since=NOW)
    return reviewed(standing=standing, ledger=Ledger(**{"pushed": (OTHER_SHA,), **ledger}))


def _react(facts: PullFacts, one: Session | None = None, project: ProjectPolicy | None = None) -> Verdict:
    return react(LATER, project or policy(), one or _session(), facts)


def _note(verdict: Verdict) -> str:
    assert isinstance(verdict, Wait), verdict
    return verdict.note


def _cause(verdict: Verdict) -> tuple[CauseKind, tuple[str, ...]]:
    assert isinstance(verdict, Again), verdict
    return verdict.cause.kind, verdict.cause.about


# Heads


def test_a_head_that_intake_did_not_push_is_hands_off() -> None:
    verdict = _react(replace(GREEN, pull=pull(head_sha="c" * 40)))
    assert verdict == Person("hands off: commits on agent/issue-1 that intake did not push (ccccccccc)")


def test_an_earlier_push_of_ours_is_github_being_late() -> None:
    verdict = _react(replace(GREEN, pull=pull(head_sha=SHA)), _session(pushed=(SHA, OTHER_SHA)))
    assert _note(verdict) == "GitHub does not show the latest push yet"


def test_a_head_that_could_not_be_had_decides_nothing() -> None:
    assert isinstance(_react(replace(GREEN, pull=pull(head_sha=None))), Wait)


# Checks


def test_failed_checks_are_first_looked_into_for_a_run_that_is_worth_repeating() -> None:
    assert _react(pull_facts(checks=(FAILED,))) == Do(Step.RERUN, "test did not pass")


def test_failed_checks_start_a_coder_once_for_a_head() -> None:
    facts = pull_facts(checks=(FAILED, check("lint")))
    about = (f"checks/{OTHER_SHA}",)
    assert _cause(_react(facts, _session(answered=(RERUN,)))) == (CauseKind.CHECKS, about)
    assert _note(_react(facts, _session(answered=(RERUN, *about)))) == "test failed"


def test_checks_that_run_again_say_nothing_for_a_while() -> None:
    one = _session(answered=(RERUN,), quiet_until=LATER + minutes(1))
    assert _note(_react(pull_facts(checks=(FAILED,)), one)) == "checks are run again"


def test_checks_that_are_quiet_for_longer_than_any_may_be_are_a_clocks_fault() -> None:
    one = _session(answered=(RERUN,), quiet_until=LATER + minutes(3))
    assert isinstance(_react(pull_facts(checks=(FAILED,)), one), Again)


def test_no_coder_is_started_while_other_checks_are_running_unless_they_take_for_ever() -> None:
    facts = pull_facts(checks=(FAILED, check("slow", CheckState.PENDING)))
    assert _note(_react(facts, _session(answered=(RERUN,)))) == "checks are running"
    late = react(NOW + minutes(30), policy(), _session(answered=(RERUN,)), facts)
    assert _cause(late)[0] is CauseKind.CHECKS


def test_the_fixes_of_checks_are_counted_and_then_a_person_is_needed() -> None:
    facts, project = pull_facts(checks=(FAILED,)), policy(fixes=Fixes(ci=2))
    assert isinstance(_react(facts, _session(answered=(RERUN,), ci_fixes=1), project), Again)
    verdict = _react(facts, _session(answered=(RERUN,), ci_fixes=2), project)
    assert verdict == Person("test failed, and 2 fixes are used up")


@pytest.mark.parametrize("conclusion", ["timed_out", "startup_failure"])
def test_what_ends_without_a_verdict_a_second_time_failed(conclusion: str) -> None:
    facts = pull_facts(checks=(check(state=CheckState.BROKEN_OFF, conclusion=conclusion),))
    assert isinstance(_react(facts), Do)
    assert isinstance(_react(facts, _session(answered=(RERUN,))), Again)


def test_a_check_that_was_cancelled_did_not_fail() -> None:
    facts = pull_facts(checks=(check(state=CheckState.BROKEN_OFF),))
    assert _react(facts) == Do(Step.RERUN, "test did not pass")
    assert _note(_react(facts, _session(answered=(RERUN,)))) == "test was broken off; run it again"


def test_one_that_was_cancelled_beside_others_that_passed_holds_nothing_up() -> None:
    facts = replace(GREEN, checks=(check(), check("old", CheckState.BROKEN_OFF)))
    assert isinstance(_react(facts), Do)
    assert _react(facts, _session(answered=(RERUN,))) == Wait("ready to merge", ready=True)


@pytest.mark.parametrize("state", [CheckState.NEUTRAL, CheckState.PASSED])
def test_what_was_skipped_or_passed_starts_nothing(state: CheckState) -> None:
    assert isinstance(_react(pull_facts(checks=(check(state=state),))), Wait)


def test_a_check_that_asks_for_an_action_needs_a_person() -> None:
    verdict = _react(pull_facts(checks=(check("deploy", CheckState.ACTION_REQUIRED),)))
    assert verdict == Person("deploy asks for a person's action")


def test_checks_that_could_not_be_read_decide_nothing() -> None:
    assert _note(_react(replace(GREEN, checks=None), project=AUTO)) == "its checks could not be read"


# Reviews


def test_changes_requested_start_a_coder_once_for_a_review() -> None:
    facts = pull_facts(reviews=(review(7, "changes_requested"),))
    assert _cause(_react(facts)) == (CauseKind.REVIEW, ("review/7",))
    assert isinstance(_react(facts, _session(answered=("review/7",))), Wait)


def test_comments_of_those_who_may_steer_are_one_round_together() -> None:
    facts = pull_facts(comments=(comment(1), comment(2), comment(3, steers=False)))
    assert _cause(_react(facts)) == (CauseKind.REVIEW, ("comment/1", "comment/2"))


def test_a_new_comment_after_a_round_is_a_round_of_its_own() -> None:
    facts = pull_facts(comments=(comment(1), comment(2)))
    assert _cause(_react(facts, _session(answered=("comment/1",)))) == (CauseKind.REVIEW, ("comment/2",))


def test_a_resolved_thread_asks_for_nothing() -> None:
    facts = pull_facts(comments=(comment(1), comment(2, thread=1)))
    one = _session(threads=SeenThreads(of="x", at=NOW, resolved=(1,)))
    assert isinstance(_react(facts, one), Wait)


def test_nothing_is_begun_while_a_reviewer_is_writing() -> None:
    facts = pull_facts(comments=(comment(1, at=LATER - minutes(0.5)),))
    assert _note(_react(facts)) == "a reviewer is writing"


def test_a_later_approval_takes_the_reviewers_wish_back_and_a_comment_does_not() -> None:
    wish = review(1, "changes_requested")
    assert isinstance(_react(pull_facts(reviews=(wish, review(2, at=NOW + minutes(1))))), Wait)
    assert isinstance(_react(pull_facts(reviews=(wish, review(2, "commented", at=NOW + minutes(1))))), Again)
    assert isinstance(_react(pull_facts(reviews=(wish, review(2, "dismissed", at=NOW + minutes(1))))), Wait)


def test_rounds_are_counted_and_then_the_session_is_blocked_with_what_is_open() -> None:
    facts = pull_facts(comments=(comment(1, author="ann"), comment(2, author="bob")))
    verdict = _react(facts, _session(rounds=3), policy(fixes=Fixes(rounds=3)))
    assert verdict == Exhausted("3 rounds of review are used up; open: 2 findings of ann, bob")


@pytest.mark.parametrize("facts", [replace(GREEN, reviews=None), replace(GREEN, comments=None)])
def test_reviews_that_could_not_be_read_decide_nothing(facts: PullFacts) -> None:
    assert _note(_react(facts, project=AUTO)) == "its reviews could not be read"


def test_people_come_before_machines() -> None:
    facts = pull_facts(checks=(FAILED,), comments=(comment(1),), mergeable=False)
    assert _cause(_react(facts, _session(answered=(RERUN,))))[0] is CauseKind.REVIEW


# The base


@pytest.mark.parametrize("facts", [{"mergeable": False}, {"merge_state": "dirty"}, {"merge_state": "behind"}])
def test_a_base_that_moved_is_merged_once_for_each_pair(facts: dict[str, Any]) -> None:
    verdict = _react(pull_facts(**facts))
    assert isinstance(verdict, Do)
    assert verdict.step is Step.MERGE_BASE
    answered = _session(answered=(f"conflict/{OTHER_SHA}:{SHA}",))
    assert isinstance(_react(pull_facts(**facts), answered), Wait)
    assert isinstance(_react(pull_facts(**facts, base_sha="d" * 40), answered), Do)


def test_whether_it_can_be_merged_is_not_guessed() -> None:
    assert isinstance(_react(pull_facts(mergeable=None, merge_state="unknown")), Wait)
    assert isinstance(_react(replace(GREEN, mergeable=None, merge_state="unknown"), project=AUTO), Wait)


# Merging


def test_approved_and_green_is_ready_and_left_to_a_person_unless_asked() -> None:
    assert _react(GREEN) == Wait("ready to merge", ready=True)
    assert _react(GREEN, project=AUTO) == Do(Step.MERGE, "approved and green")


@pytest.mark.parametrize(
    "facts",
    [
        replace(GREEN, reviews=()),
        replace(GREEN, reviews=(review(sha=SHA),)),
        replace(GREEN, reviews=(review(steers=False),)),
        replace(GREEN, reviews=(review(steers=None),)),
        replace(GREEN, reviews=(review(1), review(2, "changes_requested", author="bob", steers=None))),
        replace(GREEN, reviews=(review(), review(2, "dismissed", at=NOW + minutes(1)))),
        replace(GREEN, comments=(comment(1, steers=None),)),
        replace(GREEN, checks=()),
        replace(GREEN, checks=(check(state=CheckState.NEUTRAL),)),
        replace(GREEN, checks=(check(), check("slow", CheckState.PENDING))),
        replace(GREEN, merge_state="blocked"),
    ],
    ids=[
        "no review",
        "an approval of another head",
        "of somebody without write access",
        "of somebody unknown",
        "against one whose say is unknown",
        "dismissed",
        "a comment of somebody unknown",
        "no checks",
        "nothing but skipped checks",
        "a check is running",
        "the branch's rules",
    ],
)
def test_nothing_is_merged_without_every_condition(facts: PullFacts) -> None:
    assert isinstance(_react(facts, project=AUTO), Wait)


def test_a_finding_that_was_answered_and_is_still_asked_for_keeps_it_from_being_merged() -> None:
    facts = replace(GREEN, reviews=(review(1), review(2, "changes_requested", author="bob")))
    assert isinstance(_react(facts, _session(answered=("review/2",)), AUTO), Wait)


def test_an_approval_covers_merges_of_the_base_that_intake_made_on_it() -> None:
    facts = replace(GREEN, reviews=(review(sha=SHA),))
    assert isinstance(_react(facts, _session(merges={OTHER_SHA: SHA}), AUTO), Do)


def test_where_nobody_else_can_approve_the_label_on_this_head_does() -> None:
    own = replace(GREEN, reviews=(), own=True, merge_label=MergeLabel(by="ann", at=LATER, steers=True))
    assert isinstance(_react(own, project=AUTO), Do)
    for label in (
        MergeLabel(by="eve", at=LATER, steers=False),
        MergeLabel(by="eve", at=LATER, steers=None),
        MergeLabel(by="ann", at=NOW - minutes(1), steers=True),
    ):
        assert isinstance(_react(replace(own, merge_label=label), project=AUTO), Wait)
    assert isinstance(_react(replace(own, own=False), project=AUTO), Wait)


def test_a_check_that_runs_for_ever_keeps_it_from_being_merged() -> None:
    facts = replace(GREEN, checks=(check(), check("slow", CheckState.PENDING)))
    assert _note(react(NOW + minutes(60), AUTO, _session(), facts)) == "checks are running"


def test_a_draft_is_made_ready_first() -> None:
    assert _react(replace(GREEN, pull=pull(draft=True)), project=AUTO) == Do(Step.MARK_READY, "approved and green")


def test_no_checks_for_half_an_hour_are_said_and_merged_only_where_allowed() -> None:
    facts, late = replace(GREEN, checks=()), NOW + minutes(31)
    assert _note(react(late, AUTO, _session(), facts)) == "has no checks (merge.allow_no_checks)"
    allowed = policy(merge=MergePolicy(auto=True, allow_no_checks=True))
    assert isinstance(react(late, allowed, _session(), facts), Do)
    assert isinstance(react(LATER, allowed, _session(), facts), Wait)


def test_a_refusal_is_tried_five_times_for_a_head() -> None:
    assert isinstance(_react(GREEN, _session(refused=OTHER_SHA, refusals=4), AUTO), Do)
    assert isinstance(_react(GREEN, _session(refused=OTHER_SHA, refusals=5), AUTO), Person)
    assert isinstance(_react(GREEN, _session(refused=SHA, refusals=5), AUTO), Do)


def test_protected_paths_are_left_to_a_person() -> None:
    verdict = _react(GREEN, _session(answered=(f"protected/{OTHER_SHA}",)), AUTO)
    assert isinstance(verdict, Wait)
    assert verdict.ready


CHECKS = st.lists(st.builds(check, st.sampled_from("abc"), st.sampled_from(CheckState)), max_size=3).map(tuple)
REVIEWS = st.lists(
    st.builds(
        review,
        st.integers(1, 4),
        st.sampled_from(["approved", "changes_requested", "commented", "dismissed"]),
        author=st.sampled_from(["ann", "bob"]),
        sha=st.sampled_from([SHA, OTHER_SHA]),
        steers=st.sampled_from([True, False, None]),
    ),
    max_size=4,
).map(tuple)


@given(CHECKS, REVIEWS, st.sampled_from([True, False, None]), st.sampled_from(["clean", "dirty", "unknown", "blocked"]))
def test_no_facts_whatever_merge_what_is_not_approved_and_green(
    checks: tuple[Check, ...], reviews: tuple[Any, ...], mergeable: object, state: str
) -> None:
    facts = pull_facts(checks=checks, reviews=reviews, mergeable=mergeable, merge_state=state, own=False)
    if _react(facts, project=AUTO) != Do(Step.MERGE, "approved and green"):
        return
    assert any(r.state == "approved" and r.steers and r.sha == OTHER_SHA for r in reviews)
    assert {c.state for c in checks} <= {CheckState.PASSED, CheckState.NEUTRAL}
    assert any(c.state is CheckState.PASSED for c in checks)
    assert mergeable is True
