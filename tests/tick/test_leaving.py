"""From a commit to its push, or not: what is protected calls a person, what must not leave stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from issue_intake.core.leaving import Extent, Leaving
from issue_intake.core.model import Stage
from issue_intake.core.policy import MergePolicy
from issue_intake.core.ports import Base
from tests.builders import SHA, check, issue, policy, pull_facts, review, session
from tests.fakes import Crash, FakeWorktrees, FakeWorld, parts, setting
from tests.leaving_contract import CONTRACT, TOKEN, Look, Work
from tests.tick.homes import Home

WORKFLOW = ".github/workflows/ci.yml"


@pytest.fixture(autouse=True)
def _guarded(home: Home, world: FakeWorld) -> None:
    _policy(home, world)
    world.tokens = (TOKEN,)


def _policy(home: Home, world: FakeWorld, **changes: Any) -> None:
    merge = MergePolicy(protected=(".github/**",), **changes.pop("merge", {}))
    home.setting = setting(world, parts(world, policy(publish="ready", merge=merge, **changes)))


def _work(home: Home, world: FakeWorld, work: Work) -> None:
    """An attempt that leaves this in its worktree, and the tick after it."""
    home.tick()
    world.work = dict(work)
    world.end()
    home.tick()


def _ask_again(home: Home, world: FakeWorld) -> None:
    world.issues[1] = issue(1, labels=())
    home.tick()
    world.issues[1] = issue(1)
    home.tick()
    home.tick()


@pytest.mark.parametrize("check_look", CONTRACT)
def test_the_fake_tells_what_every_look_tells(world: FakeWorld, check_look: Callable[[Look], None]) -> None:
    def look(work: Work, extent: Extent) -> Leaving:
        world.work = dict(work)
        return FakeWorktrees(world).inspect(session(), Base(branch="main", sha=SHA), SHA, extent)

    check_look(look)


def test_plain_work_is_opened_as_the_project_wants_it(home: Home, world: FakeWorld) -> None:
    _work(home, world, {"a.py": b"a = 1\n"})
    assert (home.session().stage, world.pulls[101].draft) == (Stage.REVIEW, False)


def test_protected_paths_make_a_draft_that_needs_a_person(home: Home, world: FakeWorld) -> None:
    _work(home, world, {WORKFLOW: b"on: push\n"})
    assert (home.session().stage, world.pulls[101].draft) == (Stage.NEEDS_HUMAN, True)
    note = f"a person has to look at pull request #101: it changes protected paths: {WORKFLOW}"
    assert home.session().note == note
    assert home.journal.attention == [f"webshop#1 needs_human: {note}"]
    assert home.journal.problems == []


def test_a_later_push_needs_a_person_again_only_where_it_changes_protected_paths_otherwise(
    home: Home, world: FakeWorld
) -> None:
    _work(home, world, {WORKFLOW: b"on: push\n"})
    _ask_again(home, world)
    world.work["a.py"] = b"a = 1\n"
    world.end()
    home.tick()
    assert home.session().stage is Stage.REVIEW
    _ask_again(home, world)
    world.work[WORKFLOW] = b"on: [push]\n"
    world.end()
    home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    assert world.pulls[101].head_sha == home.session().pushed_sha == f"{1:020d}{3:020d}"


@pytest.mark.parametrize(("path", "work"), [(WORKFLOW, {}), ("ci/workflows/ci.yml", {".github": PurePosixPath("ci")})])
def test_protected_paths_are_never_merged_by_intake_even_after_a_person_went_on(
    home: Home, world: FakeWorld, path: str, work: Work
) -> None:
    _policy(home, world, merge={"auto": True})
    world.touched = (path,)
    _work(home, world, {path: b"on: push\n", **work})
    _ask_again(home, world)
    world.end()
    home.tick()
    world.facts[101] = pull_facts(checks=(check(),), reviews=(review(9, sha=world.pulls[101].head_sha),))
    for _ in range(4):
        home.tick()
    assert "merge: before" not in world.calls


BARRED: dict[str, Work] = {
    "a.py line 2 holds a secret (token)": {"a.py": f"\n{TOKEN}".encode()},
    "the link out leads out of the repository": {"out": PurePosixPath("/etc/passwd")},
    ".gitmodules changes a submodule": {".gitmodules": b""},
    "101 files are changed, 100 may be (publish.max_files)": {str(n): b"" for n in range(101)},
    "big has 1.0 MB (publish.max_file)": {"big": b"x" * 1_000_001},
}


@pytest.mark.parametrize("reason", BARRED)
def test_what_must_not_leave_is_blocked_and_its_worktree_stays(home: Home, world: FakeWorld, reason: str) -> None:
    _work(home, world, BARRED[reason])
    blocked = home.session()
    assert (blocked.stage, blocked.note) == (Stage.BLOCKED, f"not pushed: {reason}")
    assert (blocked.announced_sha, world.remote, world.pulls) == (None, {}, {})
    home.tick()
    home.tick()
    assert (world.remote, blocked.key in world.worktrees) == ({}, True)
    assert TOKEN not in (home.root / "state.json").read_text()


def test_asked_again_the_next_attempt_may_mend_it(home: Home, world: FakeWorld) -> None:
    _work(home, world, {"a.py": TOKEN.encode()})
    _ask_again(home, world)
    assert home.session().attempts[0].note == "not pushed: a.py line 1 holds a secret (token)"
    world.work = {"a.py": b"import os\n"}
    world.end()
    home.tick()
    assert (home.session().stage, list(world.remote)) == (Stage.REVIEW, ["agent/issue-1"])


def test_a_merge_of_the_base_is_looked_through_too(home: Home, world: FakeWorld) -> None:
    _work(home, world, {"a.py": b"a = 1\n"})
    before = dict(world.remote)
    world.facts[101] = pull_facts(merge_state="behind")
    world.work = {"a.py": TOKEN.encode()}
    home.tick()
    assert home.session().stage is Stage.BLOCKED
    assert world.remote == before


def test_a_merge_of_the_base_with_protected_paths_nobody_saw_is_pushed_and_needs_a_person(
    home: Home, world: FakeWorld
) -> None:
    _work(home, world, {"a.py": b"a = 1\n"})
    world.facts[101] = pull_facts(merge_state="behind")
    world.work = {WORKFLOW: b"both"}
    home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    assert world.remote["agent/issue-1"] == home.session().pushed_sha
    assert world.calls.count("push: after") == 2


def test_what_could_not_be_looked_through_is_not_pushed_and_is_tried_again(home: Home, world: FakeWorld) -> None:
    world.uninspected = "git did not end within 60 s"
    _work(home, world, {"a.py": b"x"})
    assert (home.session().stage, world.remote) == (Stage.IN_PROGRESS, {})
    world.uninspected = ""
    home.later(2)
    home.tick()
    assert home.session().stage is Stage.REVIEW


def test_without_a_base_in_the_clone_what_it_was_made_from_is_compared_with(home: Home, world: FakeWorld) -> None:
    home.tick()
    world.work = {"a.py": TOKEN.encode()}
    world.end()
    world.cloned = False
    home.tick()
    assert home.session().stage is Stage.BLOCKED


def test_a_commit_that_an_intake_before_this_one_announced_is_not_pushed_unseen(home: Home, world: FakeWorld) -> None:
    def touch(effect: str) -> None:
        if effect == "push: before":
            world.touch = lambda _: None
            raise Crash

    world.touch = touch
    with pytest.raises(Crash):
        _work(home, world, {"a.py": b"x"})
    memory = home.memory()
    memory.keep(replace(home.session(), cleared_sha=None))
    memory.save()
    home.tick()
    assert (home.session().stage, world.remote) == (Stage.BLOCKED, {})
    assert "nobody has looked through" in home.session().note


PARTS = st.sampled_from([TOKEN, "\n", "a", "# pragma: allowlist secret ", "/", "x" * 9])
CONTENT = st.lists(PARTS, max_size=4).map(lambda parts: "".join(parts).encode())
NAME = st.lists(st.sampled_from([TOKEN, "a", "b", ".github", "AGENTS.md"]), min_size=1, max_size=3).map("/".join)
TARGET = NAME.map(PurePosixPath)


WORK = st.dictionaries(NAME, CONTENT | TARGET, max_size=3)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@example(works=[{"a": TOKEN.encode()}, {"a": b"a"}], merging=False)
@given(works=st.lists(WORK, min_size=1, max_size=2), merging=st.booleans())
def test_whatever_an_agent_writes_a_commit_with_a_known_token_is_never_pushed(
    *, works: list[Work], merging: bool
) -> None:
    pushed: list[Work] = []
    world = FakeWorld(issues={1: issue(1)}, tokens=(TOKEN,))
    world.touch = lambda effect: pushed.append(dict(world.work)) if effect == "push: before" else None
    with TemporaryDirectory() as folder:
        home = Home(Path(folder), world)
        for work in works:
            _work(home, world, work)
            if merging and 101 in world.pulls:
                world.facts[101] = pull_facts(merge_state="behind")
                home.tick()
            _ask_again(home, world)
    assert TOKEN not in repr(pushed)
    assert pushed or works[-1] != {"a": b"a"}
