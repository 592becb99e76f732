"""What an agent wrote is looked through before anybody else sees it."""

from __future__ import annotations

import json

from tests.e2e.scene import Scene


def test_an_agent_that_edits_a_workflow_opens_a_draft_and_calls_a_person(scene: Scene) -> None:
    number = scene.add_issue()
    scene.configure(scene.project("workflow", merge={"mode": "auto", "require_approval": False}))
    session = scene.reach("needs_human")
    (pull,) = scene.repo.pulls()
    assert pull.draft
    assert session["note"].endswith("it changes protected paths: .github/workflows/ci.yml")
    assert scene.repo.read(".github/workflows/ci.yml", branch=f"agent/issue-{number}") == "on: push"
    done = scene.run("run", "-q")
    assert (done.code, done.out) == (0, "")
    assert scene.stage(number) == "needs_human"
    assert scene.pulls() == [f"agent/issue-{number} open"]


def test_a_token_that_an_agent_commits_stays_here_until_an_attempt_takes_it_out(scene: Scene) -> None:
    token = scene.standin.token
    (scene.ledger / "token").write_text(token)
    number = scene.add_issue()
    scene.configure(scene.project("leak"))
    scene.launch()
    scene.wait()
    scene.standin.forget_requests()
    done = scene.tick()
    session = scene.session(number)
    assert (session["stage"], session["announced_sha"]) == ("blocked", None)
    assert "config.py line 2 holds a secret" in session["note"]
    assert "config.py line 2 holds a secret" in done.out + done.err + scene.run("status", str(number)).out
    assert (scene.branches(), scene.pulls(), scene.standin.writes()) == ([], [], [])
    worktree = scene.worktree(number)
    assert worktree is not None
    files = (path for path in scene.home.rglob("*") if path.is_file() and not path.is_symlink())
    holding = {path.relative_to(scene.home).as_posix() for path in files if token.encode() in path.read_bytes()}
    assert holding == {"env", (worktree / "config.py").relative_to(scene.home).as_posix()}
    assert token not in json.dumps([repr(request) for request in scene.standin.requests])

    scene.behave(number, "edit")
    (worktree / "config.py").write_text("import os\n")
    scene.run("retry", str(number))
    scene.reach("review")
    prompt = (scene.attempts(number)[-1] / "prompt.md").read_text()
    assert "config.py line 2 holds a secret" in prompt
    assert token not in prompt
    assert scene.repo.read("config.py", branch=f"agent/issue-{number}") == "import os"
