"""The real command killed at any of its side effects: the next ticks end as an undisturbed life would.

By default some sites of each part of a life, evenly spread, are tried: each life is killed once in each of its parts.
`INTAKE_SWEEP=1 pytest -n 2 tests/e2e/test_crash.py` tries them all (about twenty minutes).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.e2e import crash
from tests.e2e import scene as scenes
from tests.e2e.scene import Scene

SWEEP = bool(os.environ.get("INTAKE_SWEEP"))
# No part has as many sites as that: in a sweep each life takes the next one of every part.
LIVES = 200 if SWEEP else 4


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    with scenes.scene(tmp_path_factory.mktemp("undisturbed")) as scene:
        found = crash.record(scene)
        crash.check_as_undisturbed(scene)
    return found


@pytest.mark.parametrize("life", range(LIVES))
@pytest.mark.parametrize("memory", ["kept", "lost"])
def test_a_crash_at_any_side_effect_ends_as_an_undisturbed_run(
    scene: Scene, sites: dict[str, list[str]], life: int, memory: str
) -> None:
    scene.add_issue()
    killed = []
    for part in crash.PARTS:
        part.before(scene)
        site = _site(sites[part.name], life, memory)
        # What an earlier kill moved into another tick is not come to here.
        if site is not None and crash.kill(scene, site):
            killed.append(site)
            if memory == "lost":
                scene.forget()
        crash.go_on(scene, part)
    assert killed or life >= max(map(len, sites.values()))
    crash.check_as_undisturbed(scene)


def _kinds(sites: list[str]) -> set[str]:
    """The sites without their numbers: how many objects of git's share a folder differs from life to life."""
    return {re.sub(r" \d+( \+)?$", "", site) for site in sites}


def _site(sites: list[str], life: int, memory: str) -> str | None:
    if SWEEP:
        assert len(sites) <= LIVES
        return sites[life] if life < len(sites) else None
    step = 2 * life + (memory == "lost")
    return sites[step * len(sites) // (2 * LIVES)]


def test_a_life_whose_every_tick_dies_a_little_later_than_the_last_ends_all_the_same(scene: Scene) -> None:
    scene.add_issue()
    last = 0
    for _ in range(400):
        scene.wait()
        last += 1 if SWEEP else 9
        if not crash.kill(scene, str(last)):
            last = 0
        scene.merge()
        if crash.is_over(scene):
            break
    scene.tick()
    crash.check_as_undisturbed(scene)


def test_each_kind_of_site_is_come_to_in_every_undisturbed_life(scene: Scene, sites: dict[str, list[str]]) -> None:
    """Else a kill there would never come about, and its life would be an undisturbed one."""
    again = crash.record(scene)
    assert {name: _kinds(found) for name, found in again.items()} == {n: _kinds(found) for n, found in sites.items()}


def test_the_sites_hold_what_must_never_happen_twice(sites: dict[str, list[str]], tmp_path: Path) -> None:
    assert "start supervisor 1" in sites["copy"]
    assert {"start git worktree 1", "start supervisor 1", "os.rename /state.json 2"} <= set(sites["launch"])
    assert {"start git commit-tree 1", "start git push 1"} <= set(sites["publish"])
    assert any(site.startswith("ask POST") for site in sites["publish"])
    assert any(site.startswith("os.rename /worktrees") for site in sites["finish"])
