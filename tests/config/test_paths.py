"""Where everything lies."""

from __future__ import annotations

from pathlib import Path

from issue_intake.config.paths import locate


def test_the_usual_places_are_below_the_users_home(home: Path) -> None:
    paths = locate({})
    assert paths.config == home / ".config/intake/config.yaml"
    assert paths.home == home / ".local/state/intake"
    assert paths.worktrees == home / "intake"


def test_one_folder_can_hold_all_of_it(tmp_path: Path) -> None:
    for paths in (locate({"INTAKE_HOME": str(tmp_path)}), locate({"INTAKE_HOME": "/other"}, home=tmp_path)):
        assert (paths.config, paths.home) == (tmp_path / "config.yaml", tmp_path)
        assert paths.worktrees == tmp_path / "worktrees"


def test_a_named_configuration_moves_nothing_else(tmp_path: Path) -> None:
    paths = locate({"INTAKE_HOME": str(tmp_path)}, config=Path("~/other.yaml"))
    assert paths.config == Path.home() / "other.yaml"
    assert paths.home == tmp_path


def test_the_configuration_can_move_the_worktrees(tmp_path: Path) -> None:
    paths = locate({})
    assert paths.moved(None) == paths
    assert paths.moved(tmp_path).worktree("a-b", 7) == tmp_path / "a-b" / "issue-7"
    assert paths.moved(tmp_path).state == paths.state


def test_the_records_of_an_attempt_lie_in_their_sessions_folder() -> None:
    paths = locate({"INTAKE_HOME": "/h"})
    assert paths.attempt("a-b", 7, 2) == Path("/h/sessions/a-b/7/2")
    assert paths.clone("a-b") == Path("/h/repos/a-b.git")
    assert paths.requests == Path("/h/requests")
    assert (paths.lock, paths.cache, paths.log) == (Path("/h/lock"), Path("/h/cache"), Path("/h/logs/intake.log"))
