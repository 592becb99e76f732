"""Steps in a container, in a program of one's own, or led to hosts by a proxy; and sandboxes that cannot be made."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.core.sandbox import Sandbox
from issue_intake.core.work import Order, Ref
from issue_intake.errors import UnavailableError
from issue_intake.wiring.sandbox import container
from issue_intake.workers.agents import resolve
from issue_intake.workers.local import LocalWorker
from issue_intake.workers.outcome.result import read_end
from issue_intake.workers.presets.choice import AgentChoice
from issue_intake.workers.sandbox import podman
from issue_intake.workers.sandbox.wrap import missing_tool, wrapped
from tests.e2e.place import until
from tests.wiring import podman as fake
from tests.wiring.cell import SECRET, Cell, write

CONTAINER = "sandbox: podman, image: there"


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The calls of a podman that is not one."""
    program = tmp_path / "programs" / "podman"
    program.parent.mkdir()
    shutil.copy(fake.__file__, program)
    program.write_text(program.read_text().replace("/usr/bin/env python3", sys.executable, 1))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program.with_suffix(".calls")


def _volumes(calls: Path) -> dict[str, str]:
    """What is bound into the latest container, with its mode."""
    words = calls.read_text().splitlines()[-1].split()
    found = (words[at + 1].split(":") for at, word in enumerate(words) if word == "--volume")
    return {source: mode for source, _, mode in found}


def test_a_step_runs_in_a_container_that_shows_the_attempts_own_places(cell: Cell, calls: Path) -> None:
    assert cell.says("pwd", keys=CONTAINER) == f"{cell.worktree}\n"
    volumes = _volumes(calls)
    assert {Path(place).name for place, mode in volumes.items() if mode == "rw"} == {"repo.git", "out", "issue-1"}
    read = {place for place, mode in volumes.items() if mode == "ro"}
    assert {str(cell.site.places.prompt_file), str(cell.clone / "objects")} < read
    for place in (cell.home, cell.installation, cell.root):
        assert str(place) not in volumes
    assert not any(SECRET in Path(place).read_text() for place in read if Path(place).is_file())


def test_a_container_gets_variables_by_their_names_alone(
    cell: Cell, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_CANARY", SECRET)
    said = cell.says("env", keys=CONTAINER)
    assert f"LC_CANARY={SECRET}" in said
    assert "INTAKE_RUN=shop/1/1" in said
    assert SECRET not in calls.read_text()


def test_a_container_is_named_for_its_session_in_this_home(cell: Cell, calls: Path) -> None:
    def name(root: Path) -> str:
        places = replace(cell.site.places, worktree=root / "trees" / "shop" / "issue-1")
        return container(replace(cell.site, places=places))

    cell.run("true", keys=CONTAINER)
    assert f"--name={name(cell.root)} " in calls.read_text()
    assert name(cell.root).startswith("intake-shop-issue-1-")
    assert name(cell.root) != name(cell.root / "another-home")


def test_steps_of_intakes_own_use_the_images_python(cell: Cell, calls: Path) -> None:
    cell.run(sys.executable, "-c", "pass", keys=CONTAINER)
    assert calls.read_text().splitlines()[-1].endswith("there python3 -c pass")


def test_the_agents_settings_are_copied_in_a_container_too(cell: Cell, calls: Path) -> None:
    write(cell.home / ".claude.json", "{}")
    claude = replace(cell, agent=resolve(AgentChoice(preset="claude")))
    step = claude.step("true", keys=CONTAINER)
    assert step.argv[-2:] == ("--", "true")
    assert str(cell.home / ".claude.json") in step.argv
    assert (cell.home / ".claude" / "projects").is_dir()


def test_an_image_that_is_not_here_starts_nothing_and_downloads_nothing(cell: Cell, calls: Path) -> None:
    with pytest.raises(UnavailableError, match="podman has no image node:22: podman pull node:22, or correct image:"):
        cell.step("true", keys="sandbox: podman, image: 'node:22'")
    assert calls.read_text() == "image exists node:22\n"


def test_a_container_that_lost_its_supervisor_is_ended_by_its_name(cell: Cell, calls: Path) -> None:
    ref = Ref(run="shop/1/9", folder=cell.session / "9", worktree=cell.worktree, handle=None)
    step = cell.step("sleep", "598.5", keys=CONTAINER)
    order = Order(
        run=ref.run, folder=ref.folder, worktree=ref.worktree, prompt="", steps=(step,), reader="command",
        timeout=60, stall=None, env=cell.environment,
    )  # fmt: skip
    worker = LocalWorker(read_end, grace=0.5)
    worker.start(order)
    until(lambda: (ref.folder / "start.json").exists() or None)
    os.kill(int(json.loads((ref.folder / "start.json").read_text())["pid"]), signal.SIGKILL)
    until(lambda: worker.end_leftovers(ref) or None)
    name = next(word for word in step.argv if word.startswith("--name=")).removeprefix("--name=")
    assert f"rm --force --ignore --time=0 {name}" in calls.read_text()


def test_limits_are_given_to_the_container() -> None:
    sandbox = Sandbox(kind="podman", home=Path("/h"), image="there", memory=2**30, processes=64)
    words = podman.argv(sandbox, ("true",), cwd="/", names=())
    assert {"--memory=1073741824", "--pids-limit=64"} <= set(words)


def test_root_names_no_user_for_a_container() -> None:
    sandbox = Sandbox(kind="podman", home=Path("/h"), image="there")
    assert "--userns=keep-id" in podman.argv(sandbox, ("true",), cwd="/", names=())
    assert "--userns=keep-id" not in podman.argv(replace(sandbox, rootless=False), ("true",), cwd="/", names=())


def test_a_command_of_ones_own_stands_before_each_step_with_its_places(cell: Cell) -> None:
    keys = "sandbox: command, command: [env, -C, '{worktree}', 'OUT={result_folder}']"
    assert cell.says("pwd; echo $OUT", keys=keys).split() == [str(cell.worktree), str(cell.session / "1" / "out")]


@pytest.mark.parametrize("kind", ["bwrap", "podman"])
def test_hosts_are_reached_by_a_proxy_around_the_sandbox_and_a_way_to_it_inside(kind: str) -> None:
    sandbox = Sandbox(
        kind="bwrap" if kind == "bwrap" else "podman",
        home=Path("/h"),
        image="there",
        network=("a.org", "b.org"),
        socket=Path("/i/proxy.sock"),
    )
    words = " ".join(wrapped(sandbox, ("agent", "--do"), cwd="/w"))
    assert f"proxy.py --socket /i/proxy.sock --allow a.org --allow b.org -- {kind} " in words
    assert words.endswith(
        "forward.py --socket /run/intake/proxy.sock --port 3128 --proxied a.org --proxied b.org -- agent --do"
    )
    assert ("--unshare-net" if kind == "bwrap" else "--network=none") in words


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (
            "bwrap",
            "sandbox: bwrap: bwrap is not on PATH (/empty): install Debian's bubblewrap, or set PATH in env_file",
        ),
        ("podman", "sandbox: podman: podman is not on PATH (/empty): install Debian's podman, or set PATH in env_file"),
        (
            "command",
            "sandbox: command: jail is not on PATH (/empty): install it, or correct workspace.command, or set PATH in"
            " env_file",
        ),
        ("none", None),
    ],
)
def test_a_missing_tool_is_told_with_its_cure_and_never_done_without(kind: str, sentence: str | None) -> None:
    assert missing_tool(kind, ("jail",), "/empty") == sentence  # type: ignore[arg-type] # one of the four


def test_a_sandbox_that_the_system_forbids_starts_nothing(
    cell: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "broken" / "bwrap", "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2; exit 1\n")
    (tmp_path / "broken" / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/broken:{os.environ['PATH']}")
    with pytest.raises(UnavailableError, match="bwrap cannot make a sandbox here: bwrap: setting up uid map"):
        cell.step("true")
