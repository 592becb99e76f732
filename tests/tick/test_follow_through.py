"""From a pull request to its end: every cause is reacted to once, whatever happens in between."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from issue_intake.core.attempt import Outcome, Verified
from issue_intake.core.ledger import CauseKind
from issue_intake.core.model import Session, Stage
from issue_intake.core.policy import Fixes, MergePolicy
from issue_intake.core.review import CheckState
from issue_intake.errors import GoneForGoodError
from tests.builders import check, comment, issue, policy, pull_facts, review
from tests.fakes import Crash, FakeTracker, FakeWorld, parts, setting
from tests.tick.homes import Home

RUN = "acme-webshop/1/"
FAILED = check(state=CheckState.FAILED, job=None)


@pytest.fixture
def published(home: Home, world: FakeWorld) -> Session:
    """A session whose pull request was just opened."""
    home.tick()
    world.end()
    home.tick()
    return home.session()


def _facts(world: FakeWorld, **changes: Any) -> None:
    """What is seen of pull request 101 from now on; approvals and the like are of its present head."""
    world.facts[101] = pull_facts(**changes)


def _approved(world: FakeWorld) -> None:
    _facts(world, checks=(check(),), reviews=(review(9, sha=world.pulls[101].head_sha),))


def _policy(home: Home, world: FakeWorld, **changes: Any) -> None:
    home.setting = setting(world, parts(world, policy(**changes)))


def _orders(world: FakeWorld) -> list[str]:
    return [run.removeprefix(RUN) for run in world.orders]


@pytest.mark.usefixtures("published")
def test_failed_checks_start_the_coder_again_once_with_the_names_and_logs(home: Home, world: FakeWorld) -> None:
    world.logs["test"] = "AssertionError: 3 != 4"
    _facts(world, checks=(replace(FAILED, job=7),))
    home.tick()
    last = home.session().attempts[-1]
    assert (last.number, last.cause and last.cause.kind, home.session().ledger.ci_fixes) == (2, CauseKind.CHECKS, 1)
    assert world.orders["acme-webshop/1/2"].facts["failures"] == [{"name": "test", "conclusion": "failure", "url": ""}]
    home.tick()
    assert _orders(world) == ["1", "2"]
    world.end()
    home.tick()
    assert (home.session().stage, home.session().cause) == (Stage.REVIEW, None)
    assert len(world.pulls) == 1
    assert world.pulls[101].head_sha == home.session().pushed_sha


@pytest.mark.usefixtures("published")
def test_a_head_whose_checks_were_answered_is_not_answered_again(home: Home, world: FakeWorld) -> None:
    _facts(world, checks=(FAILED,))
    home.tick()
    world.end(Outcome.FAILED)
    home.tick()
    home.later(2)
    home.tick()
    assert _orders(world) == ["1", "2", "3"]
    assert home.session().ledger.ci_fixes == 1
    assert home.session().attempts[-1].cause == home.session().attempts[-2].cause


@pytest.mark.usefixtures("published")
def test_fixes_that_are_used_up_need_a_person(home: Home, world: FakeWorld) -> None:
    _policy(home, world, fixes=Fixes(ci=1))
    for _ in range(2):
        _facts(world, checks=(FAILED,))
        home.tick()
        world.end()
        home.tick()
    home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    assert "1 fixes are used up" in home.session().note
    assert _orders(world) == ["1", "2"]


@pytest.mark.usefixtures("published")
def test_a_job_that_lost_its_runner_is_run_again_once_for_a_head(home: Home, world: FakeWorld) -> None:
    world.logs["test"] = "The runner has received a shutdown signal."
    _facts(world, checks=(replace(FAILED, job=7),))
    home.tick()
    assert world.calls[-1] == "rerun test"
    assert _orders(world) == ["1"]
    home.tick()
    home.later(3)
    home.tick()
    assert world.calls.count("rerun test") == 1
    assert _orders(world) == ["1", "2"]


@pytest.mark.usefixtures("published")
def test_a_job_that_the_token_may_not_run_again_is_left_to_a_person(home: Home, world: FakeWorld) -> None:
    world.reruns = False
    world.logs["test"] = "No space left on device"
    _facts(world, checks=(replace(FAILED, job=7),))
    home.tick()
    home.tick()
    assert _orders(world) == ["1"]
    standing = home.session().standing
    assert standing is not None
    assert standing.note == "test was broken off; run it again"


@pytest.mark.usefixtures("published")
def test_a_failure_beside_a_job_that_cannot_be_run_again_is_the_coders(home: Home, world: FakeWorld) -> None:
    world.reruns = False
    world.logs["test"] = "No space left on device"
    _facts(world, checks=(replace(FAILED, job=7), check("lint", CheckState.FAILED)))
    home.tick()
    assert _orders(world) == ["1", "2"]


@pytest.mark.usefixtures("published")
def test_a_review_with_two_findings_is_one_round(home: Home, world: FakeWorld) -> None:
    _facts(world, reviews=(review(7, "changes_requested"),), comments=(comment(1),))
    home.later(2)
    home.tick()
    order = world.orders["acme-webshop/1/2"]
    assert [finding["about"] for finding in order.facts["findings"]] == ["review/7", "comment/1"]  # type: ignore[attr-defined] # plain JSON
    world.end()
    home.tick()
    home.tick()
    assert (home.session().stage, home.session().ledger.rounds) == (Stage.REVIEW, 1)
    assert _orders(world) == ["1", "2"]


@pytest.mark.usefixtures("published")
def test_a_wish_that_is_taken_back_while_it_waits_for_a_slot_starts_nothing(home: Home, world: FakeWorld) -> None:
    world.issues[2] = issue(2)
    _policy(home, world, running=1)
    home.tick()
    assert _orders(world) == ["1", "acme-webshop/2/1"]
    _facts(world, comments=(comment(1),))
    home.later(2)
    home.tick()
    assert home.session().stage is Stage.QUEUED
    world.resolved.add(1)
    home.later(6)
    world.end()
    home.tick()
    home.tick()
    assert home.session().stage is Stage.REVIEW
    assert RUN + "2" not in world.orders


@pytest.mark.usefixtures("published")
def test_threads_are_asked_for_when_something_was_said_and_then_every_five_minutes(
    home: Home, world: FakeWorld
) -> None:
    _facts(world, comments=(comment(1, steers=False),))
    for _ in range(6):
        home.tick()
        home.later(1)
    assert world.calls.count("threads (101,)") == 2
    world.resolved.add(1)
    home.later(5)
    home.tick()
    home.later(20)
    home.tick()
    assert world.calls.count("threads (101,)") == 3


@pytest.mark.usefixtures("published")
def test_a_base_that_merges_cleanly_is_merged_and_pushed_without_a_worker(home: Home, world: FakeWorld) -> None:
    before = home.session().pushed_sha
    _facts(world, merge_state="behind")
    home.tick()
    after = home.session()
    assert after.pushed_sha is not None
    assert after.ledger.merges == {after.pushed_sha: before}
    assert world.remote["agent/issue-1"] == after.pushed_sha == after.incoming
    home.tick()
    home.tick()
    assert _orders(world) == ["1"]
    assert world.calls.count("push: after") == 2


@pytest.mark.usefixtures("published")
def test_a_base_that_conflicts_is_the_coders(home: Home, world: FakeWorld) -> None:
    world.conflicts = ("cart.py",)
    _facts(world, mergeable=False, merge_state="dirty")
    home.tick()
    last = home.session().attempts[-1]
    assert (last.number, last.takes, last.cause and last.cause.kind) == (2, "a" * 40, CauseKind.CONFLICT)
    world.end()
    home.tick()
    assert (home.session().incoming, home.session().stage) == (None, Stage.REVIEW)
    assert world.calls.count("merge base") == 1


@pytest.mark.usefixtures("published")
def test_commits_of_somebody_else_are_hands_off_until_a_person_asks_again(home: Home, world: FakeWorld) -> None:
    world.pulls[101] = replace(world.pulls[101], head_sha="f" * 40)
    world.remote["agent/issue-1"] = "f" * 40
    home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    world.issues[1] = issue(1, labels=())
    home.tick()
    world.issues[1] = issue(1)
    home.tick()
    assert home.session().stage is Stage.QUEUED
    home.tick()
    last = home.session().attempts[-1]
    assert (last.number, last.takes) == (2, "f" * 40)
    world.end()
    home.tick()
    assert home.session().stage is Stage.REVIEW


@pytest.mark.usefixtures("published")
def test_ready_to_merge_is_said_once_and_left_to_a_person(home: Home, world: FakeWorld) -> None:
    _approved(world)
    home.tick()
    assert home.journal.attention == [f"webshop#1 is ready to merge: {world.pulls[101].url}"]
    home.tick()
    assert home.journal.attention == []
    assert (home.session().stage, world.pulls[101].state) == (Stage.REVIEW, "open")


@pytest.mark.usefixtures("published")
def test_auto_merges_what_is_approved_and_green_and_cleans_up(home: Home, world: FakeWorld) -> None:
    _policy(home, world, merge=MergePolicy(auto=True, delete_branch=True))
    world.pulls[101] = replace(world.pulls[101], draft=True)
    _approved(world)
    home.tick()
    assert not world.pulls[101].draft
    home.tick()
    assert (home.session().stage, world.pulls[101].state) == (Stage.DONE, "merged")
    assert (world.remote, world.worktrees) == ({}, {})
    calls = len(world.calls)
    home.tick()
    assert len(world.calls) == calls


@pytest.mark.usefixtures("published")
def test_protected_paths_are_never_merged_by_intake(home: Home, world: FakeWorld) -> None:
    _policy(home, world, merge=MergePolicy(auto=True, protected=(".github/**",)))
    world.touched = ("README.md", ".github/workflows/ci.yml")
    world.pulls[101] = replace(world.pulls[101], draft=False)
    _approved(world)
    for _ in range(3):
        home.tick()
    assert "merge: before" not in world.calls
    assert home.session().stage is Stage.REVIEW


@pytest.mark.usefixtures("published")
def test_a_merge_that_github_refuses_is_tried_at_five_ticks(home: Home, world: FakeWorld) -> None:
    _policy(home, world, merge=MergePolicy(auto=True))
    world.pulls[101] = replace(world.pulls[101], draft=False)
    world.unmergeable = "Required status check is missing"
    _approved(world)
    for _ in range(8):
        home.tick()
    assert world.calls.count("merge: before") == 5
    assert home.session().stage is Stage.NEEDS_HUMAN


def test_one_pull_request_is_merged_into_a_base_in_a_tick(home: Home, world: FakeWorld) -> None:
    world.issues[2] = issue(2)
    _policy(home, world, merge=MergePolicy(auto=True), publish="ready")
    home.tick()
    world.end()
    home.tick()
    for number in (101, 102):
        world.facts[number] = pull_facts(checks=(check(),), reviews=(review(9, sha=world.pulls[number].head_sha),))
    home.tick()
    assert sorted(pull.state for pull in world.pulls.values()) == ["merged", "open"]
    home.tick()
    assert [pull.state for pull in world.pulls.values()] == ["merged", "merged"]


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        (("agent:queued", "intake:hold"), "the label intake:hold was set"),
        (("agent:queued", "wip"), "the label wip was set"),
        ((), "the label agent:queued was taken off"),
    ],
)
def test_an_issue_that_is_wanted_no_more_stops_its_worker(
    home: Home, world: FakeWorld, labels: tuple[str, ...], note: str
) -> None:
    rule = replace(policy().rule, exclude_labels=("wip",))  # type: ignore[type-var] # it has one
    _policy(home, world, rule=rule)
    home.tick()
    world.issues[1] = issue(1, labels=labels)
    home.tick()
    assert (home.session().stage, home.session().note) == (Stage.CANCELLED, note)
    assert world.alive() == []
    home.tick()
    world.issues[1] = issue(1)
    home.tick()
    assert _orders(world) == ["1", "2"]


@pytest.mark.usefixtures("published")
def test_a_pull_request_stays_open_when_its_issue_is_wanted_no_more(home: Home, world: FakeWorld) -> None:
    world.issues[1] = issue(1, labels=())
    home.tick()
    home.tick()
    assert (home.session().stage, world.pulls[101].state) == (Stage.CANCELLED, "open")
    assert home.session().pull == world.pulls[101]


def test_an_issue_that_is_gone_for_good_cancels_its_session(home: Home, world: FakeWorld) -> None:
    home.tick()

    class Gone(FakeTracker):
        def issue(self, number: int) -> Any:
            raise GoneForGoodError("This issue was deleted")

    del world.issues[1]
    home.setting = setting(world, replace(parts(world), tracker=Gone(world)))
    home.tick()
    assert (home.session().stage, home.session().note) == (Stage.CANCELLED, "This issue was deleted")
    assert world.alive() == []


def test_an_edited_issue_is_noted_and_the_next_attempt_starts_from_the_new_text(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.issues[1] = issue(1, body="Please do it twice.", assignees=("bob",))
    home.tick()
    assert home.session().asides == (
        "the issue was edited; the next attempt sees the new text",
        "it was assigned to bob",
    )
    world.end(Outcome.FAILED)
    home.tick()
    home.later(2)
    home.tick()
    assert home.session().asides == ()
    assert world.orders["acme-webshop/1/2"].prompt == "Please do it twice."


def test_work_that_the_projects_own_commands_refuse_goes_back_before_anybody_sees_it(
    home: Home, world: FakeWorld
) -> None:
    broken = (Verified(name="make test", exit_code=2, seconds=1, required=True, tail="1 failed"),)
    _policy(home, world, fixes=Fixes(verify=1))
    home.tick()
    world.end(verified=broken)
    home.tick()
    last = home.session().attempts[-1]
    assert (last.number, last.cause and last.cause.kind, world.pulls) == (2, CauseKind.VERIFY, {})
    world.end(verified=broken)
    home.tick()
    assert (home.session().stage, world.pulls) == (Stage.NEEDS_HUMAN, {})
    assert "make test failed after attempt 2; 1 fixes are used up" in home.session().note


def test_unverified_work_becomes_a_draft_where_the_project_wants_that(home: Home, world: FakeWorld) -> None:
    broken = (Verified(name="make test", exit_code=2, seconds=1, required=True),)
    _policy(home, world, fixes=Fixes(verify=0), unverified="draft", publish="ready")
    home.tick()
    world.end(verified=broken)
    home.tick()
    assert world.pulls[101].draft


def test_a_command_that_is_not_required_stops_nothing(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.end(verified=(Verified(name="spelling", exit_code=1, seconds=1, required=False),))
    home.tick()
    assert home.session().stage is Stage.REVIEW


def test_rework_goes_on_with_the_agents_conversation(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.end(conversation="abc-123")
    home.tick()
    _facts(world, checks=(FAILED,))
    home.tick()
    assert home.session().attempts[-1].resumed
    world.end(Outcome.FAILED, conversation="abc-123")
    home.tick()
    home.later(2)
    home.tick()
    assert not home.session().attempts[-1].resumed, "going on with it has just come to nothing"


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("where", ["start: before", "start: folder made", "start: after"])
def test_a_tick_that_dies_at_the_start_of_a_rework_loses_and_doubles_nothing(
    home: Home, world: FakeWorld, where: str
) -> None:
    def touch(effect: str) -> None:
        if effect == where:
            world.touch = lambda _: None
            raise Crash

    _facts(world, checks=(FAILED,))
    world.touch = touch
    with pytest.raises(Crash):
        home.tick()
    for _ in range(4):
        home.tick()
        world.end()
        if world.pulls[101].head_sha != home.session().ledger.pushed[0]:
            _approved(world)
        home.later(2)
    runs = [run for run in world.orders if run != "acme-webshop/1/1"]
    assert len(runs) == (2 if where == "start: folder made" else 1)
    assert home.session().ledger.ci_fixes == 1
    assert all(order["failures"] for run in runs if (order := world.orders[run].facts))


@pytest.mark.parametrize("at", range(40))
def test_a_crash_anywhere_in_a_followed_life_merges_once_and_starts_each_attempt_once(
    home: Home, world: FakeWorld, at: int
) -> None:
    """The `at`-th effect outside kills the tick; the life goes on to the same end."""
    seen = 0

    def touch(effect: str) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            raise Crash

    world.touch = touch
    _policy(home, world, merge=MergePolicy(auto=True, delete_branch=True))
    for step in range(14):
        home.later(2)
        if 101 in world.pulls and world.pulls[101].state == "open":
            reworked = len(world.orders) > 1
            _approved(world) if reworked else _facts(world, checks=(FAILED,))
        with suppress(Crash):
            home.tick()
        if step % 2:
            world.end()
    assert (home.session().stage, world.pulls[101].state) == (Stage.DONE, "merged")
    assert (len(world.pulls), world.worktrees) == (1, {})
    assert world.calls.count("merge: after") == 1
    assert home.session().ledger.ci_fixes <= 2
    numbers = [attempt.number for attempt in home.session().attempts]
    assert sorted(set(numbers)) == numbers
    assert len(world.orders) <= 3
