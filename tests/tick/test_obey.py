"""What people asked is carried out once, whatever ends a tick in between; what cannot be done is said."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.model import Pull, Session, Stage
from issue_intake.core.names import RepositoryName, issue_key
from issue_intake.core.requests import Request, Verb
from issue_intake.core.work import Alive, Ended, Lost
from issue_intake.store.requests import ask, pending
from issue_intake.tick.cycle import rehearse
from issue_intake.tick.journal import Journal
from issue_intake.tick.obey import obey
from issue_intake.tick.parts import Fault
from tests.builders import NOW, SHA, WEBSHOP, end, ended, issue, minutes, policy, running, session
from tests.fakes import Crash, FakePulls, FakeWorld, parts, setting
from tests.tick.homes import Home

KEY = session().key
RUN = "acme-webshop/1/1"
BLOCKED = session(stage=Stage.BLOCKED, attempts=(ended(outcome=Outcome.FAILED),), bad_ends=3, note="it failed")
OWN = Pull(number=5, url="https://github.com/acme/webshop/pull/5", state="open", branch="agent/issue-1", head_sha=SHA)


class Asked(Home):
    """A home with a folder for what people ask."""

    def __init__(self, root: Path, world: FakeWorld) -> None:
        super().__init__(root, world)
        self.requests = root / "requests"
        self.setting = replace(self.setting, requests=self.requests)
        self._asked = 0

    def begin(self, *sessions: Session) -> None:
        memory = self.memory()
        for one in sessions:
            memory.keep(one)
        memory.save()

    def ask(self, verb: Verb, key: str = KEY, pull: int | None = None) -> Request:
        self._asked += 1
        at = NOW + minutes(self._asked)
        request = Request(id=f"r{self._asked:02d}", at=at, verb=verb, key=key, pull=pull, by="octo")
        ask(self.requests, request)
        return request

    def run(self) -> list[str]:
        """The problems of a tick."""
        self.tick()
        return self.journal.problems

    def obey(self) -> list[str]:
        """The problems of the beginning of a tick, and nothing of the rest."""
        self.journal = Journal(self.world.now, self.memory(), lambda event, /, **fields: None)
        obey(self.setting, self.journal)
        return self.journal.problems

    def told(self) -> list[tuple[str, str]]:
        return [(act.action, act.reason) for act in self.journal.actions]

    def left(self) -> list[str]:
        return [request.id for request in pending(self.requests).requests]


@pytest.fixture
def home(tmp_path: Path, world: FakeWorld) -> Asked:
    return Asked(tmp_path, world)


def test_a_blocked_session_that_is_asked_again_starts_in_the_same_tick(home: Asked, world: FakeWorld) -> None:
    home.begin(BLOCKED)
    home.ask("retry")
    assert home.run() == []
    assert world.alive() == ["acme-webshop/1/2"]
    assert home.session().bad_ends == 0
    assert home.told()[0] == ("retry", "octo asked again")
    assert (home.left(), home.memory().state.obeyed) == ([], ())


def test_a_cancelled_worker_is_stopped_in_the_same_tick(home: Asked, world: FakeWorld) -> None:
    home.run()
    home.ask("cancel")
    assert home.run() == []
    assert (home.session().stage, home.session().note) == (Stage.CANCELLED, "octo cancelled it")
    assert world.alive() == []
    home.run()
    assert home.session().last == replace(
        home.session().attempts[0], outcome=Outcome.CANCELLED, ended_at=world.now, stop_asked=True
    )


def test_what_a_worker_left_when_it_was_cancelled_is_not_published(home: Asked, world: FakeWorld) -> None:
    home.run()
    world.end()
    home.ask("cancel")
    home.run()
    assert home.session().stage is Stage.CANCELLED
    assert (world.pulls, world.remote) == ({}, {})


def test_a_session_that_is_over_is_not_cancelled_and_nobody_is_bothered(home: Asked) -> None:
    home.begin(session(stage=Stage.DONE))
    home.ask("cancel")
    assert home.obey() == []
    assert (home.told(), home.left()) == ([], [])
    assert home.session().stage is Stage.DONE


def test_the_last_word_counts(home: Asked) -> None:
    home.begin(BLOCKED)
    home.ask("retry")
    home.ask("cancel")
    home.obey()
    assert home.session().stage is Stage.CANCELLED
    home.ask("cancel")
    home.ask("retry")
    home.obey()
    assert home.session().stage is Stage.QUEUED


def test_cancel_and_retry_at_once_start_anew_as_soon_as_the_worker_has_ended(home: Asked, world: FakeWorld) -> None:
    home.run()
    home.ask("cancel")
    waits = home.ask("retry")
    home.run()
    assert (home.session().stage, home.left()) == (Stage.CANCELLED, [waits.id])
    home.run()
    assert home.left() == []
    assert world.alive() == ["acme-webshop/1/2"]


def test_a_retry_whose_worker_has_ended_meanwhile_need_not_wait(home: Asked, world: FakeWorld) -> None:
    home.run()
    world.sights[RUN] = Ended(end(Outcome.CANCELLED))
    home.ask("cancel")
    home.ask("retry")
    assert home.run() == []
    assert world.alive() == ["acme-webshop/1/2"]


def test_a_cancel_makes_a_retry_that_waits_moot(home: Asked, world: FakeWorld) -> None:
    home.begin(running(stage=Stage.CANCELLED))
    world.sights[RUN] = Alive(1, NOW)
    home.ask("retry")
    home.obey()
    assert len(home.left()) == 1
    home.ask("cancel")
    home.obey()
    assert home.left() == []
    assert home.session().stage is Stage.CANCELLED


def test_a_doubt_about_the_worker_keeps_a_retry_waiting(home: Asked, world: FakeWorld) -> None:
    home.begin(running(stage=Stage.NEEDS_HUMAN))
    world.sights[RUN] = Lost(ran=True)
    home.ask("retry")
    assert home.obey() == []
    assert len(home.left()) == 1


def test_what_is_in_work_is_not_asked_again_and_that_is_said(home: Asked, world: FakeWorld) -> None:
    home.run()
    home.ask("retry")
    (problem,) = home.run()
    assert problem.startswith("webshop#1: retry was asked, and not done: it is in work")
    assert home.left() == []
    assert world.alive() == [RUN]


@pytest.mark.parametrize("verb", ["retry", "cancel"])
def test_an_unknown_session_is_said_once(home: Asked, verb: Verb) -> None:
    home.begin()
    home.ask(verb, "github:acme/webshop#9")
    assert home.obey() == [f"acme/webshop#9: {verb} was asked, and not done: there is no such session"]
    assert home.obey() == []


def test_a_session_whose_project_is_not_worked_is_not_queued_for_ever_but_can_be_cancelled(home: Asked) -> None:
    gone = replace(BLOCKED, key=issue_key(RepositoryName(owner="acme", name="old"), 1), project="old")
    disabled = parts(home.world, replace(policy(), rule=None))
    home.begin(gone, BLOCKED)
    home.setting = replace(home.setting, projects=(disabled,))
    home.ask("retry", gone.key)
    home.ask("retry")
    told = home.obey()
    assert [line.rpartition(": ")[2] for line in told] == [
        "the project old is not worked by this configuration",
        "the project webshop is not worked by this configuration",
    ]
    home.ask("cancel", gone.key)
    assert home.obey() == []
    assert home.session(gone.key).stage is Stage.CANCELLED


def test_a_project_that_cannot_be_worked_just_now_still_hears_what_was_asked(home: Asked) -> None:
    home.begin(BLOCKED)
    home.setting = replace(home.setting, projects=(Fault(policy=policy(), reason="no token"),))
    home.ask("retry")
    waits = home.ask("adopt", pull=5)
    assert home.obey() == []
    assert home.session().stage is Stage.QUEUED
    assert home.left() == [waits.id]


def test_a_run_of_one_project_leaves_what_was_asked_of_others(home: Asked, world: FakeWorld) -> None:
    home.begin(BLOCKED)
    home.setting = replace(home.setting, projects=(parts(world), parts(world, policy("api"))), only="api")
    home.ask("retry")
    home.ask("cancel", "github:acme/elsewhere#9")
    assert home.obey() == []
    assert len(home.left()) == 2
    home.setting = replace(home.setting, only="webshop")
    assert home.obey() == []
    assert home.session().stage is Stage.QUEUED


def test_a_session_that_left_the_hot_memory_comes_back(home: Asked, world: FakeWorld) -> None:
    home.begin(session(stage=Stage.DONE, workspace="removed"))
    memory = home.memory()
    memory.archive(memory.state.sessions[KEY])
    memory.save()
    home.ask("retry")
    assert home.run() == []
    assert world.alive() == [RUN]


def test_a_session_is_found_by_the_former_name_of_its_repository(home: Asked, world: FakeWorld) -> None:
    home.run()
    world.end()
    home.run()
    home.setting = replace(setting(world, parts(world, policy("boutique"))), requests=home.requests)
    home.run()
    home.ask("cancel", issue_key(RepositoryName(owner="acme", name="boutique"), 1))
    assert home.run() == []
    assert (home.session().stage, home.session().project) == (Stage.CANCELLED, "boutique")


def test_a_damaged_record_is_said(home: Asked) -> None:
    home.begin(BLOCKED)
    memory = home.memory()
    memory.archive(memory.state.sessions[KEY])
    memory.save()
    (home.root / "sessions" / "acme-webshop" / "1" / "session.json").write_text("{")
    home.ask("retry")
    (problem,) = home.obey()
    assert "is damaged" in problem


def test_a_file_that_is_no_request_is_said_and_holds_nothing_up(home: Asked) -> None:
    home.begin(BLOCKED)
    home.ask("retry")
    (home.requests / "x.json").write_text("{}")
    (problem,) = home.obey()
    assert problem.startswith("requests: ")
    assert home.session().stage is Stage.QUEUED


def test_a_request_that_cannot_be_removed_is_said_and_not_carried_out_again(
    home: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.begin(BLOCKED)
    request = home.ask("retry")

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        (problem,) = home.run()
        assert "cannot be removed" in problem
        assert home.memory().state.obeyed == (request.id,)
        home.world.end(Outcome.FAILED, error="exit code 1")
        home.run()
    assert len(home.world.orders) == 1
    home.run()
    assert (home.left(), home.memory().state.obeyed) == ([], ())


def written(root: Path) -> dict[Path, tuple[int, int]]:
    """Which file is at each place, and when it was written last."""
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in root.rglob("*")}


def test_a_dry_run_shows_what_it_would_obey_and_changes_nothing(home: Asked, world: FakeWorld) -> None:
    world.issues[2] = issue(2)
    world.pulls[5] = replace(OWN, branch="agent/issue-2")
    home.begin(BLOCKED)
    home.ask("retry")
    home.ask("adopt", issue_key(WEBSHOP, 2), pull=5)
    before = written(home.root)
    home.tick(rehearse)
    assert [act.action for act in home.journal.actions] == ["retry", "adopt", "launch"]
    assert written(home.root) == before
    assert world.calls == []


def test_a_tick_without_a_folder_of_requests_obeys_nobody(home: Asked) -> None:
    home.begin(BLOCKED)
    home.ask("retry")
    home.setting = replace(home.setting, requests=None)
    home.tick(rehearse)
    home.run()
    assert home.session().stage is Stage.BLOCKED


class TestAdopting:
    @pytest.fixture(autouse=True)
    def _offered(self, world: FakeWorld) -> None:
        world.pulls[5] = OWN
        world.remote["agent/issue-1"] = SHA

    def test_a_pull_request_of_others_is_followed_and_nothing_starts(self, home: Asked, world: FakeWorld) -> None:
        home.begin()
        home.ask("adopt", pull=5)
        assert home.obey() == []
        found = home.session()
        assert (found.stage, found.pull, found.pushed_sha) == (Stage.REVIEW, OWN, SHA)
        assert found.label == "agent:queued"
        assert (found.project, found.repo_id, found.attempts) == ("webshop", 7, ())
        assert (world.calls, home.left()) == ([], [])
        assert home.told() == [("adopt", "pull request #5 waits for review; octo asked to follow it")]
        home.ask("adopt", pull=5)
        assert home.obey() == []
        assert home.session() == found

    def test_a_session_that_is_there_is_reopened(self, home: Asked) -> None:
        home.begin(BLOCKED)
        home.ask("adopt", pull=5)
        assert home.obey() == []
        assert (home.session().stage, home.session().attempts) == (Stage.REVIEW, BLOCKED.attempts)

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"branch": "fix-cart"}, "is from fix-cart"),
            ({"state": "merged"}, "is merged already"),
        ],
    )
    def test_what_cannot_be_followed_is_said_once(
        self, home: Asked, world: FakeWorld, change: dict[str, str], why: str
    ) -> None:
        world.pulls[5] = replace(OWN, **change)  # type: ignore[arg-type] # names fields of Pull
        home.begin()
        home.ask("adopt", pull=5)
        (problem,) = home.obey()
        assert why in problem
        assert (home.left(), home.memory().state.sessions) == ([], {})

    def test_a_head_in_another_repository_is_refused(self, home: Asked, world: FakeWorld) -> None:
        class Forked(FakePulls):
            def by_branch(self, branch: str) -> tuple[Pull, ...]:
                return ()

        home.setting = replace(home.setting, projects=(replace(parts(world), pulls=Forked(world)),))
        home.begin()
        home.ask("adopt", pull=5)
        (problem,) = home.obey()
        assert "the head of pull request #5 is no branch of the repository itself" in problem
        assert home.memory().state.sessions == {}

    def test_an_issue_that_is_not_there_is_said(self, home: Asked, world: FakeWorld) -> None:
        world.issues.clear()
        home.begin()
        home.ask("adopt", pull=5)
        (problem,) = home.obey()
        assert "issue #1 is not there" in problem

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"state": "closed"}, "the issue is closed"),
            ({"labels": ("intake:hold",)}, "the issue is not one for intake: the label intake:hold was set"),
        ],
    )
    def test_an_issue_that_is_not_wanted_is_not_adopted(
        self, home: Asked, world: FakeWorld, change: dict[str, object], why: str
    ) -> None:
        world.issues[1] = replace(issue(1), **change)  # type: ignore[arg-type] # names fields of Issue
        home.begin()
        home.ask("adopt", pull=5)
        (problem,) = home.obey()
        assert problem.endswith(why)

    def test_a_repository_of_no_project_is_said(self, home: Asked) -> None:
        home.begin()
        home.ask("adopt", "github:acme/other#1", pull=5)
        (problem,) = home.obey()
        assert "no project of this configuration" in problem

    def test_a_tracker_that_cannot_be_asked_keeps_it_waiting_and_rests_the_project(
        self, home: Asked, world: FakeWorld
    ) -> None:
        home.begin()
        home.ask("adopt", pull=5)
        world.down = "HTTP 500"
        assert home.run() == ["webshop: HTTP 500"]
        asked = world.asked
        assert home.run() == []
        assert (world.asked, len(home.left())) == (asked, 1)
        world.down = ""
        world.now += minutes(6)
        assert home.run() == []
        assert home.session().stage is Stage.REVIEW


_armed: list[Path] = []
_fatal = 0
_effects = {"os.rename": 1, "os.remove": 0, "open": 0}


def _watch(event: str, args: tuple[object, ...]) -> None:
    """Count what a tick writes below the armed folder, and end it at the fatal one."""
    global _fatal  # noqa: PLW0603 - an audit hook has no other memory
    if not _armed or event not in _effects:
        return
    path, flags = args[_effects[event]], args[2] if event == "open" else os.O_WRONLY
    if not isinstance(path, str | os.PathLike) or not os.fspath(path).startswith(os.fspath(_armed[0])):
        return
    if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
        _fatal -= 1
        if _fatal == 0:
            raise Crash(event)


sys.addaudithook(_watch)
EFFECTS = 32


@pytest.mark.parametrize("forget", [False, True], ids=["memory kept", "state.json deleted"])
@pytest.mark.parametrize("fatal", range(1, EFFECTS + 1))
def test_a_crash_anywhere_obeys_each_request_once(
    tmp_path: Path, world: FakeWorld, fatal: int, *, forget: bool
) -> None:
    global _fatal  # noqa: PLW0603 - see above
    home = Asked(tmp_path, world)
    world.issues |= {2: issue(2), 3: issue(3)}
    world.pulls[5] = replace(OWN, branch="agent/issue-3")
    home.begin(BLOCKED, running(2))
    world.sights["acme-webshop/2/1"] = Alive(1, NOW)
    home.ask("retry")
    home.ask("cancel", issue_key(WEBSHOP, 2))
    home.ask("adopt", issue_key(WEBSHOP, 3), pull=5)
    _fatal = fatal
    _armed.append(tmp_path)
    try:
        home.run()
    except Crash:
        if forget:
            (tmp_path / "state.json").unlink(missing_ok=True)
    finally:
        _armed.clear()
    for _ in range(3):
        home.run()
        world.end(Outcome.FAILED, error="exit code 1")  # tried again after a minute, unless somebody asks again
    assert [run for run in world.orders if run.startswith("acme-webshop/1/")] == ["acme-webshop/1/2"]
    assert home.session().bad_ends == 1
    assert home.session(issue_key(WEBSHOP, 2)).stage is Stage.CANCELLED
    assert home.session(issue_key(WEBSHOP, 3)).stage is Stage.REVIEW
    assert (home.left(), home.memory().state.obeyed) == ([], ())
