"""An agent in a sandbox: from the issue to the pull request, and what a person is told of it."""

from __future__ import annotations

import json

import pytest

from tests.e2e.scene import AGENT, Scene
from tests.sandboxes import needs_bwrap


def _workspace(scene: Scene, **keys: object) -> dict[str, object]:
    return {
        "sandbox": "bwrap",
        "network": "off",
        "binds": {"read": [str(AGENT.parent)], "write": [str(scene.ledger)]},
        **keys,
    }


@needs_bwrap
def test_an_issue_becomes_a_pull_request_in_a_sandbox(scene: Scene) -> None:
    number = scene.add_issue()
    hidden = f"test ! -e {scene.home}/state.json && test ! -e {scene.home}/env && test -e .git"
    hooks = {"after_create": hidden, "before_run": hidden}
    verify = [f"git log --oneline && ! touch {scene.home}/x/y /etc/x"]
    scene.configure(scene.project(workspace=_workspace(scene, hooks=hooks), verify=verify))
    scene.launch()
    scene.reach("review")
    assert scene.pulls() == [f"agent/issue-{number} open"]
    steps = json.loads((scene.attempts(number)[0] / "order.json").read_text())["steps"]
    assert {step["name"] for step in steps if "bwrap" in step["argv"]} == {
        "after_create",
        "before_run",
        "agent",
        "verify",
    }


def test_a_sandbox_that_is_missing_stops_its_project_alone(scene: Scene) -> None:
    scene.add_issue()
    scene.configure(scene.project(workspace=_workspace(scene)))
    programs = scene.root / "programs"
    programs.mkdir()
    for name in ("git", "sh", "env"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    scene.env["PATH"] = str(programs)
    done = scene.tick(code=1)
    assert "bwrap is not on PATH" in done.err
    assert "install Debian's bubblewrap" in done.err
    assert scene.runs() == []


@needs_bwrap
@pytest.mark.parametrize("network", ["off", ["example.org"]])
def test_what_is_told_of_a_sandbox_is_what_its_agent_finds(scene: Scene, network: object) -> None:
    look = f"env -0 > {scene.ledger}/names; cat /proc/self/mountinfo > {scene.ledger}/mounts"
    agent, workspace = {"command": ["sh", "-c", look]}, _workspace(scene, network=network)
    scene.configure(scene.project(name="shop", agent=agent, workspace=workspace))
    scene.env["LANG"] = "C.UTF-8"  # in none, Python names one to the programs that it starts
    told = json.loads(scene.run("sandbox", "shop", "--json").out)
    number = scene.add_issue()
    scene.launch()
    scene.wait()
    names = [line.partition("=")[0] for line in (scene.ledger / "names").read_text().split("\0") if line]
    assert sorted(names) == told["environment"]
    found = dict(map(_mounted, (scene.ledger / "mounts").read_text().splitlines()))
    for mount in told["mounts"]:
        place = mount["path"].replace("<n>", str(number)).replace("<attempt>", "1")
        assert found[place] in _MEANT[mount["access"]], place


_MEANT = {
    "read": {("ro", "disk"), ("ro", "memory")},
    "write": {("rw", "disk"), ("rw", "memory")},
    "empty": {("rw", "memory")},
    "closed": {("rw", "memory")},
    "hidden": {("ro", "disk")},
}


def _mounted(line: str) -> tuple[str, tuple[str, str]]:
    """A place in the file system; how it may be used, and what it is of."""
    words = line.split()
    kind = "memory" if words[words.index("-") + 1] == "tmpfs" else "disk"
    return words[4], (words[5].partition(",")[0], kind)


def test_variables_that_an_agent_is_always_given_are_told(scene: Scene) -> None:
    scene.configure(scene.project(name="shop", agent="claude"))
    assert "DISABLE_AUTOUPDATER" in json.loads(scene.run("sandbox", "shop", "--json").out)["environment"]


@pytest.mark.parametrize("kind", ["bwrap", "none"])
def test_what_a_worker_would_see_is_told_and_nothing_is_done(scene: Scene, kind: str) -> None:
    workspace = _workspace(scene) if kind == "bwrap" else {}
    scene.configure(scene.project(name="shop", workspace=workspace))
    before = sorted(scene.home.iterdir())
    told = json.loads(scene.run("sandbox", "shop", "--json").out)
    assert (told["project"], told["sandbox"]) == ("shop", kind)
    assert "PATH" in told["environment"]
    assert not {"INTAKE_GITHUB_TOKEN", "SSH_AUTH_SOCK"} & set(told["environment"])
    shown = scene.run("sandbox", "shop").out
    assert ("no boundary: the agent may read and change all that you may" in shown) == (kind == "none")
    assert sorted(scene.home.iterdir()) == before
    unknown = scene.run("sandbox", "shopp")
    assert (unknown.code, "did you mean shop?" in unknown.err) == (2, True)
