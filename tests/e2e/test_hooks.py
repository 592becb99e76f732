"""The hooks around an attempt: in which order, how often, with what in their environment."""

from __future__ import annotations

from tests.e2e.scene import Scene

_NAMES = "$INTAKE_ISSUE_NUMBER $INTAKE_ISSUE_URL $INTAKE_BRANCH $INTAKE_BASE $INTAKE_ATTEMPT $INTAKE_WORKTREE $PWD"


def _hooks(scene: Scene, **lines: str) -> dict[str, object]:
    noted = {name: f'echo "{name} {_NAMES}" >> {scene.ledger}/hooks' for name in ("after_create", "before_run")}
    noted["after_run"] = f"echo after_run $(cat work.txt) >> {scene.ledger}/hooks; exit 7"
    return {"hooks": noted | lines}


def _noted(scene: Scene) -> list[str]:
    return (scene.ledger / "hooks").read_text().splitlines()


def test_hooks_run_around_the_agent_with_what_they_need_to_know(scene: Scene) -> None:
    number = scene.add_issue()
    scene.configure(scene.project(workspace=_hooks(scene)))
    scene.launch()
    worktree = scene.worktree(number)
    scene.reach("review")
    url = scene.session(number)["url"]
    facts = f"{number} {url} agent/issue-{number} main 1 {worktree} {worktree}"
    assert _noted(scene) == [f"after_create {facts}", f"before_run {facts}", "after_run work"]


def test_after_create_runs_until_it_has_succeeded_once(scene: Scene) -> None:
    number = scene.add_issue()
    failing = f"echo after_create >> {scene.ledger}/hooks; test -e {scene.ledger}/ready"
    scene.configure(scene.project("fail", workspace=_hooks(scene, after_create=failing, before_run="true")))
    scene.launch()
    scene.wait()
    scene.tick()
    assert scene.session(number)["attempts"][0]["outcome"] == "setup_failed"
    assert (_noted(scene), scene.runs(number)) == (["after_create"], [])
    (scene.ledger / "ready").touch()
    for _ in range(2):
        scene.later()
        scene.tick()
        scene.wait()
        scene.tick()
    assert [line for line in _noted(scene) if line == "after_create"] == ["after_create"] * 2
    assert len(scene.runs(number)) == 2
