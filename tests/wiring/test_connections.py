"""Projects with the same credential on the same server share one wire, and with it turns and limits; others do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.config.credentials import secret_values
from issue_intake.config.load import load
from issue_intake.config.model import App, Project
from issue_intake.github.cache import Cache
from issue_intake.github.credentials import Token
from issue_intake.wiring.connections import Connections, known_secrets

ENVIRON = {"GITHUB_TOKEN": "ghp_one", "SHOP_TOKEN": "ghp_two", "SAME_TOKEN": "ghp_one"}


@pytest.fixture
def connections(tmp_path: Path) -> Connections:
    return Connections(ENVIRON, Cache(tmp_path / "cache"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    path = tmp_path / "config.yaml"
    path.write_text("projects: [{repo: acme/webshop, agent: claude, github: {max_pages: 3, floor: 7}}]\n")
    return load(path, environ={}, origin_url=lambda _: None).projects[0]


def _wire(connections: Connections, project: Project) -> object:
    return connections.client(project, connections.credential(project))._wire


def test_one_wire_for_one_token_and_server(connections: Connections, project: Project) -> None:
    wire = _wire(connections, project)
    assert _wire(connections, replace(project, name="other")) is wire
    assert _wire(connections, replace(project, token_env="SAME_TOKEN")) is wire
    assert _wire(connections, replace(project, token_env="SHOP_TOKEN")) is not wire
    assert _wire(connections, replace(project, api_url="https://ghe.example.org/api/v3")) is not wire


def test_each_project_keeps_its_own_bounds(connections: Connections, project: Project) -> None:
    credential = connections.credential(project)
    for pages, floor in ((3, 7), (9, 0)):
        limits = connections.client(replace(project, max_pages=pages, floor=floor), credential).look().limits
        assert (limits.pages, limits.floor) == (pages, floor)


def test_one_installation_for_all_its_projects(connections: Connections, project: Project) -> None:
    app = App(id="12345", installation=678, key_file=Path("/nowhere/app.pem"))
    first = connections.credential(replace(project, app=app))
    assert connections.credential(replace(project, app=app, name="other")) is first
    assert connections.credential(replace(project, app=replace(app, installation=679))) is not first
    assert first.source == "the GitHub App 12345"


def test_what_a_worker_may_not_be_handed_is_known(connections: Connections, project: Project) -> None:
    own = replace(project, token_env="SHOP_TOKEN")
    names, values = known_secrets(own, Token("ghp_two", "SHOP_TOKEN"))
    assert {"SHOP_TOKEN", "GITHUB_TOKEN"} <= names
    assert values == {"ghp_two"}
    app = replace(project, app=App(id="1", installation=2, key_file=Path("/k")))
    assert known_secrets(app, connections.credential(app))[1] == frozenset()


def test_what_no_text_may_hold_is_the_token_and_what_variables_call_a_secret() -> None:
    environ = {"PATH": "/bin", "OPENAI_API_KEY": "key", "DB_PASSWORD": "word", "SECRETARY": "ann"}
    assert secret_values(environ, frozenset({"token"})) == ("key", "token", "word")
