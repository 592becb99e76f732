"""Other ways to the issues than a token and labels: a GitHub App, a search; and what is left to others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.e2e.scene import Scene
from tests.refusals import incomplete_search, sparing


def _with_app(scene: Scene) -> None:
    """The usual project, with an app in place of a token."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = scene.home / "app.pem"
    path.touch(mode=0o600)
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()))
    scene.standin.add_app("12345", 678)
    app = {"id": 12345, "installation": 678, "key_file": "app.pem"}
    scene.configure(scene.project(github={"api_url": scene.standin.api_url, "app": app}), token="none")


def test_an_app_takes_an_issue_to_its_pull_request_and_leaves_no_token_behind(scene: Scene) -> None:
    known = set(scene.standin.world.tokens)
    _with_app(scene)
    scene.add_issue()
    scene.launch()
    scene.reach("review")
    fetched = set(scene.standin.world.tokens) - known
    assert fetched
    assert scene.pulls() == ["agent/issue-1 open"]
    assert [pull.author for pull in scene.repo.pulls()] == ["app-12345[bot]"]
    for path in scene.root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert not [token for token in fetched if token.encode() in path.read_bytes()], path


def test_an_app_that_is_not_installed_rests_its_project_and_asks_nothing_else(scene: Scene) -> None:
    _with_app(scene)
    scene.standin.world.apps.clear()
    done = scene.tick(code=1)
    assert "does not accept the key of the GitHub App 12345 (401)" in done.err
    assert [one.method for one in scene.standin.requests] == ["POST"]
    assert scene.state()["projects"]["webshop"]["backoff"] is not None


def test_a_search_takes_an_issue_to_its_pull_request(scene: Scene) -> None:
    scene.configure(scene.project(intake={"query": "shipping -label:blocked"}))
    scene.repo.add_issue("About shipping")
    scene.repo.add_issue("About shipping", labels=["blocked"])
    scene.repo.add_issue("About nothing")
    scene.launch()
    scene.reach("review")
    assert [key.rpartition("#")[2] for key in scene.state()["sessions"]] == ["1"]
    assert scene.standin.sent("GET", "/repos/*/issues") == []


def test_a_search_cut_short_is_no_look(scene: Scene) -> None:
    scene.configure(scene.project(intake={"query": "shipping"}))
    scene.standin.fail("GET", "/search/issues", incomplete_search())
    done = scene.tick(code=1)
    assert "ran out of time" in done.err
    assert scene.state()["projects"]["webshop"]["backoff"] is not None


def test_the_floor_lets_a_look_end_and_starts_no_other(scene: Scene) -> None:
    reset = datetime.now(UTC) + timedelta(minutes=40)
    scene.add_issue()
    scene.tick()
    scene.wait_for_clone()
    scene.standin.forget_requests()
    scene.standin.fail("GET", "*/issues", sparing(99, reset))
    done = scene.tick(code=1)
    assert "fewer than 100 requests of the token from INTAKE_GITHUB_TOKEN are left until" in done.err
    assert len(scene.standin.sent("GET", "/repos/*")) == 1
    assert scene.state()["sessions"] == {}
