"""A supervisor killed alone: what its agent left is ended before anything else starts."""

from __future__ import annotations

import pytest

from tests.e2e.place import alive, until
from tests.e2e.scene import Scene

KINDS = ("plain", "session", "daemon", "bare")


@pytest.fixture
def daemons(scene: Scene) -> list[int]:
    """The pids of an agent and its daemons, one of each kind, whose supervisor was killed."""
    number = scene.running("daemons")
    until(lambda: (scene.ledger / "ready").exists() or None)
    supervisor = scene.supervisor(number)
    supervisor.kill()
    until(lambda: not scene.at_work() or None)
    left = [int((scene.ledger / f"{kind}.daemon").read_text()) for kind in KINDS]
    return [*left, *map(int, scene.runs(number))]


def test_a_killed_supervisor_ends_as_one_pull_request_and_one_counted_attempt(scene: Scene, daemons: list[int]) -> None:
    assert [pid for pid in daemons if alive(pid)] == daemons
    scene.tick()
    assert [pid for pid in daemons if alive(pid)] == []
    session = scene.session()
    assert (session["stage"], session["bad_ends"]) == ("queued", 1)
    assert [(a["outcome"], a["counted"]) for a in session["attempts"]] == [("crashed", True)]
    scene.tick()
    assert len(scene.runs()) == 1, "it is tried again only after its delay"
    scene.configure()
    scene.later()
    scene.reach("review")
    scene.merge()
    scene.reach("done")
    assert (scene.branches(), scene.pulls()) == (["agent/issue-1"], ["agent/issue-1 merged"])
    assert len(scene.runs()) == 2
    scene.check_never_two_at_once()
    assert scene.processes() == []


def test_leftovers_are_ended_with_the_memory_lost_too(scene: Scene, daemons: list[int]) -> None:
    scene.forget()
    scene.configure()
    scene.tick()
    assert [pid for pid in daemons if alive(pid)] == []
    scene.later()
    scene.reach("review")
    scene.check_never_two_at_once()
    assert scene.pulls() == ["agent/issue-1 open"]


def test_a_supervisor_killed_in_one_home_touches_no_agent_of_another(scene: Scene) -> None:
    number = scene.running("hold")
    other = Scene(scene.root / "other", scene.standin, scene.repo)
    other.configure(other.project("hold"))
    other.launch()
    theirs = until(lambda: other.runs(number) or None)
    scene.supervisor(number).kill()
    until(lambda: not scene.at_work() or None)
    scene.tick()
    assert scene.session(number)["stage"] == "queued"
    assert alive(int(theirs[0]))
    assert other.at_work()
