"""What a repository brings that runs code by being there: kept from a run, kept as it is, and told."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.e2e.scene import Scene

SETTINGS = {".mcp.json": '{"mcpServers": {}}\n', ".claude/settings.json": "{}\n"}


def test_an_agent_finds_no_settings_that_run_code_and_publishes_none_of_its_own(scene: Scene) -> None:
    scene.repo.commit(SETTINGS)
    number = scene.add_issue()
    spoil = f"ls -A .claude .mcp.json > {scene.ledger}/found 2>&1; echo evil > .mcp.json; echo evil > .envrc"
    scene.configure(scene.project(workspace={"neutralise": True, "hooks": {"before_run": spoil}}))
    scene.launch()

    session = scene.reach("review")

    assert "settings.json" not in (scene.ledger / "found").read_text()
    branch = f"agent/issue-{number}"
    assert {path: f"{scene.repo.read(path, branch=branch)}\n" for path in SETTINGS} == SETTINGS
    with pytest.raises(subprocess.CalledProcessError):
        scene.repo.read(".envrc", branch=branch)
    assert session["attempts"][0]["note"].endswith("left out: .envrc, .mcp.json")
    events = [json.loads(line) for line in (scene.attempts(number)[0] / "events.ndjson").read_text().splitlines()]
    told = {event["event"]: event["message"] for event in events}
    brings = "the repository brings settings that run code: .claude/settings.json, .mcp.json; absent during the run"
    assert told["settings"] == brings
    assert told["left_out"] == "left out: .envrc, .mcp.json"
    assert brings in " ".join(scene.run("status", str(number)).out.split())


def test_a_repository_that_uses_git_lfs_rests_with_the_cure_before_any_agent_starts(scene: Scene) -> None:
    scene.repo.commit({".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"})
    number = scene.add_issue()
    scene.tick()
    scene.wait_for_clone()

    refused = scene.tick(code=1)

    assert "uses Git LFS (set workspace.lfs: true)" in refused.err
    assert scene.stage(number) == "queued"
    assert scene.session(number)["attempts"] == []
