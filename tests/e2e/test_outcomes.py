"""How an attempt's end moves its session, from the agent's own program to what a person reads."""

from __future__ import annotations

from tests.e2e.place import alive, until
from tests.e2e.scene import Scene


def test_each_end_of_an_agent_leads_where_it_should(scene: Scene) -> None:
    told, unchanged, blocked, plain = (scene.add_issue() for _ in range(4))
    words = {"summary": "Hats fly.", "pr_title": "Let hats fly", "pr_body": "They fly now."}
    scene.behave(told, "report", {"status": "done", **words})
    scene.behave(unchanged, "report", {"status": "no_changes", "summary": "It is there already."})
    scene.behave(blocked, "report", {"status": "blocked", "blockers": ["Which hats?"]})
    scene.configure(scene.project(limits={"running": 4, "open_pulls": 9}, publish={"author": "A B <a@b.example>"}))
    scene.launch()
    scene.wait()
    done = scene.tick()
    assert [scene.stage(n) for n in (told, unchanged, blocked, plain)] == [
        "review",
        "needs_human",
        "needs_human",
        "review",
    ]
    pulls = {pull.branch: pull for pull in scene.repo.pulls()}
    pull = pulls[f"agent/issue-{told}"]
    assert (pull.title, pull.draft, pull.author) == ("Let hats fly", True, "intake-bot")
    assert pull.body.startswith("They fly now.")
    assert f"Closes #{told}" in pull.body
    assert f'<!-- intake {{"v":1,"run":"{scene.attempts(told)[0].parents[1].name}/{told}/1"}} -->' in pull.body
    assert scene.repo.commits(f"agent/issue-{told}")[0] == "Let hats fly"
    assert pulls[f"agent/issue-{plain}"].title == "Say that we ship abroad"
    assert "It is there already." in scene.session(unchanged)["note"]
    assert "Which hats?" in scene.session(blocked)["note"]
    assert "Which hats?" in done.out
    assert len(scene.branches()) == 2


def test_three_failures_block_with_the_agents_last_line(scene: Scene) -> None:
    number = scene.add_issue()
    scene.configure(scene.project("fail"))
    scene.launch()
    for bad_ends in (1, 2):
        scene.wait()
        scene.tick()
        assert (scene.stage(number), scene.session(number)["bad_ends"]) == ("queued", bad_ends)
        scene.later()
        scene.tick()
    scene.wait()
    done = scene.run("run", "-q")
    session = scene.session(number)
    assert session["stage"] == "blocked"
    assert session["note"].endswith("the tests do not pass")
    assert "the tests do not pass" in done.err
    assert done.out == ""
    assert [a["outcome"] for a in session["attempts"]] == ["failed"] * 3
    scene.later()
    scene.tick()
    assert len(scene.runs(number)) == 3
    assert scene.branches() == []


def test_a_later_attempt_goes_on_in_the_same_worktree_and_knows_how_the_last_one_ended(scene: Scene) -> None:
    number = scene.add_issue()
    scene.configure(scene.project("fail", workspace={"hooks": {"before_run": "echo x >> before.txt"}}))
    scene.launch()
    scene.wait()
    scene.tick()
    scene.later()
    scene.behave(number, "edit")
    scene.reach("review")
    assert scene.repo.read("before.txt", branch=f"agent/issue-{number}") == "x\nx"
    prompts = [(folder / "prompt.md").read_text() for folder in scene.attempts(number)]
    assert "the tests do not pass" not in prompts[0]
    assert "the tests do not pass" in prompts[1]


def test_an_attempt_beyond_its_time_is_ended_with_all_it_started(scene: Scene) -> None:
    number = scene.running("daemons", limits={"timeout": "1s"})
    until(lambda: (scene.ledger / "ready").exists() or None)
    pids = [int(file.read_text()) for file in scene.ledger.glob("*.daemon")]
    assert len(pids) == 4
    scene.wait()
    assert [pid for pid in pids if alive(pid)] == []
    scene.tick()
    session = scene.session(number)
    assert (session["stage"], session["attempts"][0]["outcome"]) == ("queued", "timeout")


def test_with_publishing_off_the_branch_is_left_for_a_person(scene: Scene) -> None:
    number = scene.add_issue()
    scene.configure(scene.project(publish={"mode": "off", "author": "A B <a@b.example>"}))
    scene.launch()
    scene.wait()
    scene.standin.forget_requests()
    scene.tick()
    session = scene.session(number)
    assert session["stage"] == "needs_human"
    assert f"branch agent/issue-{number} ready in {scene.home}" in session["note"]
    assert (scene.branches(), scene.pulls(), scene.standin.writes()) == ([], [], [])
