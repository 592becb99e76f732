"""How many start: the limits, --max, --project; the rest waits in order of creation and says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.e2e.scene import Scene


def test_of_two_issues_the_older_one_starts_and_the_other_waits_its_turn(scene: Scene) -> None:
    now = datetime.now(UTC)
    younger = scene.repo.add_issue("Younger", labels=["agent:queued"], created_at=now - timedelta(hours=1))
    older = scene.repo.add_issue("Older", labels=["agent:queued"], created_at=now - timedelta(hours=2))
    scene.configure(scene.project("hold"), limits={"running": 1})
    scene.tick()
    scene.wait_for_clone()
    done = scene.tick()
    assert (scene.stage(older), scene.stage(younger)) == ("in_progress", None)
    assert "1 of 1 workers run (limits.running)" in done.out
    scene.tick()
    assert scene.stage(younger) is None
    scene.release()
    scene.tick()
    assert (scene.stage(older), scene.stage(younger)) == ("review", "in_progress")
    assert len(scene.runs(older)) == 1


def test_max_bounds_the_starts_of_one_run(scene: Scene) -> None:
    for _ in range(2):
        scene.add_issue()
    scene.tick("--max", "1")
    scene.wait_for_clone()
    done = scene.tick("--max", "0")
    assert not list(scene.home.glob("sessions/*"))
    assert "--max 0 starts in this run" in done.out
    scene.tick("--max", "1")
    assert [scene.stage(1), scene.stage(2)] == ["in_progress", None]
    scene.wait()
    scene.tick("--max", "0")
    assert scene.stage(1) == "review", "what runs is followed all the same"


def test_a_project_named_by_hand_is_the_only_one_looked_at(scene: Scene) -> None:
    other = scene.add_repository("other")
    scene.configure(scene.project(), scene.project(repo=other))
    scene.add_issue()
    scene.add_issue(repo=other)
    scene.tick("--project", "other")
    assert set(scene.state()["projects"]) == {"other"}
    paths = {request.path for request in scene.standin.requests}
    assert not [path for path in paths if "webshop" in path]
