"""What people do to issues, pull requests, repositories and the configuration while intake follows them."""

from __future__ import annotations

import time

from tests.e2e.scene import LABEL, Scene


def test_a_closed_issue_stops_its_worker_within_seconds(scene: Scene) -> None:
    number = scene.running("sleep")
    scene.repo.close_issue(number)
    scene.tick()
    asked = time.monotonic()
    scene.wait()
    assert time.monotonic() - asked < 30
    scene.tick()
    assert scene.stage(number) == "cancelled"
    assert scene.worktree(number) is None
    assert scene.processes() == []
    assert scene.branches() == []


def test_a_rejected_pull_request_blocks_until_a_person_asks_for_a_new_branch(scene: Scene) -> None:
    number = scene.add_issue()
    scene.reach("review")
    scene.repo.close_pull(scene.session(number)["pull"]["number"])
    scene.tick()
    assert scene.stage(number) == "blocked"
    scene.tick()
    assert len(scene.runs(number)) == 1
    scene.repo.set_labels(number, [])
    scene.tick()
    scene.repo.set_labels(number, [LABEL])
    scene.reach("review")
    assert scene.branches() == [f"agent/issue-{number}", f"agent/issue-{number}-2"]
    assert scene.pulls() == [f"agent/issue-{number} closed", f"agent/issue-{number}-2 open"]
    scene.merge()
    scene.reach("done")
    assert scene.worktree(number) is None


def test_a_renamed_repository_and_project_start_nothing_twice(scene: Scene) -> None:
    number = scene.add_issue()
    scene.reach("review")
    scene.repo.rename("hatshop")
    scene.tick()
    assert scene.stage(number) == "review"
    scene.configure(scene.project(name="hats"))  # under the new name of the repository, too
    scene.tick()
    scene.tick()
    assert (scene.stage(number), scene.session(number)["project"]) == ("review", "hats")
    assert len(scene.state()["sessions"]) == 1
    scene.merge()
    scene.reach("done")
    assert len(scene.runs(number)) == 1
    assert scene.worktree(number) is None
    assert len(scene.pulls()) == 1


def test_a_worker_is_followed_through_a_rename(scene: Scene) -> None:
    number = scene.running("hold")
    scene.repo.rename("hatshop")
    scene.configure(scene.project("hold"))
    scene.tick()
    scene.release()
    assert "first copy" in scene.run("run").err, "under its new name it has no clone yet"
    scene.later()
    scene.reach("review", number)
    assert len(scene.state()["sessions"]) == len(scene.runs(number)) == 1
    assert scene.pulls() == [f"agent/issue-{number} open"]


def test_a_project_taken_out_of_the_configuration_keeps_its_worker_under_watch(scene: Scene) -> None:
    number = scene.running("hold")
    other = scene.add_repository("other")
    scene.configure(scene.project(repo=other))
    scene.tick()
    assert scene.stage(number) == "in_progress"
    scene.release()
    scene.tick()
    assert scene.pulls() == []
    scene.configure()
    scene.later()
    scene.reach("review", number)
    assert len(scene.runs(number)) == 1
