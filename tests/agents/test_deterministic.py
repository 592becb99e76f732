"""mini-swe-agent with the model of its own that needs no server: its answers are a file's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.agents.programs import REAL
from tests.agents.test_real_agents import begin
from tests.e2e.scene import Scene

_MINI = next(real for real in REAL if real.name == "mini-swe-agent")


def _answer(words: str, command: str) -> dict[str, Any]:
    return {"role": "assistant", "content": words, "extra": {"actions": [{"command": command}], "cost": 0.01}}


def test_its_deterministic_model_edits_a_file_to_a_pull_request(scene: Scene, programs: Path) -> None:
    answers = [
        _answer("I will edit hello.txt.", "printf 'goodbye\\n' > hello.txt"),
        _answer("Done.", "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"),
    ]
    model = {"model_class": "deterministic", "model_name": "deterministic", "cost_per_call": 0.01, "outputs": answers}
    scene.repo.commit({"answers.yaml": json.dumps({"model": model})})
    agent = {"preset": "mini-swe-agent", "permissions": "everything", "args": ["-c", "answers.yaml"]}
    number = begin(scene, replace(_MINI, agent=agent, env={}), 0, programs)
    session = scene.reach("review", number)
    assert scene.repo.read("hello.txt", branch=f"agent/issue-{number}") == "goodbye"
    (attempt,) = session["attempts"]
    assert (attempt["outcome"], attempt["cost_usd"]) == ("done", 0.02)
