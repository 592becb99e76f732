"""One issue's life in four parts, each a tick that may be killed at a side effect of its own."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.scene import FUSE, Scene

_TICKS = 8


@dataclass(frozen=True, slots=True)
class Part:
    """`goal`: what the part's tick, or those after it, bring about. `before`: what people did meanwhile."""

    name: str
    goal: Callable[[Scene], bool]
    before: Callable[[Scene], object] = Scene.wait


def is_over(scene: Scene) -> bool:
    """Whether nothing is left to be done."""
    return scene.stage() == "done" and scene.session()["workspace"] == "removed"


PARTS = (
    Part("copy", lambda scene: any((*scene.home.glob("repos/.*/1/start.json"), *scene.home.glob("repos/*.git")))),
    Part("launch", lambda scene: bool(scene.runs())),
    Part("publish", lambda scene: scene.stage() == "review"),
    Part("finish", is_over, before=Scene.merge),
)


def record(scene: Scene) -> dict[str, list[str]]:
    """The side effects of each part of an undisturbed life, in order; and a process begun counts twice."""
    found = {}
    scene.add_issue()
    for part in PARTS:
        log = scene.root / f"{part.name}.effects"
        part.before(scene)
        done = scene.finish(scene.start("run", program=FUSE, env={"FUSE_LOG": str(log)}))
        assert done.code == 0, done
        scene.wait()
        assert part.goal(scene), part.name
        found[part.name] = [site for effect in log.read_text().splitlines() for site in _sites(effect)]
    return found


def _sites(effect: str) -> tuple[str, ...]:
    """Right before it; and where it starts a process, also once that is at work and has lost its parent."""
    return (effect, f"{effect} +") if effect.startswith("start ") else (effect,)


def kill(scene: Scene, site: str) -> bool:
    """A tick that is killed at the site; False when it came to its end without getting there."""
    done = scene.finish(scene.start("run", program=FUSE, env={"FUSE_SITE": site}))
    assert done.code in {0, -signal.SIGKILL}, done
    return done.code != 0


def go_on(scene: Scene, part: Part) -> None:
    """Plain ticks until the part's goal is reached. What was broken off may still be at work for a moment."""
    for _ in range(_TICKS):
        scene.wait()
        if part.goal(scene):
            return
        done = scene.run("run")
        # A child that was just being made when its parent was killed holds the lock for a moment.
        assert done.code in {0, 1, 75}, done
        if done.code:
            scene.later()
    raise AssertionError(f"{part.name} is not reached\n{scene.state()}\n{scene.log()}")


def check_as_undisturbed(scene: Scene) -> None:
    """What a life ends in, however often it was killed."""
    session = scene.session()
    assert (session["stage"], session["bad_ends"]) == ("done", 0), session
    assert len(scene.runs()) == 1, "the agent ran more than once"
    assert scene.branches() == ["agent/issue-1"]
    assert scene.pulls() == ["agent/issue-1 merged"]
    assert scene.repo.read("work.txt") == "work"
    assert len([s for s in scene.repo.commits() if not s.startswith(("Merge", "First"))]) == 1
    assert scene.worktree() is None
    assert not list(scene.home.glob("sessions/*/*/*.git"))
    assert scene.processes() == []
    scene.check_never_two_at_once()
