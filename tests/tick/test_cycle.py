"""The cycle over a world in memory and a memory on disk: what a tick does, and what a crash cannot undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.eligibility import Reason
from issue_intake.core.model import Pull, Stage
from issue_intake.core.policy import Limits
from issue_intake.core.review import PullFacts
from issue_intake.core.work import Absent, Alive, Lost, Rebooted, Unknown
from issue_intake.errors import UnavailableError
from issue_intake.tick.cycle import rehearse
from tests.builders import issue, minutes, policy
from tests.fakes import Crash, FakeRecipe, FakeReviews, FakeWorld, parts, setting
from tests.tick.homes import KEY, Home


def _merge(world: FakeWorld) -> None:
    for number, pull in world.pulls.items():
        world.pulls[number] = replace(pull, state="merged")
    for number, one in world.issues.items():
        world.issues[number] = replace(one, state="closed")


def test_an_issue_becomes_one_worker_one_branch_one_pull_request_and_is_done_when_merged(
    home: Home, world: FakeWorld
) -> None:
    home.tick()
    assert home.session().stage is Stage.IN_PROGRESS
    assert world.alive() == ["acme-webshop/1/1"]
    world.end()
    home.tick()
    assert home.session().stage is Stage.REVIEW
    assert [p.branch for p in world.pulls.values()] == ["agent/issue-1"]
    _merge(world)
    home.tick()
    assert home.session().stage is Stage.DONE
    assert world.worktrees == {}


def test_a_tick_on_an_unchanged_world_changes_nothing(home: Home, world: FakeWorld) -> None:
    steps: list[Callable[[FakeWorld], None]] = [lambda _: None, FakeWorld.end, _merge]
    for step in steps:
        step(world)
        home.tick()
        home.tick()  # the first look at what the one before it made
        before, calls = home.memory().state, len(world.calls)
        home.tick()
        assert home.memory().state == before
        assert len(world.calls) == calls
        assert home.journal.actions == []


def test_the_first_copy_of_a_repository_comes_before_any_claim(home: Home, world: FakeWorld) -> None:
    world.cloned = False
    ticked = home.tick()
    assert [s.code for s in ticked.selection.skipped] == ["cloning"]
    assert home.memory().state.sessions == {}
    assert [w.code for w in home.memory().state.projects["webshop"].waiting] == ["cloning"]
    home.tick()
    assert world.alive()


def test_a_dry_run_says_that_the_first_copy_comes_before_a_start(home: Home, world: FakeWorld) -> None:
    world.cloned = False
    home.tick(rehearse)
    assert [act.reason for act in home.journal.actions] == ["is eligible; waits for the first copy of the repository"]
    assert not world.cloned
    world.cloned = True
    home.tick(rehearse)
    assert [act.reason for act in home.journal.actions] == ["is eligible"]


def test_a_failed_poll_rests_the_project_longer_each_time_and_starts_nothing(home: Home, world: FakeWorld) -> None:
    world.down = "HTTP 500"
    waits = []
    for _ in range(6):
        home.tick()
        assert home.journal.problems == ["webshop: HTTP 500"]
        backoff = home.memory().state.projects["webshop"].backoff
        assert backoff is not None
        waits.append((backoff.until - world.now) / minutes(1))
        home.tick()
        assert home.journal.problems == []
        world.now = backoff.until
    assert waits == [5, 10, 20, 40, 60, 60]
    world.down = ""
    home.tick()
    assert world.alive()
    assert home.memory().state.projects["webshop"].backoff is None


def test_a_clone_that_fails_again_and_again_is_tried_less_and_less(home: Home, world: FakeWorld) -> None:
    waits = []
    for _ in range(3):
        world.cloned, world.clone_fails = False, "no such host"
        home.tick()
        assert [s.code for s in home.tick().selection.skipped] == []
        backoff = home.memory().state.projects["webshop"].backoff
        assert backoff is not None
        waits.append((backoff.until - world.now) / minutes(1))
        world.now = backoff.until
        world.clone_fails = ""
        home.tick()
    assert waits == [5, 10, 20]


def test_a_project_that_is_down_does_not_hold_up_another(home: Home, world: FakeWorld) -> None:
    other = FakeWorld(down="HTTP 503")
    home.setting = setting(world, parts(other, policy("api")), parts(world))
    home.tick()
    assert home.journal.problems == ["api: HTTP 503"]
    assert world.alive()


def test_sessions_of_a_resting_project_are_still_followed(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.down = "HTTP 500"
    home.tick()
    world.down = ""
    world.end()
    home.later(1)
    home.tick()
    assert home.session().stage is Stage.REVIEW


def test_a_limit_of_one_project_rests_all_that_share_its_credential_and_is_said_once(
    home: Home, world: FakeWorld
) -> None:
    other = FakeWorld(issues={1: issue(1)})
    home.setting = setting(world, parts(world), parts(other, policy("api")))
    world.down, world.limit_until = "the rate limit is used up", world.now + minutes(30)
    other.down, other.limit_until = world.down, world.limit_until
    home.tick()
    assert home.journal.problems == ["webshop: the rate limit is used up"]
    world.down = other.down = ""
    home.later(29)
    home.tick()
    assert (world.asked, other.asked) == (1, 1)
    assert home.journal.problems == []
    home.later(1)
    home.tick()
    assert world.alive()


def test_a_limit_met_while_sessions_are_looked_up_rests_the_credential(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.end()
    home.tick()
    until = world.now + minutes(20)

    class Limited(FakeReviews):
        def facts(self, number: int) -> PullFacts:
            raise UnavailableError("slow down", until=until, scope="credential")

    home.setting = setting(world, replace(parts(world), reviews=Limited(world)))
    home.later(1)
    home.tick()
    assert home.journal.problems == ["webshop: slow down"]
    asked = world.asked
    home.tick()
    assert (home.journal.problems, world.asked) == ([], asked)


def test_the_project_that_was_not_polled_longest_is_asked_first(home: Home, world: FakeWorld) -> None:
    names = ["c", "a", "b"]
    home.setting = setting(world, *(parts(FakeWorld(), policy(name)) for name in names))
    home.setting = replace(home.setting, only="a")
    home.tick()
    home.later(1)
    home.setting = setting(world, *(parts(FakeWorld(), policy(name)) for name in names))
    home.tick()
    assert [line.partition(":")[0] for line in home.journal.polls] == ["c", "b", "a"]


def test_where_a_look_has_time_for_one_session_alone_each_has_its_turn(home: Home, world: FakeWorld) -> None:
    world.issues = {number: issue(number) for number in (1, 2, 3)}
    for _ in range(3):
        home.tick()
        world.end()
    numbers = {session.pull.number for session in home.memory().state.sessions.values() if session.pull is not None}
    assert len(numbers) == 3
    seen: list[tuple[datetime, int]] = []

    class Slow(FakeReviews):
        def facts(self, number: int) -> PullFacts:
            if self.world.now in {at for at, _ in seen}:
                raise UnavailableError("no whole answer came within 60 s")
            seen.append((self.world.now, number))
            return super().facts(number)

    home.setting = setting(world, replace(parts(world), reviews=Slow(world)))
    for _ in range(3):
        home.later(1)
        home.tick()
    assert {number for _, number in seen} == numbers


def test_naming_the_project_by_hand_lifts_its_backoff(home: Home, world: FakeWorld) -> None:
    world.down = "HTTP 401"
    home.tick()
    world.down = ""
    home.setting = replace(home.setting, only="webshop")
    home.tick()
    assert world.alive()


def test_a_changed_credential_lifts_the_backoff(home: Home, world: FakeWorld) -> None:
    world.down = "HTTP 401"
    home.tick()
    world.down = ""
    home.setting = setting(world, parts(world, credential="second"))
    home.tick()
    assert world.alive()


def test_a_missing_agent_program_rests_the_project_before_any_claim(home: Home, world: FakeWorld) -> None:
    broken = replace(parts(world), recipe=FakeRecipe(world, missing="claude: not found on PATH"))
    home.setting = setting(world, broken)
    home.tick()
    assert home.journal.problems == ["webshop: claude: not found on PATH"]
    assert home.memory().state.sessions == {}


def test_an_issue_that_changed_since_the_poll_is_not_claimed(home: Home, world: FakeWorld) -> None:
    class Stale(type(parts(world).tracker)):  # type: ignore[misc] # a fake of a fake
        def issue(self, number: int) -> object:
            return replace(issue(number), labels=("wip",))

    home.setting = setting(world, replace(parts(world), tracker=Stale(world)))
    ticked = home.tick()
    assert [s.code for s in ticked.selection.skipped] == ["label_missing"]
    assert world.orders == {}


def test_bad_ends_are_tried_again_later_and_block_at_the_limit(home: Home, world: FakeWorld) -> None:
    waits = []
    for number in (1, 2, 3):
        home.tick()
        assert world.alive() == [f"acme-webshop/1/{number}"]
        home.later(5)
        world.end(Outcome.FAILED, error="exit code 3", last_line="cannot find the shop")
        home.tick()
        session = home.session()
        if session.next_attempt_at is not None:
            waits.append((session.next_attempt_at - world.now) / minutes(1))
            home.later(5)
    assert waits == [1, 2]
    session = home.session()
    assert session.stage is Stage.BLOCKED
    assert session.note.endswith("exit code 3 — cannot find the shop")
    assert home.journal.attention == [f"webshop#1 blocked: {session.note}"]


def test_waiting_for_the_agents_limit_uses_no_attempt(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.end(Outcome.QUOTA, error="usage limit reached")
    home.tick()
    session = home.session()
    assert (session.stage, session.bad_ends) == (Stage.QUEUED, 0)
    assert [s.code for s in home.tick().selection.skipped if s.key == KEY] == ["agent_rests"]
    home.later(31)
    home.tick()
    assert world.alive() == ["acme-webshop/1/2"]


def test_a_restart_of_the_machine_uses_no_attempt(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.sights["acme-webshop/1/1"] = Rebooted()
    home.tick()
    assert home.session().bad_ends == 0
    assert world.alive() == ["acme-webshop/1/2"]


def test_a_vanished_worker_is_swept_and_counts(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.sights["acme-webshop/1/1"] = Lost(ran=True)
    home.tick()
    assert "sweep" in world.calls
    assert home.session().bad_ends == 1


def test_a_doubt_never_launches_and_in_the_end_needs_a_person(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.sights["acme-webshop/1/1"] = Unknown("another machine")
    for _ in range(4):
        home.tick()
        home.later(10)
    assert len(world.orders) == 1
    assert home.session().stage is Stage.NEEDS_HUMAN
    assert "another machine" in home.session().note


def test_an_agent_that_changed_nothing_needs_a_person_and_opens_no_pull_request(home: Home, world: FakeWorld) -> None:
    world.issues[1] = issue(1, title="nothing to do")
    home.tick()
    world.end(None, summary="it is done already")
    home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    assert "it is done already" in home.session().note
    assert world.pulls == {}


def test_an_issue_closed_by_hand_stops_its_worker_and_cleans_up(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.issues[1] = replace(issue(1), state="closed")
    home.tick()
    assert home.session().stage is Stage.CANCELLED
    assert world.alive() == []
    home.tick()
    assert world.worktrees == {}


def test_unpublished_work_is_kept_and_said(home: Home, world: FakeWorld) -> None:
    world.clean = False
    home.tick()
    world.issues[1] = replace(issue(1), state="closed")
    home.tick()
    home.tick()
    assert home.session().workspace == "kept"
    assert "unpublished" in home.session().note


def test_a_pull_request_closed_unmerged_blocks_until_the_label_goes_and_comes_back(
    home: Home, world: FakeWorld
) -> None:
    home.tick()
    world.end()
    home.tick()
    world.pulls[101] = replace(world.pulls[101], state="closed")
    home.tick()
    assert home.session().stage is Stage.BLOCKED
    world.issues[1] = replace(issue(1), labels=())
    home.tick()
    assert home.session().stage is Stage.BLOCKED
    world.issues[1] = issue(1)
    home.tick()
    assert home.session().stage is Stage.IN_PROGRESS
    world.end()
    home.tick()
    assert [p.branch for p in world.pulls.values()] == ["agent/issue-1", "agent/issue-1-2"]


def test_what_is_over_is_asked_for_once_after_it_left_the_list(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.end()
    home.tick()
    world.pulls[101] = replace(world.pulls[101], state="merged")
    home.tick()
    assert home.session().stage is Stage.DONE
    world.issues[1] = replace(issue(1), labels=())
    home.tick()
    assert home.session().seen_unasked
    assert not home.session().listed


def test_commits_of_somebody_else_on_the_branch_are_left_alone(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.remote["agent/issue-1"] = "c" * 40
    world.end()
    home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    assert "somebody else" in home.session().note
    assert world.pulls == {}


def test_a_branch_that_is_there_already_is_nobodys_to_take(home: Home, world: FakeWorld) -> None:
    world.remote["agent/issue-1"] = "c" * 40
    home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    assert world.orders == {}


@pytest.mark.parametrize(
    ("state", "stage"), [("open", Stage.REVIEW), ("merged", Stage.DONE), ("closed", Stage.BLOCKED)]
)
def test_a_pull_request_found_for_a_new_issue_is_adopted_not_doubled(
    home: Home, world: FakeWorld, state: str, stage: Stage
) -> None:
    world.pulls[5] = Pull(number=5, url="u", state=state, branch="agent/issue-1", head_sha="d" * 40)  # type: ignore[arg-type] # a parametrised literal
    home.tick()
    assert home.session().stage is stage
    assert world.orders == {}


def test_without_room_on_the_disk_nothing_starts(home: Home, world: FakeWorld) -> None:
    home.setting = replace(home.setting, room=lambda: Reason("disk", "only 3 MB are free"))
    assert [s.code for s in home.tick().selection.skipped] == ["disk"]
    assert world.orders == {}


def test_once_the_time_for_acting_is_used_up_nothing_new_starts(home: Home, world: FakeWorld) -> None:
    seconds = iter(range(0, 10_000, 61))
    home.setting = replace(home.setting, seconds=lambda: float(next(seconds)))
    home.tick()
    assert world.orders == {}
    home.setting = setting(world)
    home.tick()
    assert world.alive()


def test_a_renamed_project_keeps_its_sessions(home: Home, world: FakeWorld) -> None:
    home.tick()
    home.setting = setting(world, parts(world, replace(policy(), name="shop")))
    home.tick()
    assert home.session().project == "shop"
    assert len(world.orders) == 1


def test_a_renamed_repository_starts_nothing_twice(home: Home, world: FakeWorld) -> None:
    home.tick()
    home.setting = setting(world, parts(world, policy("boutique")))
    home.tick()
    assert len(world.orders) == 1
    assert list(home.memory().state.sessions) == [KEY]


def test_a_session_of_a_removed_project_is_still_followed(home: Home, world: FakeWorld) -> None:
    home.tick()
    home.setting = replace(home.setting, projects=())
    world.end()
    home.tick()
    session = home.session()
    assert session.last is not None
    assert session.last.outcome is Outcome.DONE
    assert session.trouble is not None


def test_a_dry_run_changes_nothing_and_tells_what_would_start(home: Home, world: FakeWorld, tmp_path: Path) -> None:
    home.tick(rehearse)
    assert [(a.action, a.key) for a in home.journal.actions] == [("launch", KEY)]
    assert world.calls == []
    assert list(tmp_path.iterdir()) == []


def test_three_quick_failures_rest_the_agent_and_a_person_is_told_once(home: Home, world: FakeWorld) -> None:
    world.issues = {n: issue(n) for n in range(1, 9)}
    home.setting = replace(setting(world, parts(world, policy(running=9, open_pulls=9))), limits=Limits(running=3))
    told = []
    for _ in range(12):
        home.tick()
        told += [line for line in home.journal.attention if line.startswith("agent ")]
        world.end(Outcome.FAILED, error="exit code 1")
        home.later(0.5)
    assert len(told) == 1
    sessions = home.memory().state.sessions.values()
    assert sum(s.bad_ends for s in sessions) == 3
    assert not [s for s in sessions if s.stage is Stage.BLOCKED]


def test_what_is_over_leaves_the_hot_memory_and_is_still_not_taken_twice(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.end()
    home.tick()
    _merge(world)
    home.tick()
    home.later(60 * 24 * 8)
    home.tick()
    assert home.memory().state.sessions == {}
    world.issues[1] = issue(1)
    home.tick()
    home.tick()
    assert list(home.memory().state.sessions) == [KEY]
    assert len(world.orders) == 1


def test_a_renamed_repository_is_still_not_taken_twice_after_its_sessions_left(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.end()
    home.tick()
    _merge(world)
    home.tick()
    home.later(60 * 24 * 8)
    home.tick()
    world.issues[1] = issue(1)
    home.setting = setting(world, parts(world, policy("boutique")))
    home.tick()
    home.tick()
    assert list(home.memory().state.sessions) == [KEY]
    assert len(world.orders) == 1


EFFECTS = 40


@pytest.mark.parametrize("forget", [False, True], ids=["memory kept", "state.json deleted"])
@pytest.mark.parametrize("fatal", range(EFFECTS))
def test_a_crash_anywhere_never_launches_or_publishes_twice(
    tmp_path: Path, world: FakeWorld, fatal: int, *, forget: bool
) -> None:
    world.issues = {1: issue(1), 2: issue(2)}
    home = Home(tmp_path, world)
    seen = 0

    def touch(effect: str) -> None:
        nonlocal seen
        seen += 1
        if seen == fatal:
            raise Crash(effect)

    world.touch = touch
    for step in range(12):
        try:
            home.tick()
        except Crash:
            if forget:
                (tmp_path / "state.json").unlink(missing_ok=True)
            continue
        runs = world.alive()
        assert len({run.rpartition("/")[0] for run in runs}) == len(runs), "never two workers for one issue"
        world.end()
        if step == 8:
            _merge(world)
        home.later(2)
    assert sorted(world.remote) == ["agent/issue-1", "agent/issue-2"]
    assert sorted(p.branch for p in world.pulls.values()) == ["agent/issue-1", "agent/issue-2"]
    stages = {s.stage for s in home.memory().state.sessions.values()}
    assert stages == {Stage.DONE}
    finished = [run for run in world.orders if not isinstance(world.sights[run], Absent | Alive | Lost)]
    assert len(finished) == 2
