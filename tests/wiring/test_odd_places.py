"""Places that are links, loops, or may not be looked at: shown, passed over, or refused with a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from issue_intake.errors import UnavailableError
from issue_intake.workers.agents import resolve
from issue_intake.workers.presets.choice import AgentChoice
from tests.sandboxes import needs_bwrap
from tests.wiring.cell import SECRET, Cell, write


def _odd(root: Path, kind: str) -> Path:
    """A path that the system will not look at."""
    if kind == "loop":
        (root / "loop").symlink_to(root / "loop")
        return root / "loop"
    if kind == "too long":
        return root / ("long" * 100)
    if os.geteuid() == 0:
        pytest.skip("root may look anywhere")
    write(root / "locked" / "folder" / "file")
    (root / "locked").chmod(0)
    return root / "locked" / "folder"


@needs_bwrap
@pytest.mark.parametrize("kind", ["loop", "too long", "locked"])
@pytest.mark.parametrize("variable", ["PATH", "KUBECONFIG", "SSL_CERT_FILE"])
def test_what_cannot_be_looked_at_is_passed_over(
    cell: Cell, monkeypatch: pytest.MonkeyPatch, kind: str, variable: str
) -> None:
    odd = _odd(cell.root, kind)
    monkeypatch.setenv(variable, f"{os.environ['PATH']}:{odd}" if variable == "PATH" else str(odd))
    assert cell.says(f"echo up; cat {cell.home}/.ssh/id_ed25519").startswith("up\n")
    assert SECRET not in cell.says(f"cat {cell.home}/.ssh/id_ed25519 {odd}")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("loop", "Too many levels of symbolic links"),
        ("too long", "File name too long"),
        ("locked", "Permission denied"),
    ],
)
def test_a_bind_that_cannot_be_looked_at_stops_its_project_with_the_reason(cell: Cell, kind: str, reason: str) -> None:
    keys = f"binds: {{read: {_odd(cell.root, kind)}}}"
    with pytest.raises(UnavailableError, match=f"cannot be looked at: {reason}"):
        cell.step("true", keys=keys)


def test_a_place_that_a_container_cannot_be_given_is_told(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    home = cell.root / "my:home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    with pytest.raises(UnavailableError, match=f"podman cannot show {home}: there is a colon in its path"):
        Cell(cell.root, home, cell.agent).sandbox("sandbox: podman, image: there")


@pytest.fixture
def linked(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> Cell:
    """A cell whose home is known by a link, in a folder that is empty in a sandbox."""
    link = cell.root / "link"
    link.symlink_to(cell.home)
    monkeypatch.setenv("HOME", str(link))
    write(cell.home / ".claude" / "settings.json", "settings")
    return Cell(cell.root, link, resolve(AgentChoice(preset="claude")))


@needs_bwrap
def test_a_home_that_is_a_link_is_found_by_it_and_shows_no_more(linked: Cell) -> None:
    said = linked.says("cd && cat .claude/settings.json; touch mine; ls -A; cat .ssh/id_ed25519")
    assert said.startswith("settings.claude\nmine\n")
    assert SECRET not in said
    assert not (linked.home / "mine").exists()


def test_a_container_finds_the_home_where_its_variable_says(linked: Cell, tmp_path: Path) -> None:
    sandbox = linked.sandbox("sandbox: podman, image: there")
    assert {mount.path: mount.access for mount in sandbox.mounts}[linked.home] == "empty"
    settings = linked.home / ".claude" / "settings.json"
    shown = {mount.path: mount.origin for mount in sandbox.mounts}
    assert shown[settings] == settings.resolve()
