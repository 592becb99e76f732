"""An agent in a sandbox: from the issue to the pull request, and what it finds there."""

from __future__ import annotations

from tests.e2e.scene import Scene


def test_an_issue_becomes_a_pull_request_in_a_sandbox(scene: Scene) -> None:
    number = scene.add_issue()
    sandboxed = {"sandbox": "bwrap", "network": "off", "binds": {"write": [str(scene.ledger)]}}
    scene.configure(scene.project(workspace=sandboxed))
    scene.launch()
    scene.reach("review")
    assert scene.pulls() == [f"agent/issue-{number} open"]
