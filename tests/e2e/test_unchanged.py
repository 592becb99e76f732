"""A tick on an unchanged world writes nothing at GitHub and learns nothing new, wherever the sessions stand."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from issue_intake.demo.faults import Fault
from tests.e2e.scene import Scene
from tests.refusals import json_fault

_OF_THE_TICK = ("last_run", "last_poll_at")


def _check_a_tick_changes_nothing(scene: Scene, code: int = 0) -> None:
    before = _timeless(scene.state())
    attempts = list(scene.home.glob("sessions/*/*/*/order.json"))
    scene.standin.forget_requests()
    scene.tick(code=code)
    assert _timeless(scene.state()) == before
    assert scene.standin.writes() == []
    assert list(scene.home.glob("sessions/*/*/*/order.json")) == attempts


def _timeless(value: Any) -> Any:
    if isinstance(value, list):
        return [_timeless(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {k: _timeless(v) for k, v in value.items() if k not in _OF_THE_TICK}


@pytest.fixture
def held_clone(scene: Scene) -> Iterator[Event]:
    """The first copy comes to no end before this is set."""
    go_on = Event()
    scene.standin.fail("POST", "*/git-upload-pack", Fault(before=lambda: go_on.wait(50)))
    yield go_on
    go_on.set()


def test_a_life_in_which_every_step_is_looked_at_twice(scene: Scene, held_clone: Event) -> None:
    scene.configure(scene.project("hold"))
    scene.add_issue()
    scene.tick()
    _check_a_tick_changes_nothing(scene)  # the first copy is being made
    held_clone.set()
    scene.wait_for_clone()
    scene.tick()
    _check_a_tick_changes_nothing(scene)  # the agent works
    scene.release()
    scene.reach("review")
    _check_a_tick_changes_nothing(scene)
    scene.merge()
    scene.reach("done")
    _check_a_tick_changes_nothing(scene)
    _check_a_tick_changes_nothing(scene)


def test_sessions_that_wait_for_time_or_people_stay_as_they_are(scene: Scene) -> None:
    failing, unsure, closed = (scene.add_issue() for _ in range(3))
    scene.behave(failing, "fail")
    scene.behave(unsure, "nothing")
    project = scene.project(limits={"running": 3})
    scene.configure(project)
    scene.launch()
    scene.wait()
    scene.tick()
    assert [scene.stage(n) for n in (failing, unsure, closed)] == ["queued", "needs_human", "review"]
    scene.repo.close_pull(scene.session(closed)["pull"]["number"])
    scene.tick()
    assert scene.stage(closed) == "blocked"
    _check_a_tick_changes_nothing(scene)
    scene.standin.fail("GET", f"/repos/{scene.repo.full_name}/*", json_fault(404, "Not Found"), times=None)
    scene.tick(code=1)
    assert scene.state()["projects"]["webshop"]["backoff"]["failures"] == 1
    _check_a_tick_changes_nothing(scene)


def test_the_second_look_at_an_unchanged_list_is_answered_by_304(scene: Scene) -> None:
    scene.add_issue()
    scene.reach("review")
    scene.tick()
    scene.standin.forget_requests()
    scene.tick()
    assert {request.status for request in scene.standin.sent("GET", "/repos/*")} == {304}
