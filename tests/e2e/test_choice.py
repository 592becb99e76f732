"""Two agents in one project: a label of the issue says which of them works on it."""

from __future__ import annotations

import json

from tests.e2e.scene import LABEL, Scene


def _agent(scene: Scene, name: str) -> dict[str, object]:
    """An agent that edits, and is known by a name of its own."""
    program = scene.root / name
    program.write_text(f'#!/bin/sh\necho {name} >> {scene.ledger}/names\nexec "$@"\n')
    program.chmod(0o755)
    return {"command": [str(program), *scene.agent("edit")]}


def _names(scene: Scene) -> list[str]:
    return (scene.ledger / "names").read_text().split()


def test_a_label_chooses_the_agent_and_one_that_is_missing_holds_its_issue_alone(scene: Scene) -> None:
    by_label = {"agent:red": _agent(scene, "red"), "agent:gone": {"command": ["no-such-agent"]}}
    scene.configure(scene.project(agent=_agent(scene, "blue"), agent_by_label=by_label), limits={"running": 2})
    gone, plain, red = (
        scene.repo.add_issue("One", "", labels=[LABEL, *more]) for more in (["agent:gone"], [], ["Agent:Red"])
    )
    scene.tick()
    scene.wait_for_clone()
    told = scene.tick("--dry-run").out
    assert "is eligible; gets command:red, by its label agent:red" in told
    assert "is eligible; gets command:blue, the project's own" in told
    assert "command:no-such-agent, by its label agent:gone: the agent's program no-such-agent is not on PATH" in told
    scene.reach("review", plain)
    assert (scene.stage(red), scene.stage(gone)) == ("review", None)
    assert sorted(_names(scene)) == ["blue", "red"]
    (attempt,) = json.loads(scene.run("status", str(red), "--json").out)["session"]["attempts"]
    assert (attempt["agent"], attempt["chosen_by"]) == ("command:red", ["agent:red"])
    assert "agent     command:red, by its label agent:red" in scene.run("status", str(red)).out
    scene.repo.set_labels(gone, [LABEL, "agent:red"])
    scene.reach("review", gone)
    assert _names(scene)[2:] == ["red"]
    scene.check_never_two_at_once()
