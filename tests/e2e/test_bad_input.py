"""Faulty files and arguments: one clear line, the exit code for its kind, and nothing started."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.scene import Completed, Scene


def _one_line(done: Completed, code: int, *words: str) -> None:
    assert done.code == code, done
    assert done.err.count("\n") == 1, done.err
    for word in words:
        assert word in done.err


def test_without_a_configuration_the_smallest_one_is_shown(scene: Scene) -> None:
    (scene.home / "config.yaml").unlink()
    for command in ("run", "status"):
        done = scene.run(command)
        assert done.code == 2
        assert str(scene.home / "config.yaml") in done.err
        assert "agent: claude" in done.err


def test_all_faults_of_a_configuration_are_told_at_once(scene: Scene) -> None:
    (scene.home / "config.yaml").write_text(
        "projects:\n  - repo: not a repo\n    agnet: claude\n    intake: {}\nlimts: {}\n"
    )
    done = scene.run("run")
    assert done.code == 2
    for place in ("config.yaml:2:", "config.yaml:3:", "config.yaml:4:", "config.yaml:5:"):
        assert place in done.err
    assert 'did you mean "agent"' in done.err
    assert not (scene.home / "state.json").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["run", "--project", "webshp"], ["webshp", "webshop"]),
        (["run", "--max", "-1"], ["--max"]),
        (["run", "--max", "many"], ["--max"]),
        (["run", "--frobnicate"], ["--frobnicate", "(intake run --help shows what there is)"]),
        (["frobnicate"], ["frobnicate"]),
        (["status", "webshop#77"], ["webshop#77"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_unknown_arguments_are_named(scene: Scene, args: list[str], words: list[str]) -> None:
    _one_line(scene.run(*args), 2, *words)


def test_the_list_of_commands_cuts_no_sentence_short(scene: Scene) -> None:
    listed = scene.run("--help").out.partition("Commands:")[2].strip().splitlines()
    assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []


def _damage(state: Path) -> None:
    state.write_text(state.read_text()[:-20])


def _make_newer(state: Path) -> None:
    state.write_text(json.dumps(json.loads(state.read_text()) | {"schema_version": 99}))


def _empty(state: Path) -> None:
    state.write_text("")


def _make_folder(state: Path) -> None:
    state.unlink()
    state.mkdir()


@pytest.mark.parametrize("harm", [_damage, _make_newer, _empty, _make_folder])
def test_a_memory_that_cannot_be_read_starts_nothing_and_stays_as_it_is(
    scene: Scene, harm: Callable[[Path], None]
) -> None:
    scene.add_issue()
    scene.tick()
    scene.wait_for_clone()
    state = scene.home / "state.json"
    harm(state)
    before = state.read_bytes() if state.is_file() else b""
    scene.standin.forget_requests()
    for args in (("run",), ("run", "--dry-run"), ("status",)):
        _one_line(scene.run(*args), 2, str(state))
    assert scene.standin.requests == []
    assert (state.read_bytes() if state.is_file() else b"") == before
    assert not (scene.home / "sessions").exists()


def test_without_a_token_the_variables_looked_at_are_named(scene: Scene) -> None:
    (scene.home / "env").unlink()
    done = scene.run("run")
    _one_line(done, 2, "INTAKE_GITHUB_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "gh auth token")


def test_a_token_missing_for_one_project_leaves_the_others_at_work(scene: Scene) -> None:
    other = scene.add_repository("other")
    lacking = scene.project(repo=other, github={"api_url": scene.standin.api_url, "token_env": "OTHER_TOKEN"})
    scene.configure(lacking, scene.project())
    scene.add_issue()
    _one_line(scene.tick(code=1), 1, "other:", "OTHER_TOKEN")
    assert "webshop: 1 open issue matches" in scene.run("run").out


def test_an_env_file_others_can_read_is_refused(scene: Scene) -> None:
    (scene.home / "env").chmod(0o644)
    done = scene.run("run")
    assert done.code == 2
    assert "chmod 600" in done.err


def test_a_missing_agent_stops_its_project_with_one_line(scene: Scene) -> None:
    scene.configure(scene.project(agent={"command": ["no-such-agent", "{prompt_file}"]}))
    scene.add_issue()
    _one_line(scene.tick(code=1), 1, "webshop:", "no-such-agent")
    assert scene.state()["projects"]["webshop"]["backoff"] is not None
    _one_line(scene.run("run", "--dry-run", "--project", "webshop"), 1, "no-such-agent")


def test_an_unknown_variable_in_the_workflow_stops_its_project(scene: Scene) -> None:
    workflow = scene.root / "WORKFLOW.md"
    workflow.write_text("---\n---\nDo {{ issue.nonsense }}.\n")
    scene.configure(scene.project(workflow=str(workflow)))
    scene.add_issue()
    _one_line(scene.run("run", "--dry-run"), 1, "webshop:", "nonsense")
    scene.tick()
    scene.wait_for_clone()
    _one_line(scene.tick(code=1), 1, "webshop:", "nonsense")
    assert (scene.attempts(), scene.session()["attempts"]) == ([], [])
    workflow.write_text("Do {{ issue.title }}.\n")
    scene.later()
    scene.reach("review")


def test_a_file_where_the_home_should_be_is_told(scene: Scene) -> None:
    blocked = scene.root / "file"
    blocked.write_text("")
    config = str(scene.home / "config.yaml")
    _one_line(scene.run("run", "--home", str(blocked / "home"), "--config", config), 2, str(blocked))


def test_a_home_that_may_not_be_written_is_told(scene: Scene) -> None:
    scene.add_issue()
    scene.home.chmod(0o500)
    if os.access(scene.home, os.W_OK):
        pytest.skip("this user may write everywhere")
    _one_line(scene.run("run"), 2, str(scene.home / "lock"))
    assert scene.run("run", "--dry-run").code == 0
    assert scene.run("status").code == 0
    scene.home.chmod(0o700)
    assert scene.standin.writes() == []
