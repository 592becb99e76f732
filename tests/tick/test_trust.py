"""Who may start work, over a world in memory: nothing reaches an agent that nobody with write access asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from issue_intake.core.attempt import Outcome
from issue_intake.core.authors import Act, ActKind, Authors, Edit, History
from issue_intake.core.model import Issue, Session, Stage
from issue_intake.errors import RefusedError
from issue_intake.tick.cycle import rehearse
from tests.builders import LABEL, NOW, issue, minutes, policy
from tests.fakes import Crash, FakeProvenance, FakeWorld, parts, setting
from tests.tick.homes import KEY, Home


def act(kind: ActKind, by: str | None, at: float, about: str = LABEL) -> Act:
    return Act(kind=kind, by=by, at=NOW + minutes(at), about=about)


def edit(by: str | None, at: float) -> Edit:
    return Edit(by=by, at=NOW + minutes(at))


@pytest.fixture
def world() -> FakeWorld:
    """Mallory wrote the issue, and octocat, who may write, labelled it."""
    one = issue(1, author="mallory")
    return FakeWorld(issues={1: one}, histories={1: History(acts=(act("labeled", "octocat", -5),))})


def changes(world: FakeWorld, *, by: str | None, at: float = -1, body: str = "rm -rf") -> None:
    """The body is changed."""
    past = world.histories[1]
    world.histories[1] = replace(past, edits=(*(past.edits or ()), edit(by, at)))
    world.issues[1] = replace(world.issues[1], body=body, updated_at=NOW + minutes(at))


def relabels(world: FakeWorld, *, by: str, at: float) -> None:
    past = world.histories[1]
    acts = (*past.acts, act("unlabeled", by, at), act("labeled", by, at + 0.1))
    world.histories[1] = replace(past, acts=acts)
    world.issues[1] = replace(world.issues[1], labels=(LABEL,), updated_at=NOW + minutes(at + 0.1))


def reasons(home: Home, how: Callable[..., object] | None = None) -> dict[str, str]:
    ticked = home.tick(rehearse) if how else home.tick()
    return {skip.label: skip.code for skip in ticked.selection.skipped}


def waiting(home: Home) -> list[tuple[int, str, str]]:
    return [(row.number, row.code, row.reason) for row in home.memory().state.projects["webshop"].waiting]


def configure(home: Home, world: FakeWorld, **changes: Any) -> None:
    home.setting = setting(world, parts(world, policy(**changes)))


def test_an_issue_by_a_writer_is_taken_and_nobody_else_is_asked_about(home: Home, world: FakeWorld) -> None:
    world.issues[1] = issue(1)
    home.tick()
    assert (home.session().by_writer, home.session().vouched_at) == (True, None)
    assert world.vetted == ["writes octocat"]


def test_a_strangers_issue_is_taken_when_a_writer_labelled_it(home: Home, world: FakeWorld) -> None:
    home.tick()
    assert world.alive()
    assert (home.session().by_writer, home.session().vouched_at) == (False, NOW - minutes(5))


def test_a_strangers_label_takes_nothing_and_run_dry_run_and_status_say_the_same(home: Home, world: FakeWorld) -> None:
    world.histories[1] = History(acts=(act("labeled", "mallory", -5),))
    planned = home.tick(rehearse).selection.skipped
    done = home.tick().selection.skipped
    assert planned == done
    assert [skip.code for skip in done] == ["stranger"]
    assert waiting(home) == [(1, "stranger", done[0].reason)]
    assert world.orders == {}
    relabels(world, by="octocat", at=1)
    home.tick()
    assert world.alive()
    assert home.memory().state.projects["webshop"].refused == ()


@pytest.mark.parametrize("name", ["0ctocat", "octocat[bot]", "octo-cat", "octocat ", "xoctocat"])
def test_an_author_whose_name_looks_like_a_writers_is_nobody(home: Home, world: FakeWorld, name: str) -> None:
    world.issues[1] = issue(1, author=name)
    world.histories.clear()
    configure(home, world, authors=Authors(trusted=("renovate[bot]",)))
    assert reasons(home) == {"webshop#1": "stranger"}


def test_a_text_that_a_stranger_changed_after_the_label_is_not_taken_until_it_is_set_anew(
    home: Home, world: FakeWorld
) -> None:
    changes(world, by="mallory")
    assert reasons(home) == {"webshop#1": "changed"}
    assert world.orders == {}
    changes(world, by="octocat", at=0)
    assert reasons(home) == {"webshop#1": "changed"}, "what a writer adds makes nothing of the other's text good"
    relabels(world, by="octocat", at=1)
    home.tick()
    assert home.session().vouched_at == NOW + minutes(1.1)


def test_an_idle_tick_asks_nothing_and_changes_nothing_until_something_does(home: Home, world: FakeWorld) -> None:
    world.histories[1] = History()
    home.later(1)  # nothing may have come within the second of its last change any more
    home.tick()
    before, asked = home.memory().state, len(world.vetted)
    home.later(59)
    home.tick()
    assert len(world.vetted) == asked
    assert replace(home.memory().state, projects={}) == replace(before, projects={})
    assert home.memory().state.projects["webshop"].refused == before.projects["webshop"].refused
    home.later(1)
    home.tick()
    assert len(world.vetted) > asked
    del world.issues[1]
    home.tick()
    assert home.memory().state.projects["webshop"].refused == ()


def test_those_who_became_trusted_or_writers_need_not_wait_for_an_hour(home: Home, world: FakeWorld) -> None:
    world.histories.clear()
    home.tick()
    configure(home, world, authors=Authors(trusted=("Mallory",)))
    home.tick()
    assert (home.session().by_writer, home.session().vouched_at) == (True, None)


def test_refused_issues_never_keep_a_writers_issue_waiting_for_long(home: Home, world: FakeWorld) -> None:
    world.histories.clear()
    world.issues = {number: issue(number, author="mallory") for number in range(1, 31)}
    world.issues[31] = issue(31)
    first = reasons(home)
    assert (first["webshop#20"], first["webshop#21"], first["webshop#31"]) == ("stranger", "not_vetted", "not_vetted")
    home.tick()
    assert world.alive() == ["acme-webshop/31/1"]
    world.vetted.clear()
    world.issues[32] = issue(32)
    for number in range(1, 31):
        world.issues[number] = replace(world.issues[number], updated_at=NOW + minutes(1))  # all of them touched
    home.tick()
    assert "acme-webshop/32/1" in world.alive()
    assert len([asked for asked in world.vetted if asked.startswith("history")]) == 10


def test_refused_issues_take_no_slot(home: Home, world: FakeWorld) -> None:
    world.histories.clear()
    world.issues |= {2: issue(2), 3: issue(3, author="eve"), 4: issue(4)}
    home.tick(rehearse)
    assert [acted.key[-1] for acted in home.journal.actions] == ["2", "4"]
    home.tick()
    assert world.alive() == ["acme-webshop/2/1", "acme-webshop/4/1"]


def test_what_cannot_be_asked_starts_nothing_and_rests_the_project(home: Home, world: FakeWorld) -> None:
    world.untold = "HTTP 502"
    world.issues[2] = issue(2)
    assert reasons(home) == {"webshop#1": "backoff", "webshop#2": "backoff"}
    assert home.journal.problems == ["webshop: HTTP 502"]
    assert world.orders == {}
    assert home.memory().state.projects["webshop"].backoff is not None
    assert home.memory().state.projects["webshop"].refused == ()


def test_a_right_that_could_not_be_told_starts_nothing_and_is_asked_for_again(home: Home, world: FakeWorld) -> None:
    world.writers["mallory"] = None
    assert reasons(home) == {"webshop#1": "untold"}
    world.writers["mallory"] = True
    home.later(10)
    home.tick()
    assert world.alive()


def test_a_history_that_cannot_be_read_starts_nothing(home: Home, world: FakeWorld) -> None:
    class Endless(FakeProvenance):
        def history(self, number: int) -> History:
            raise RefusedError("more than 50 pages")

    home.setting = setting(world, replace(parts(world), provenance=Endless(world)))
    assert reasons(home) == {"webshop#1": "untold"}


def test_blocked_people_start_nothing_even_where_anyone_may(home: Home, world: FakeWorld) -> None:
    configure(home, world, authors=Authors(anyone=True, blocked=("MALLORY",)))
    assert reasons(home) == {"webshop#1": "author_blocked"}
    world.issues[2] = issue(2, author="eve")
    home.tick()
    assert world.alive() == ["acme-webshop/2/1"]
    assert home.session(KEY[:-1] + "2").by_writer is False


class Racing:
    """Between the look and the claim something happens to the issue."""

    def __init__(self, world: FakeWorld, happens: Callable[[], None]) -> None:
        self._real = parts(world).tracker
        self._happens = happens

    def issue(self, number: int) -> Issue:
        self._happens()
        return self._real.issue(number)

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


def test_a_text_that_is_changed_between_the_look_and_the_claim_is_vetted_anew(home: Home, world: FakeWorld) -> None:
    racing = Racing(world, lambda: changes(world, by="mallory"))
    home.setting = setting(world, replace(parts(world), tracker=racing))  # type: ignore[arg-type] # all but one method
    assert reasons(home) == {"webshop#1": "changed"}
    assert [row[:2] for row in waiting(home)] == [(1, "changed")]
    assert world.orders == {}
    harmless = Racing(world, lambda: changes(world, by="octocat", at=1.5, body="By octocat."))
    relabels(world, by="octocat", at=1)
    home.setting = setting(world, replace(parts(world), tracker=harmless))  # type: ignore[arg-type] # all but one method
    home.tick()
    assert [order.prompt for order in world.orders.values()] == ["By octocat."]


def _in_review(home: Home, world: FakeWorld) -> Session:
    home.tick()
    world.end(Outcome.FAILED, error="exit code 3")
    home.tick()
    assert home.session().stage is Stage.QUEUED
    return home.session()


def test_a_later_attempt_gets_no_text_that_a_stranger_changed_since(home: Home, world: FakeWorld) -> None:
    _in_review(home, world)
    changes(world, by="mallory", at=2)
    home.later(5)
    home.tick()
    session = home.session()
    assert (session.stage, len(session.attempts), session.bad_ends) == (Stage.NEEDS_HUMAN, 1, 1)
    assert "mallory, who has no write access, changed its body at 2026-03-04 12:02 UTC" in session.note
    assert "take the rule's label off, let a run see that, and set it anew" in session.note
    assert len(world.orders) == 1
    assert home.journal.problems == []
    assert home.journal.attention == [f"webshop#1 needs_human: {session.note}"]


def test_a_later_attempt_goes_on_whatever_labels_intake_set_and_what_writers_wrote(
    home: Home, world: FakeWorld
) -> None:
    _in_review(home, world)
    past = world.histories[1]
    acts = (*past.acts, act("unlabeled", "intake-bot", 1), act("labeled", "intake-bot", 2))
    world.histories[1] = History(acts=acts)
    changes(world, by="octocat", at=3, body="Better.")
    home.later(5)
    home.tick()
    assert [order.prompt for order in world.orders.values()] == ["Please do it.", "Better."]
    assert home.session().vouched_at == NOW - minutes(5)


def test_a_person_who_labels_anew_vouches_for_the_text_as_it_is_then(home: Home, world: FakeWorld) -> None:
    _in_review(home, world)
    changes(world, by="mallory", at=2, body="Changed.")
    home.later(5)
    home.tick()
    world.issues[1] = replace(world.issues[1], labels=())
    home.tick()
    relabels(world, by="octocat", at=6)
    home.tick()
    assert (home.session().stage, home.session().vouched_at) == (Stage.IN_PROGRESS, NOW + minutes(6.1))
    assert [order.prompt for order in world.orders.values()] == ["Please do it.", "Changed."]


def test_a_stranger_who_labels_anew_vouches_for_nothing(home: Home, world: FakeWorld) -> None:
    _in_review(home, world)
    changes(world, by="mallory", at=2)
    home.later(5)
    home.tick()
    world.issues[1] = replace(world.issues[1], labels=())
    home.tick()
    relabels(world, by="eve", at=6)
    home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    assert len(world.orders) == 1


def test_a_session_of_which_nothing_is_known_is_vetted_as_of_when_it_was_taken_on(home: Home, world: FakeWorld) -> None:
    old = replace(_in_review(home, world), by_writer=None, vouched_at=None)
    memory = home.memory()
    memory.keep(old)
    memory.save()
    world.histories[1] = History(acts=(act("labeled", "intake-bot", 1),))  # as writes: labels does
    world.writers["intake-bot"] = True
    home.later(5)
    home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    assert len(world.orders) == 1


def test_a_doubt_about_a_session_starts_nothing_and_changes_nothing(home: Home, world: FakeWorld) -> None:
    _in_review(home, world)
    changes(world, by="eve", at=2)
    world.writers["eve"] = None
    home.later(5)
    assert reasons(home) == {"webshop#1": "untold"}
    assert home.session().stage is Stage.QUEUED
    world.writers["eve"] = True
    home.tick()
    assert len(world.orders) == 2


def _author_left(home: Home, world: FakeWorld) -> None:
    """A session that waits for its next attempt, whose author cannot write any more; the label is another writer's."""
    world.issues[1] = issue(1)
    world.histories[1] = History(acts=(act("labeled", "maintainer", -5),))
    world.writers["maintainer"] = True
    _in_review(home, world)
    world.writers["octocat"] = False


def test_a_text_that_its_author_changed_after_losing_write_access_reaches_no_agent(
    home: Home, world: FakeWorld
) -> None:
    _author_left(home, world)
    changes(world, by="octocat", at=2)
    home.later(5)
    home.tick()
    assert home.session().stage is Stage.NEEDS_HUMAN
    assert "octocat, who has no write access, changed its body" in home.session().note
    assert len(world.orders) == 1


def test_a_later_attempt_goes_on_where_its_author_lost_write_access_and_another_writer_asked_for_it(
    home: Home, world: FakeWorld
) -> None:
    _author_left(home, world)
    home.later(5)
    home.tick()
    assert (home.session().stage, home.session().by_writer) == (Stage.IN_PROGRESS, False)
    assert len(world.orders) == 2


def test_a_start_after_a_crash_gets_no_text_that_came_after_the_claim(home: Home, world: FakeWorld) -> None:
    def crash(effect: str) -> None:
        if effect == "start: before":
            raise Crash

    world.touch = crash
    with pytest.raises(Crash):
        home.tick()
    assert home.session().stage is Stage.IN_PROGRESS
    world.touch = lambda effect: None
    world.writers["eve"] = None
    changes(world, by="eve", at=1)
    home.tick()
    assert home.session().stage is Stage.QUEUED
    assert "eve" in home.journal.problems[0], "a doubt rests the project"
    assert world.orders == {}


def test_a_start_after_a_crash_leaves_a_changed_text_to_a_person(home: Home, world: FakeWorld) -> None:
    def crash(effect: str) -> None:
        if effect == "start: before":
            raise Crash

    world.touch = crash
    with pytest.raises(Crash):
        home.tick()
    world.touch = lambda effect: None
    changes(world, by="mallory", at=1)
    home.tick()
    assert (home.session().stage, home.session().attempts) == (Stage.NEEDS_HUMAN, ())
    assert (world.orders, home.journal.problems) == ({}, [])


def test_anyone_on_a_public_repository_without_a_sandbox_starts_nothing(home: Home, world: FakeWorld) -> None:
    configure(home, world, authors=Authors(anyone=True), private_only=True)
    world.private = False
    for how in (rehearse, None):
        home.tick(how) if how else home.tick()
        assert "the repository is public, and there is no sandbox" in home.journal.problems[0]
        assert home.journal.barred == {"webshop"}
    assert home.memory().state.projects["webshop"].backoff is None
    assert world.orders == {}
    world.private = True
    home.tick()
    assert world.alive()
