"""The demonstration's own installation."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest
import yaml

from issue_intake.demo.home import TOKEN_VARIABLE, DemoHome, config_text


def test_the_configuration_is_the_smallest_that_works() -> None:
    config = yaml.safe_load(config_text("http://127.0.0.1:1/acme/webshop.git", "http://127.0.0.1:1/api/v3"))
    (project,) = config["projects"]
    assert project["repo"] == "http://127.0.0.1:1/acme/webshop.git"
    assert project["intake"] == {"labels": ["agent:queued"]}
    assert project["agent"]["command"][0] == sys.executable
    assert project["github"]["token_env"] == TOKEN_VARIABLE


def test_the_token_lies_in_a_file_that_only_the_user_reads(tmp_path: Path) -> None:
    DemoHome(tmp_path).write_config("http://127.0.0.1:1/a/b.git", "http://127.0.0.1:1", "secret")
    env = tmp_path / "env"
    assert env.read_text() == f"{TOKEN_VARIABLE}=secret\n"
    assert env.stat().st_mode & 0o777 == 0o600
    assert "secret" not in (tmp_path / "config.yaml").read_text()


def test_ticks_see_nothing_of_the_users_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "real")
    monkeypatch.setenv("GIT_DIR", "/real")
    environment = DemoHome(tmp_path)._environment()
    assert not {"GITHUB_TOKEN", "GIT_DIR"} & set(environment)
    assert environment["INTAKE_HOME"] == str(tmp_path)


def test_stages_are_read_from_the_memory(tmp_path: Path) -> None:
    home = DemoHome(tmp_path)
    assert home.stages() == {}
    sessions = {"github:127.0.0.1:1/acme/webshop#3": {"stage": "done"}}
    (tmp_path / "state.json").write_text(json.dumps({"schema_version": 1, "sessions": sessions}))
    assert home.stages() == {3: "done"}


def test_workers_are_asked_to_stop_and_waited_for(tmp_path: Path) -> None:
    ended, running = (tmp_path / "sessions" / "acme-webshop" / "1" / name for name in ("1", "2"))
    for attempt in (ended, running):
        attempt.mkdir(parents=True)
        (attempt / "order.json").write_text("{}")
    (ended / "exit.json").write_text("{}")

    def obey() -> None:
        while not (running / "cancel").exists():
            pass
        (running / "exit.json").write_text("{}")

    worker = threading.Thread(target=obey)
    worker.start()
    DemoHome(tmp_path).stop_workers()
    worker.join()
    assert not (ended / "cancel").exists()
    assert len(DemoHome(tmp_path).traces()) == 2
