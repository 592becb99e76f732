"""A home that came to another machine: whether a worker of the old one lives is a person's to say, and has a way."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.place import until
from tests.e2e.scene import Scene


def test_a_worker_of_the_machine_before_starts_none_beside_it_until_a_person_says_that_it_is_over(
    scene: Scene,
) -> None:
    number = scene.running("hold")
    (attempt,) = scene.attempts(number)
    _lose_the_worker(scene)
    here = json.loads((attempt / "order.json").read_text())["machine_id"]
    for record in (scene.home / "state.json", attempt / "order.json"):
        record.write_text(record.read_text().replace(here, "another-machine"))
    scene.tick()
    assert scene.stage(number) == "in_progress"
    _doubt_for_long(scene.home / "state.json")
    scene.tick()
    session = scene.session(number)
    assert session["stage"] == "needs_human"
    assert f"move {attempt} away and ask again" in session["note"]
    assert scene.run("retry", str(number)).code == 0
    scene.tick()
    assert len(scene.attempts(number)) == 1

    attempt.rename(scene.root / "away")
    scene.behave(number, "edit")
    scene.reach("review", number)
    assert len(scene.runs(number)) == 2
    scene.check_never_two_at_once()


def _lose_the_worker(scene: Scene) -> None:
    """As a machine that is gone takes it along."""
    scene.supervisor().kill()
    for process in scene.processes():
        process.kill()
    until(lambda: None if scene.processes() else True)


def _doubt_for_long(state: Path) -> None:
    known = json.loads(state.read_text())
    for session in known["sessions"].values():
        session["attempts"][-1]["unknown_since"] = "2020-01-01T00:00:00Z"
    state.write_text(json.dumps(known))
