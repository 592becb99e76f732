"""What GitHub may answer instead of an answer: one line for that project, a backoff; the others go on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from issue_intake.demo.faults import Fault
from tests.e2e.scene import Scene
from tests.refusals import html_unavailable, json_fault, primary_limit, secondary_limit

_TIMES = 9  # more often than any request is tried again
FAULTS: Mapping[str, Fault] = {
    "401": json_fault(401, "Bad credentials"),
    "403": json_fault(403, "Resource not accessible by personal access token"),
    "404": json_fault(404, "Not Found"),
    "410": json_fault(410, "Issues are disabled for this repo"),
    "500": json_fault(500, "Server Error"),
    "html": html_unavailable(200),
    "dropped": Fault(drop=True),
    "truncated": Fault(keep_bytes=20),
    "not-json": Fault(status=200, headers={"Content-Type": "application/json"}, body=b'[{"number": '),
    "another-shape": Fault(status=200, headers={"Content-Type": "application/json"}, body=b'{"a": 1}'),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_failing_poll_is_one_line_and_a_backoff_of_that_project(scene: Scene, fault: Fault) -> None:
    other = scene.add_repository("other")
    scene.configure(scene.project(), scene.project(repo=other))
    scene.add_issue()
    path = f"/repos/{scene.repo.full_name}/issues"
    scene.standin.fail("GET", path, fault, times=_TIMES)
    done = scene.tick(code=1)
    assert done.err.count("\n") == 1, done.err
    assert done.err.startswith("webshop: ")
    assert "other: 0 open issues match" in done.out
    assert scene.state()["projects"]["webshop"]["backoff"] is not None
    assert scene.state()["projects"]["other"]["backoff"] is None
    assert not list(scene.home.glob("repos/*")), "nothing starts on a blind look"


@pytest.mark.parametrize(
    "fault",
    [primary_limit(datetime.now(UTC) + timedelta(minutes=40)), secondary_limit(120)],
    ids=["primary", "secondary"],
)
def test_a_limit_met_by_one_project_rests_all_of_its_token_and_is_said_once(scene: Scene, fault: Fault) -> None:
    projects = [scene.project(), *(scene.project(repo=scene.add_repository(name)) for name in ("b", "c"))]
    scene.configure(*projects)
    scene.tick()
    scene.standin.forget_requests()
    scene.standin.fail("GET", "*", fault, times=None)
    done = scene.tick(code=1)
    assert done.err.count("\n") == 1, done.err
    # Those that were under way at the same moment have asked as well.
    assert 1 <= len(scene.standin.requests) <= 3
    scene.standin.forget_requests()
    scene.tick()
    assert scene.standin.requests == []


def test_a_project_rests_after_a_failure_until_a_person_names_it(scene: Scene) -> None:
    path = f"/repos/{scene.repo.full_name}/issues"
    scene.standin.fail("GET", path, FAULTS["404"])
    scene.tick(code=1)
    scene.standin.forget_requests()
    scene.tick()
    assert scene.standin.sent("GET", path) == []
    scene.tick("--project", "webshop")
    assert scene.state()["projects"]["webshop"]["backoff"] is None
    assert scene.standin.sent("GET", path)


@pytest.mark.parametrize(
    ("method", "path", "fault"),
    [
        ("POST", "/repos/*/pulls", json_fault(500, "Server Error")),
        ("POST", "/repos/*/pulls", Fault(drop=True, done=True)),
        ("POST", "*/git-receive-pack", Fault(status=503)),
        ("POST", "*/git-receive-pack", Fault(drop=True, done=True)),
    ],
    ids=["pull refused", "answer of a pull lost", "push refused", "answer of a push lost"],
)
def test_a_publication_that_fails_is_repeated_and_never_doubled(
    scene: Scene, method: str, path: str, fault: Fault
) -> None:
    scene.add_issue()
    scene.launch()
    scene.wait()
    scene.standin.fail(method, path, fault)
    done = scene.run("run")
    if scene.stage() != "review":  # an effect that was seen at once needs no repetition
        assert (done.code, done.err.count("\n")) == (1, 1), done
        assert scene.stage() == "in_progress"
        scene.tick()
        assert scene.stage() == "in_progress", "not before its delay"
        scene.later()
    scene.reach("review")
    assert (scene.branches(), scene.pulls()) == (["agent/issue-1"], ["agent/issue-1 open"])
    assert len(scene.runs()) == 1
    assert len(scene.repo.commits("agent/issue-1")) == 2


def test_a_protected_branch_is_one_clear_reason(scene: Scene) -> None:
    scene.repo.protect("agent/issue-1")
    scene.add_issue()
    scene.launch()
    scene.wait()
    done = scene.run("run")
    assert done.err.count("\n") == 1, done.err
    assert scene.stage() == "needs_human"
    scene.tick()
    assert scene.pulls() == []


def test_a_branch_moved_by_somebody_else_is_left_alone(scene: Scene) -> None:
    number = scene.running("hold")
    theirs = scene.repo.commit({"theirs.txt": "x\n"}, branch=f"agent/issue-{number}")
    scene.release()
    scene.run("run")
    assert scene.stage() == "needs_human"
    assert scene.repo.branches()[f"agent/issue-{number}"] == theirs
    assert scene.pulls() == []
