"""Each genuine program through the whole loop: an edit, a conversation gone on with, a limit, and no end."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.agents.model import FIRST, SECOND, Kind, model
from tests.agents.programs import REAL, Real
from tests.e2e.place import until
from tests.e2e.scene import Scene
from tests.e2e.test_follow_through import minutes_ago

pytestmark = pytest.mark.parametrize("real", REAL, ids=[real.name for real in REAL])


def begin(scene: Scene, real: Real, port: int, programs: Path, timeout: str = "2m") -> int:
    """The number of an issue that asks for an edit, in a project of that agent's."""
    agent = json.loads(json.dumps(real.agent).replace("{port}", str(port)).replace("{{", "{").replace("}}", "}"))
    scene.configure(scene.project(agent=agent, limits={"timeout": timeout}, workspace=dict(real.workspace)))
    home = scene.root / "user"
    for name, text in {".profile": "", **real.home}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    path = f"{programs}:{programs.parents[1]}/python/bin:/usr/local/bin:/usr/bin:/bin"
    lines = {"PATH": path, **{name: text.replace("{port}", str(port)) for name, text in real.env.items()}}
    with (scene.home / "env").open("a") as env_file:
        env_file.writelines(f"{name}='{text}'\n" for name, text in lines.items())
    scene.env["HOME"] = os.fspath(home)
    scene.repo.commit({"hello.txt": "hello\n"})
    scene.repo.set_permission("ann", "write")
    number = scene.add_issue("Say goodbye", f"{FIRST}: please write goodbye into hello.txt.")
    scene.launch()
    return number


def test_it_edits_a_file_and_goes_on_where_a_reviewer_asks_for_more(scene: Scene, real: Real, programs: Path) -> None:
    with model("edits", programs, scene.root) as port:
        number = begin(scene, real, port, programs)
        session = scene.reach("review", number)
        branch = f"agent/issue-{number}"
        assert scene.repo.read(real.first, branch=branch) == "goodbye"
        (attempt,) = session["attempts"]
        assert (attempt["outcome"], attempt["agent"]) == ("done", real.name)
        assert (attempt["conversation"] is not None) == real.resumes

        with minutes_ago(scene, 2):
            (pull,) = scene.repo.pulls()
            scene.repo.review(pull.number, "ann", "CHANGES_REQUESTED", f"{SECOND}: say adieu.")
        scene.tick()
        session = scene.reach("review", number)
        assert scene.repo.read(real.second, branch=branch) == "adieu"
        assert session["attempts"][1]["resumed"] == real.resumes
        assert scene.pulls() == [f"{branch} open"]


def test_turned_away_it_rests_and_no_attempt_is_used(scene: Scene, real: Real, programs: Path) -> None:
    with model("turns away", programs, scene.root) as port:
        number = begin(scene, real, port, programs, timeout="5m")
        until(lambda: not scene.at_work() or None, seconds=300)  # aider tries again for more than a minute
        session = scene.reach("queued", number)
    (attempt,) = session["attempts"]
    assert (attempt["outcome"], attempt["counted"], session["bad_ends"]) == ("quota", False, 0)
    assert scene.state()["agents"][real.name]["until"] is not None


def test_a_model_that_never_stops_is_ended_by_the_wall_clock(scene: Scene, real: Real, programs: Path) -> None:
    kind: Kind = "never answers" if real.waits else "never stops"
    with model(kind, programs, scene.root) as port:
        number = begin(scene, real, port, programs, timeout="15s")
        session = scene.reach("queued", number)
    (attempt,) = session["attempts"]
    assert attempt["outcome"] == "timeout"
    assert scene.processes() == []
