"""A person's verbs through the real command: retry, cancel, adopt, logs, open."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests.e2e.place import alive, until
from tests.e2e.scene import LABEL, Completed, Scene


def _one_line(done: Completed, code: int, *words: str) -> None:
    assert done.code == code, done
    assert (done.err + done.out).count("\n") == 1, done
    for word in words:
        assert word in done.err + done.out


def _left(scene: Scene) -> list[Path]:
    return list((scene.home / "requests").glob("*"))


class TestCancel:
    def test_while_running_it_leaves_no_process_and_keeps_the_work(self, scene: Scene) -> None:
        number = scene.running("daemons")
        until(lambda: (scene.ledger / "ready").exists() or None)
        daemons = [int(file.read_text()) for file in scene.ledger.glob("*.daemon")]
        assert len(daemons) == 4
        worktree = scene.worktree(number)
        assert worktree is not None
        (worktree / "work.txt").write_text("half done\n")

        _one_line(scene.run("cancel", f"webshop#{number}"), 0, "its worker is being stopped")
        shown = scene.run("status")
        assert "cancelling" in shown.out or not scene.at_work()
        scene.wait()
        assert [pid for pid in daemons if alive(pid)] == []
        assert not [p for p in map(Path, map("/proc/{}".format, daemons)) if p.exists() and _is_ours(p, scene)]
        assert scene.processes() == []

        assert scene.stage(number) == "in_progress", "only a run changes the memory"
        scene.tick()
        assert scene.stage(number) == "cancelled"
        assert (worktree / "work.txt").read_text() == "half done\n"
        assert scene.session(number)["workspace"] == "kept"
        assert (_left(scene), scene.branches()) == ([], [])

    def test_needs_no_lock_and_is_shown_until_a_run_obeyed(self, scene: Scene) -> None:
        number = scene.running("hold")
        record = json.loads(scene.run("status", "--json").out)["sessions"][0]
        assert record["cancelling"] is False
        supervisor = scene.supervisor(number)
        supervisor.suspend()
        try:
            scene.run("cancel", str(number))
            assert "cancelling" in scene.run("status").out
            record = json.loads(scene.run("status", "--json").out)["sessions"][0]
            assert (record["cancelling"], record["stage"]) == (True, "in_progress")
            assert "cancelling" in scene.run("status", str(number)).out
        finally:
            supervisor.resume()
        scene.wait()
        assert "cancelling" not in scene.run("status").out
        scene.tick()
        assert scene.stage(number) == "cancelled"

    def test_what_had_ended_already_is_said_and_not_published(self, scene: Scene) -> None:
        number = scene.running("hold")
        scene.release()
        _one_line(scene.run("cancel", f"webshop#{number}"), 0, "had ended already", str(scene.worktree(number)))
        scene.tick()
        assert (scene.stage(number), scene.branches()) == ("cancelled", [])
        _one_line(scene.run("cancel", f"webshop#{number}"), 0, "is over already (cancelled)")
        assert _left(scene) == []

    def test_in_review_it_leaves_the_pull_request_open(self, scene: Scene) -> None:
        number = scene.add_issue()
        scene.reach("review")
        _one_line(scene.run("cancel", str(number)), 0, "no worker is at work")
        scene.tick()
        assert (scene.stage(number), scene.pulls()) == ("cancelled", [f"agent/issue-{number} open"])

    def test_twenty_at_once_are_all_obeyed(self, scene: Scene) -> None:
        scene.configure(
            scene.project("sleep", limits={"running": 20, "open_pulls": 20}),
            limits={"running": 20, "starts_per_day": 50},
        )
        numbers = [scene.add_issue(f"Number {n}") for n in range(20)]
        scene.launch()
        until(lambda: all(scene.runs(number) for number in numbers) or None)
        begun = [scene.start("cancel", f"webshop#{number}") for number in numbers]
        assert [scene.finish(each).code for each in begun] == [0] * 20
        scene.wait()
        scene.tick()
        assert {scene.stage(number) for number in numbers} == {"cancelled"}
        assert (_left(scene), scene.processes(), scene.branches()) == ([], [], [])


class TestRetry:
    def test_a_blocked_session_starts_a_new_attempt_at_the_next_run(self, scene: Scene) -> None:
        scene.configure(scene.project("fail", limits={"attempts": 1}))
        number = scene.add_issue()
        scene.reach("blocked")
        scene.behave(number, "edit")
        _one_line(scene.run("retry", str(number)), 0, f"webshop#{number} (blocked) is asked again", "attempt 2")
        assert "asked: retry" in scene.run("status").out
        assert "retry" in scene.tick("--dry-run").out
        assert len(scene.attempts(number)) == 1
        scene.tick()
        assert len(scene.attempts(number)) == 2
        scene.reach("review")
        assert _left(scene) == []

    def test_after_a_merge_the_work_goes_to_a_branch_of_its_own(self, scene: Scene) -> None:
        number = scene.add_issue()
        scene.reach("review")
        scene.merge()
        scene.reach("done")
        scene.repo.reopen_issue(number)
        assert f"agent/issue-{number}-2" in scene.run("retry", f"{scene.repo.full_name}#{number}").out
        scene.reach("review")
        assert scene.pulls() == [f"agent/issue-{number} merged", f"agent/issue-{number}-2 open"]

    def test_a_cancelled_one_goes_on_in_its_worktree(self, scene: Scene) -> None:
        number = scene.running("hold")
        scene.run("cancel", str(number))
        assert scene.run("retry", str(number)).code == 0
        scene.behave(number, "edit")
        scene.wait()
        scene.reach("review")
        assert len(scene.runs(number)) == 2

    def test_what_is_in_work_is_refused(self, scene: Scene) -> None:
        number = scene.running("hold")
        _one_line(scene.run("retry", str(number)), 2, "is in work", f"intake cancel webshop#{number}")
        assert _left(scene) == []
        scene.release()


class TestAdopt:
    def test_a_pull_request_of_ones_own_is_followed_to_its_merge(self, scene: Scene) -> None:
        number = scene.repo.add_issue("By hand", "Please.", labels=[])
        pull = _opened_by_hand(scene, f"agent/issue-{number}")
        scene.tick()
        _one_line(scene.run("adopt", f"webshop#{number}", "--pull", str(pull)), 0, "starts nothing by itself")
        scene.tick()
        scene.tick()
        assert (scene.stage(number), scene.session(number)["pull"]["number"]) == ("review", pull)
        assert (scene.runs(number), len(scene.pulls())) == ([], 1)
        scene.merge()
        scene.reach("done", number)

    def test_a_branch_of_another_name_is_refused_by_the_run(self, scene: Scene) -> None:
        number = scene.repo.add_issue("By hand", "Please.", labels=[])
        pull = _opened_by_hand(scene, "fix-cart")
        scene.tick()
        assert scene.run("adopt", str(number), "--pull", str(pull)).code == 0
        done = scene.run("run")
        _one_line(Completed(code=done.code, out="", err=done.err), 1, "is from fix-cart", f"agent/issue-{number}")
        assert (scene.stage(number), _left(scene)) == (None, [])
        scene.tick()


class TestLogs:
    def test_what_the_agent_wrote_and_was_told_is_printed(self, scene: Scene) -> None:
        number = scene.add_issue(body="Please \x1b[31mdo it.")
        scene.reach("review")
        assert f"working on {number}\n" in scene.run("logs", str(number)).out
        assert "Please do it." in scene.run("logs", str(number), "--prompt", "--attempt", "1").out
        _one_line(scene.run("logs", str(number), "--attempt", "2"), 2, "has no attempt 2", "there are: 1")
        (scene.attempts(number)[0] / "worker.log").unlink()
        _one_line(scene.run("logs", str(number)), 1, "worker.log")

    def test_following_ends_when_the_attempt_has_ended(self, scene: Scene) -> None:
        number = scene.running("hold")
        following = scene.start("logs", str(number), "-f")
        assert following.first_line() == f"working on {number}\n"
        assert following.poll() is None
        scene.release()
        done = scene.finish(following)
        assert (done.code, done.err) == (0, "")
        assert f"working on {number}\n" in done.out

    def test_following_is_ended_by_ctrl_c(self, scene: Scene) -> None:
        number = scene.running("hold")
        following = scene.start("logs", str(number), "--follow")
        following.first_line()
        following.send_signal(signal.SIGINT)
        assert scene.finish(following).code == 130
        assert scene.at_work()
        scene.release()


class TestOpen:
    def test_it_prints_where_everything_is(self, scene: Scene) -> None:
        number = scene.add_issue()
        scene.reach("review")
        session, worktree = scene.session(number), scene.worktree(number)
        lines = scene.run("open", str(number)).out.splitlines()
        assert [line.split(maxsplit=1) for line in lines] == [
            ["issue", session["url"]],
            ["pull", session["pull"]["url"]],
            ["worktree", str(worktree)],
        ]
        assert scene.run("open", str(number), "--cd").out == f"{worktree}\n"
        scene.merge()
        scene.reach("done")
        assert "(removed)" in scene.run("open", session["url"]).out
        gone = scene.run("open", str(number), "--cd")
        assert gone.out == ""
        _one_line(gone, 1, f"the worktree of webshop#{number} is gone")


WRONG: list[tuple[list[str], list[str]]] = [
    (["retry"], ["ISSUE"]),
    (["retry", "webshp#1"], ["there is no session webshp#1", "did you mean webshop#1?"]),
    (["cancel", "99"], ["there is no session 99"]),
    (["open", "\x1b[31mwebshop"], ["webshop"]),
    (["logs", "1", "-f", "--prompt"], ["--prompt"]),
    (["logs", "1", "--attempt", "0"], ["--attempt"]),
    (["logs", "2"], ["webshop#2 has no session yet: "]),
    (["adopt", "1"], ["--pull"]),
    (["adopt", "1", "--pull", "x"], ["--pull"]),
    (["adopt", "1", "--pull", "0"], ["--pull"]),
    (["adopt", "webshp#1", "--pull", "3"], ["no issue of a project", "did you mean webshop?"]),
    (["adopt", "", "--pull", "3"], ["there are: webshop"]),
]


def test_wrong_input_is_one_line_and_asks_nothing(scene: Scene) -> None:
    scene.configure(scene.project("hold", limits={"running": 1}))
    scene.add_issue()
    scene.add_issue("Waits")
    scene.launch()
    for args, words in WRONG:
        _one_line(scene.run(*args), 2, *words)
    assert _left(scene) == []
    scene.release()


def test_two_projects_are_told_apart(scene: Scene) -> None:
    other = scene.add_repository("api")
    scene.configure(scene.project(), scene.project(repo=other))
    scene.add_issue()
    scene.add_issue(repo=other)
    scene.reach("review")
    _one_line(scene.run("cancel", "1"), 2, "more than one", "webshop#1", "api#1")
    assert scene.run("cancel", "api#1").code == 0
    scene.tick()
    assert {s["stage"] for s in scene.state()["sessions"].values()} == {"review", "cancelled"}


def test_a_session_that_left_the_memory_is_known_to_every_verb(scene: Scene) -> None:
    number = scene.add_issue()
    scene.reach("review")
    scene.merge()
    scene.reach("done")
    state = scene.state()
    state["sessions"] = {}
    (scene.home / "state.json").write_text(json.dumps(state))
    assert "(removed)" in scene.run("open", str(number)).out
    assert "working on" in scene.run("logs", str(number)).out
    assert "is over already (done)" in scene.run("cancel", str(number)).out
    scene.repo.reopen_issue(number)
    scene.repo.set_labels(number, [LABEL])
    assert scene.run("retry", str(number)).code == 0
    scene.reach("review", number)


OFFERED: list[tuple[list[str], list[str]]] = [
    (["intake", "cancel", "web"], ["webshop#1"]),
    (["intake", "logs", "-f", ""], ["webshop#1"]),
    (["intake", "status", "other"], []),
    (["intake", "--home", "/nowhere", "open", "web"], []),
    (["intake", "re"], ["retry"]),
]


def test_a_shell_completes_commands_and_issues(scene: Scene) -> None:
    scene.running("hold")
    scene.standin.forget_requests()
    for words, offered in OFFERED:
        done = _completed(scene, words)
        assert (done.code, done.out.split(), done.err) == (0, offered, ""), words
    assert scene.standin.requests == []
    scene.release()


def test_a_damaged_memory_completes_nothing_quietly(scene: Scene) -> None:
    (scene.home / "state.json").write_text("{")
    done = _completed(scene, ["intake", "retry", "w"])
    assert (done.code, done.out.strip(), done.err) == (0, "", "")


def _opened_by_hand(scene: Scene, branch: str) -> int:
    scene.repo.commit({"by-hand.txt": "done\n"}, branch=branch)
    return scene.repo.add_pull("By hand", branch)


def _completed(scene: Scene, words: list[str]) -> Completed:
    """What bash is offered for the last of the words."""
    asked = {"_INTAKE_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    return scene.finish(scene.start(env=asked))


def _is_ours(process: Path, scene: Scene) -> bool:
    try:
        return os.fsencode(scene.root) in (process / "environ").read_bytes()
    except OSError:
        return False
