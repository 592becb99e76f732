"""state.json lost, or the whole home: what is under way or done is found again, and nothing starts twice."""

from __future__ import annotations

from tests.e2e.scene import Scene


def test_with_its_memory_lost_before_every_tick_a_life_is_the_same(scene: Scene) -> None:
    scene.running("hold")
    scene.forget()
    scene.tick()
    assert scene.stage() == "in_progress"
    scene.release()
    scene.forget()
    scene.tick()
    assert scene.stage() == "review"
    scene.forget()
    scene.tick()
    assert scene.stage() == "review"
    scene.merge()
    scene.forget()
    scene.tick()
    assert scene.stage() == "done"
    scene.forget()
    scene.tick()
    assert scene.stage() == "done"
    assert len(scene.runs()) == len(scene.attempts()) == 1
    assert scene.pulls() == ["agent/issue-1 merged"]
    assert scene.worktree() is None


def test_with_its_home_lost_an_open_pull_request_is_adopted_and_followed(scene: Scene) -> None:
    scene.add_issue()
    scene.reach("review")
    scene.forget_all()
    scene.standin.forget_requests()
    scene.launch()
    assert scene.stage() == "review"
    assert scene.standin.writes() == []
    scene.merge()
    scene.reach("done")
    assert len(scene.runs()) == 1
    assert scene.pulls() == ["agent/issue-1 merged"]


def test_with_its_home_lost_a_merged_pull_request_means_done(scene: Scene) -> None:
    number = scene.add_issue()
    scene.reach("review")
    scene.merge()
    scene.repo.reopen_issue(number)
    scene.forget_all()
    scene.launch()
    assert scene.stage() == "done"
    scene.tick()
    assert len(scene.runs()) == 1


def test_with_its_home_lost_a_branch_without_a_pull_request_is_left_to_a_person(scene: Scene) -> None:
    number = scene.add_issue()
    sha = scene.repo.commit({"work.txt": "work\n"}, branch=f"agent/issue-{number}")
    scene.launch()
    session = scene.session()
    assert session["stage"] == "needs_human"
    assert f"agent/issue-{number}" in session["note"]
    assert (scene.runs(), scene.pulls()) == ([], [])
    assert scene.repo.branches()[f"agent/issue-{number}"] == sha


def test_a_pull_request_of_the_same_name_in_a_fork_is_nobodys(scene: Scene) -> None:
    number = scene.add_issue()
    fork = scene.repo.fork("mallory")
    fork.commit({"work.txt": "theirs\n"}, branch=f"agent/issue-{number}")
    scene.repo.add_pull("Theirs", f"mallory:agent/issue-{number}", author="mallory")
    scene.reach("review")
    assert len(scene.runs()) == 1
    assert [pull.author for pull in scene.repo.pulls()] == ["mallory", "intake-bot"]
