"""What an agent spills gets nowhere: not into a file of intake's, not into a request, not onto the terminal."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.e2e.scene import Completed, Scene

SHAPED = "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
PHRASE = 'rubber "duck" battery'


def _holding(root: Path, canary: str) -> list[str]:
    files = [path for path in root.rglob("*") if path.is_file() and "worktrees" not in path.relative_to(root).parts]
    return [str(path) for path in files if canary.encode() in path.read_bytes() or canary in str(path)]


def _objects(repository: Path) -> bytes:
    command = ("git", f"--git-dir={repository}", "cat-file", "--batch-all-objects", "--batch")
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_what_an_agent_spills_is_in_no_file_request_or_output(scene: Scene) -> None:
    token = scene.standin.token
    canaries = (token, SHAPED, PHRASE, PHRASE.replace('"', '\\"'))
    coloured = f"{token[:9]}\x1b[0m{token[9:]}"
    spilled = " and ".join((*canaries[:3], coloured))
    (scene.ledger / "canaries").write_text(f"begin {spilled} end\nagain {spilled}\n")
    spill = f"cat {scene.ledger}/canaries"
    once = f"mkdir {scene.ledger}/{{}}-$INTAKE_ISSUE_NUMBER 2>/dev/null && exit 1 || true"
    hooks = {"before_run": f"{spill}; {once.format('hook')}", "after_run": f"{spill}; exit 7"}
    scene.configure(
        scene.project(
            "spill",
            agent={"command": scene.agent("spill"), "pass_env": ["ORACLE_PASSWORD"]},
            workspace={"hooks": hooks},
            verify=[f"{spill}; {once.format('verify')}"],
            writes="full",
        )
    )
    with (scene.home / "env").open("a") as file:
        file.write(f"ORACLE_PASSWORD='{PHRASE}'\n")
    done, blocked = scene.add_issue(), scene.add_issue()
    report = {
        "summary": f"a {spilled}",
        "pr_title": f"b {spilled}",
        "pr_body": f"c {spilled}",
        "blockers": [f"d {spilled}"],
    }
    scene.behave(done, "spill", {"status": "done", **report})
    scene.behave(blocked, "spill", {"status": "blocked", **report})
    shown: list[Completed] = []
    scene.launch()
    while scene.stage(done) != "review":
        assert len(shown) < 30, scene.log()
        scene.wait()
        shown.append(scene.run("logs", str(done)) if len(shown) == 1 else scene.run("status", str(done)))
        shown.append(scene.tick())
        scene.later()
    assert scene.reach("needs_human", blocked)["note"].startswith("the agent is blocked: ")
    assert [a["outcome"] for a in scene.session(done)["attempts"]] == ["setup_failed", "done", "done"]
    commands = (["status", "--json"], ["status", str(blocked)], ["logs", str(done)])
    shown += [scene.run(*command) for command in commands]
    prompts = "".join((folder / "prompt.md").read_text() for folder in scene.attempts(done))
    assert "begin [redacted] and" in prompts, "it was told what its verify said, and only that"
    env_file = str(scene.home / "env")
    requests = repr(scene.standin.requests)
    objects = b"".join(_objects(path) for path in scene.home.glob("sessions/*/*/publish.git"))
    assert b"b [redacted]" in objects
    assert "c [redacted]" in requests
    assert "[redacted]" in (scene.home / "logs" / "intake.log").read_text()
    for canary in canaries:
        assert set(_holding(scene.home, canary)) <= {env_file}
        assert canary not in requests
        assert canary.encode() not in objects
        assert not [one for one in shown if canary in one.out + one.err]
