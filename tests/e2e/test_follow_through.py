"""From an issue to a merged pull request through everything that happens in between, on real git, processes, HTTP."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.e2e import crash
from tests.e2e.scene import Scene

SWEEP = bool(os.environ.get("INTAKE_SWEEP"))
STEP = 17  # side effects between two sites that are tried

_FAILING_TEST = "FAILED tests/test_cart.py::test_total - assert 3 == 4"


class Story:
    """The steps of the scenario; each leaves the session where the next one begins."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        scene.configure(scene.project(merge={"mode": "auto"}, verify=["test -f work.txt"]))
        scene.repo.set_permission("ann", "write")
        self.number = scene.add_issue()
        self.steps = (self.open, self.red, self.fix, self.review, self.rework, self.approve, self.merge)

    @property
    def pull(self) -> int:
        """The number of the one pull request."""
        (pull,) = self.scene.repo.pulls()
        return pull.number

    @property
    def branch(self) -> str:
        """Its branch."""
        return f"agent/issue-{self.number}"

    def open(self) -> None:
        """The issue becomes a pull request."""
        self.scene.reach("review", self.number)

    def red(self) -> None:
        """A check fails."""
        self.scene.repo.add_check(self.branch, "test", "failure", log=_FAILING_TEST)
        self.scene.tick()

    def fix(self) -> None:
        """The coder is started again, and the check passes."""
        self.scene.reach("review", self.number)
        self.scene.repo.add_check(self.branch, "test", "success")
        self.scene.tick()

    def review(self) -> None:
        """A reviewer wants two things."""
        said = [("work.txt", 1, "Say what this is for."), ("work.txt", 2, "Twice?")]
        with minutes_ago(self.scene, 2):
            self.scene.repo.review(self.pull, "ann", "CHANGES_REQUESTED", "Nearly.", comments=said)
        self.scene.tick()

    def rework(self) -> None:
        """The coder answers both."""
        self.scene.reach("review", self.number)
        self.scene.repo.add_check(self.branch, "test", "success")
        self.scene.tick()

    def approve(self) -> None:
        """The reviewer is content with the head that is there."""
        self.scene.repo.review(self.pull, "ann", "APPROVED")

    def merge(self) -> None:
        """intake merges."""
        self.scene.reach("done", self.number)


@contextmanager
def minutes_ago(scene: Scene, minutes: float) -> Iterator[None]:
    """What is said now was said a while ago: nothing is begun while a reviewer is writing."""
    world = scene.standin.world
    clock = world.clock
    world.clock = lambda: clock() - timedelta(minutes=minutes)
    try:
        yield
    finally:
        world.clock = clock


@pytest.fixture
def story(scene: Scene) -> Story:
    return Story(scene)


def _facts(scene: Scene, number: int, attempt: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((scene.attempts(number)[attempt - 1] / "facts.json").read_text())
    return found


def _prompt(scene: Scene, number: int, attempt: int) -> str:
    return (scene.attempts(number)[attempt - 1] / "prompt.md").read_text()


def _steady(state: dict[str, Any]) -> dict[str, Any]:
    """The state without the moments at which it was looked at."""
    kept = {key: value for key, value in state.items() if key != "last_run"}
    return kept | {"projects": {n: {**p, "last_poll_at": None} for n, p in state["projects"].items()}}


def _check_the_end(story: Story) -> None:
    """What the story ends in, however often it was broken off."""
    scene, number = story.scene, story.number
    session = scene.session(number)
    assert [a["outcome"] for a in session["attempts"]] == ["done", "done", "done"]
    assert [a["cause"] and a["cause"]["kind"] for a in session["attempts"]] == [None, "checks", "review"]
    assert (session["ledger"]["ci_fixes"], session["ledger"]["rounds"]) == (1, 1)
    assert len(scene.runs(number)) == 3
    assert scene.repo.pulls()[0].state == "merged"
    assert scene.worktree(number) is None
    assert _FAILING_TEST in _prompt(scene, number, 2)
    assert [f["text"] for f in _facts(scene, number, 3)["findings"]] == ["Nearly.", "Say what this is for.", "Twice?"]
    assert "`work.txt`, line 2, by ann" in _prompt(scene, number, 3)
    assert scene.processes() == []
    scene.check_never_two_at_once()


def test_an_issue_is_followed_through_red_checks_and_reviews_to_its_merge(story: Story) -> None:
    for step in story.steps:
        step()
    _check_the_end(story)


@pytest.mark.parametrize("first", range(STEP if SWEEP else 2))
def test_a_followed_life_whose_every_tick_is_killed_first_ends_all_the_same(
    story: Story, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    """Each tick dies at a side effect further on than the one before it did, and is run again."""
    scene, site = story.scene, first + 1

    def tick() -> None:
        nonlocal site
        site = site + STEP if crash.kill(scene, str(site)) else first + 1
        scene.wait()
        if scene.run("run").code:
            scene.later()

    monkeypatch.setattr(scene, "tick", tick)
    for step in story.steps:
        step()
    _check_the_end(story)


def test_a_tick_after_each_step_of_it_writes_nothing_and_changes_nothing(story: Story) -> None:
    scene = story.scene
    for step in story.steps:
        step()
        scene.wait()
        for _ in range(3):
            scene.tick()
            scene.wait()
        before, writes = _steady(scene.state()), Counter(scene.standin.writes_by_kind())
        scene.tick()
        assert _steady(scene.state()) == before, step.__name__
        assert scene.standin.writes_by_kind() == writes, step.__name__


def test_a_base_that_moved_is_merged_in_and_later_work_keeps_what_it_brought(scene: Scene) -> None:
    scene.repo.set_rules(up_to_date=True)
    number = scene.add_issue()
    scene.reach("review", number)
    scene.repo.commit({"other.txt": "from main\n"}, message="Something else")
    scene.tick()
    assert len(scene.runs(number)) == 1
    branch = f"agent/issue-{number}"
    assert scene.repo.read("other.txt", branch=branch) == "from main"
    scene.repo.add_check(branch, "test", "failure")
    scene.tick()
    scene.reach("review", number)
    assert len(scene.runs(number)) == 2
    assert scene.repo.read("other.txt", branch=branch) == "from main"
    assert scene.repo.read("work.txt", branch=branch) == "work\nwork"


def test_a_conflict_with_the_base_is_resolved_by_the_coder(scene: Scene) -> None:
    number = scene.add_issue()
    scene.reach("review", number)
    scene.repo.commit({"work.txt": "theirs\n"}, message="The same file")
    scene.behave(number, "resolve")
    scene.tick()
    scene.reach("review", number)
    branch = f"agent/issue-{number}"
    assert scene.repo.read("work.txt", branch=branch) == "theirs\nours"
    assert "conflicts with main in work.txt" in _prompt(scene, number, 2)
    scene.tick()
    scene.merge()
    scene.reach("done", number)
    assert len(scene.runs(number)) == 2


def test_conflict_markers_that_are_left_are_never_published(scene: Scene) -> None:
    number = scene.add_issue()
    scene.reach("review", number)
    scene.repo.commit({"work.txt": "theirs\n"}, message="The same file")
    head = scene.repo.branches()[f"agent/issue-{number}"]
    scene.tick()
    scene.wait()
    scene.tick(code=1)
    assert (scene.stage(number), scene.session(number)["note"][:39]) == (
        "needs_human",
        "conflicts are not resolved: work.txt; n",
    )
    assert scene.repo.branches()[f"agent/issue-{number}"] == head
