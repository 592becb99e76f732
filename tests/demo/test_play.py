"""How the demonstration goes on and ends, with a tick that does at once what real ticks do in several steps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from issue_intake.demo.home import TOKEN_VARIABLE, DemoHome, Tick
from issue_intake.demo.scenario import MOST_TICKS, DemoOptions, run_demo
from tests.demo.client import Client, git

Ticking = Callable[[DemoHome], Tick]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Ticking], tuple[int, str]]:
    """Plays with the given tick; returns exit code and what was told, having seen that nothing was left."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def run(tick: Ticking) -> tuple[int, str]:
        told: list[str] = []
        monkeypatch.setattr(DemoHome, "tick", tick)
        code = run_demo(DemoOptions(), told.append)
        assert list(tmp_path.glob("intake-demo-*")) == []
        return code, "\n".join(told)

    return run


def one_tick(home: DemoHome) -> Tick:
    """Open a pull request for each ready issue; at the next tick merge them, and remember that they are done."""
    (project,) = yaml.safe_load((home.path / "config.yaml").read_text())["projects"]
    client = Client(project["github"]["api_url"], (home.path / "env").read_text().strip().split("=")[1])
    pulls = client.get("/repos/acme/webshop/pulls", state="all")
    if not pulls:
        for issue in client.get("/repos/acme/webshop/issues", labels="agent:queued"):
            publish(home, client, project["repo"], issue["number"])
    for pull in pulls:
        answer = client.ask("PUT", f"/repos/acme/webshop/pulls/{pull['number']}/merge", json={})
        assert answer.status_code == 200
    remember(home, dict.fromkeys((1, 3), "done" if pulls else "review"))
    return Tick(output="the table", exit_code=0)


def publish(home: DemoHome, client: Client, url: str, number: int) -> None:
    branch, folder = f"agent/issue-{number}", home.path / f"work-{number}"
    git("clone", "--quiet", url, str(folder), cwd=home.path, token=client.token)
    (folder / f"{number}.txt").write_text("done\n")
    git("add", ".", cwd=folder)
    git("commit", "--quiet", "-m", "Work", cwd=folder)
    git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}", cwd=folder, token=client.token)
    content = {"title": f"Work on #{number}", "body": f"Closes #{number}", "head": branch, "base": "main"}
    assert client.ask("POST", "/repos/acme/webshop/pulls", json=content).status_code == 201


def remember(home: DemoHome, stages: dict[int, str]) -> None:
    sessions = {f"github:127.0.0.1/acme/webshop#{number}": {"stage": stage} for number, stage in stages.items()}
    (home.path / "state.json").write_text(json.dumps({"schema_version": 1, "sessions": sessions}))


def test_it_goes_on_until_every_ready_issue_is_a_merged_pull_request(play: Callable[..., tuple[int, str]]) -> None:
    code, told = play(one_tick)
    assert code == 0, told
    assert told.count("$ intake run\nthe table") == 2
    assert told.count('CI: "test" failed on pull request') == 1
    assert told.count("ann approves pull request") == 1
    assert "2 pull requests merged in" in told
    assert TOKEN_VARIABLE not in told


def test_a_tick_that_fails_ends_it(play: Callable[..., tuple[int, str]]) -> None:
    code, told = play(lambda _: Tick(output="webshop: no token", exit_code=1))
    assert code == 1
    assert "webshop: no token" in told
    assert "The demonstration failed: a tick ended with exit code 1" in told


def test_a_session_that_will_not_be_merged_ends_it(play: Callable[..., tuple[int, str]]) -> None:
    def blocked(home: DemoHome) -> Tick:
        remember(home, {3: "blocked"})
        return Tick(output="", exit_code=0)

    code, told = play(blocked)
    assert code == 1
    assert "issue #3 is blocked" in told


def test_it_does_not_go_on_for_ever(play: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issue_intake.demo.scenario._WAIT_SECONDS", 0.0)
    code, told = play(lambda _: Tick(output="nothing", exit_code=0))
    assert code == 1
    assert f"not every pull request was merged after {MOST_TICKS} ticks" in told


def test_it_can_be_interrupted(play: Callable[..., tuple[int, str]]) -> None:
    def interrupted(_: DemoHome) -> Tick:
        raise KeyboardInterrupt

    code, told = play(interrupted)
    assert (code, told.endswith("Interrupted.")) == (130, True)
