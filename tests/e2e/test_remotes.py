"""Where the code lies apart from the issues: the API in one place, git's remote in another."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.scene import Scene


def _clone_of(remote: Path, folder: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", str(remote), str(folder)], check=True)
    return folder


@pytest.mark.parametrize("form", ["file", "clone"])
def test_a_remote_of_any_kind_serves_where_the_repository_is_named(scene: Scene, tmp_path: Path, form: str) -> None:
    bare = scene.repo.bare
    remotes = {"file": f"file://{bare}", "clone": str(_clone_of(bare, tmp_path / "clone"))}
    github = {"api_url": scene.standin.api_url, "repository": scene.repo.full_name}
    scene.configure({**scene.project(), "repo": remotes[form], "github": github})
    number = scene.add_issue()
    scene.reach("review")
    assert scene.branches() == [f"agent/issue-{number}"]
    scene.merge()
    scene.reach("done")
