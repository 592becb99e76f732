"""Many invocations at once: one ticks, the others say so and go."""

from __future__ import annotations

from threading import Event

from issue_intake.demo.faults import Fault
from tests.e2e.place import until
from tests.e2e.scene import Completed, Scene

MANY = 20


def _at_once(scene: Scene) -> list[Completed]:
    """Twenty invocations, of which the one that asks GitHub is held until all the others have ended."""
    asking: list[bool] = []
    others_ended = Event()

    def hold() -> None:
        asking.append(True)
        others_ended.wait(50)

    scene.standin.fail("GET", "*/issues", Fault(before=hold), times=1)
    begun = [scene.start("run") for _ in range(MANY)]
    try:
        until(lambda: len([one for one in begun if one.poll() is not None]) == MANY - 1 or None, seconds=50)
        until(lambda: asking or None)
    finally:
        others_ended.set()
    done = [scene.finish(one) for one in begun]
    assert len(asking) == 1
    return done


def _check_one_ticked(done: list[Completed]) -> None:
    assert sorted(one.code for one in done) == [0] + [75] * (MANY - 1)
    lines = {one.err for one in done if one.code == 75}
    assert len(lines) == 1
    assert lines.pop().count("\n") == 1
    assert {one.out for one in done if one.code == 75} == {""}


def test_twenty_invocations_at_once_end_as_one_would(scene: Scene) -> None:
    scene.add_issue()
    scene.tick()
    scene.wait_for_clone()
    _check_one_ticked(_at_once(scene))
    assert scene.log().count("event=poll") == 2, "one tick before, and one of the twenty"
    assert scene.log().count("event=launch") == 1
    scene.reach("review")
    assert len(scene.runs()) == 1
    assert (scene.branches(), scene.pulls()) == (["agent/issue-1"], ["agent/issue-1 open"])


def test_twenty_invocations_while_a_worker_runs_start_no_other(scene: Scene) -> None:
    number = scene.running("hold")
    supervisor = scene.supervisor(number).pid
    _check_one_ticked(_at_once(scene))
    assert scene.supervisor(number).pid == supervisor
    scene.release()
    scene.reach("review")
    assert len(scene.runs()) == len(scene.attempts()) == 1
    scene.check_never_two_at_once()
