"""What an issue shows, written by the real command on a server: one label, one comment, and nothing at all when off."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.scene import Scene
from tests.e2e.test_follow_through import Story


def _labels(scene: Scene, number: int) -> list[str]:
    return sorted(scene.repo.issue(number).labels)


def _comments(scene: Scene, number: int) -> list[str]:
    return [comment.body for comment in scene.repo.issue(number).comments]


def _written_on_issues(scene: Scene) -> list[Any]:
    return [one for one in scene.standin.writes() if "/issues" in one.path or "/labels" in one.path]


@pytest.fixture
def story(scene: Scene) -> Story:
    return Story(scene)


def test_with_writes_off_not_one_writing_call_is_made_on_issues(story: Story) -> None:
    for step in story.steps:
        step()
    assert _written_on_issues(story.scene) == []


def test_an_issue_bears_one_label_and_one_comment_through_its_whole_life(story: Story) -> None:
    scene, number = story.scene, story.number
    scene.configure(scene.project(merge={"mode": "auto"}, verify=["test -f work.txt"], writes="full"))
    shown = []
    for step in story.steps:
        step()
        shown.append(_labels(scene, number))
        for _ in range(2):
            scene.tick()
            scene.wait()
        before = len(scene.standin.writes())
        scene.tick()
        assert len(scene.standin.writes()) == before, step.__name__
    assert shown[0] == ["agent:review"]
    assert shown[-1] == ["agent:done"]
    (text,) = _comments(scene, number)
    assert "**intake: done**, attempt 3" in text
    assert "attempt 2 (coder, `command:" in text
    assert "passed in" in text
    assert [a["outcome"] for a in scene.session(number)["attempts"]] == ["done", "done", "done"]


def test_what_fails_shows_the_end_of_its_log_without_the_token(scene: Scene) -> None:
    scene.configure(scene.project("fail", writes="full", limits={"attempts": 1}))
    number = scene.add_issue()
    scene.reach("blocked", number)
    (text,) = _comments(scene, number)
    assert "**intake: blocked**" in text
    assert "<summary>The last lines of the log of attempt 1</summary>" in text
    assert scene.standin.token not in text
    assert _labels(scene, number) == ["agent:blocked"]


def test_a_person_who_takes_the_label_off_stops_the_worker(scene: Scene) -> None:
    scene.configure(scene.project(writes="labels"))
    number = scene.add_issue()
    scene.reach("review", number)
    assert _labels(scene, number) == ["agent:review"]
    scene.repo.unlabel(number, "agent:review")
    scene.tick()
    assert scene.stage(number) == "cancelled"
    scene.tick()
    assert _labels(scene, number) == []
    scene.repo.label(number, "agent:queued")
    scene.tick()
    assert scene.stage(number) in {"queued", "in_progress"}
    scene.reach("review", number)
    assert (_labels(scene, number), len(scene.runs(number))) == (["agent:review"], 2)
