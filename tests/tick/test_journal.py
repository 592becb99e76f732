"""What a tick did is told session by session."""

from __future__ import annotations

from dataclasses import replace

from issue_intake.core.ledger import Standing
from issue_intake.core.model import Backoff, Session, Stage
from issue_intake.core.names import parse_key, slug
from issue_intake.errors import UnavailableError
from issue_intake.store.events import Event, read_events
from issue_intake.store.records import Records
from issue_intake.tick.cycle import run_tick
from issue_intake.tick.journal import Journal
from tests.builders import ended, minutes, policy, session
from tests.fakes import FakeWorld, parts, setting
from tests.tick.homes import KEY, Home


def _tick(home: Home, world: FakeWorld) -> None:
    records = Records(home.root / "sessions")
    run_tick(home.setting, Journal(world.now, home.memory(), lambda event, /, **fields: None, records))


def _told(home: Home) -> list[Event]:
    repository, number = parse_key(KEY)
    return list(read_events(home.root / "sessions" / slug(repository) / str(number) / "events.ndjson"))


def test_each_change_of_stage_and_each_action_is_an_event(home: Home, world: FakeWorld) -> None:
    _tick(home, world)
    world.end()
    _tick(home, world)
    assert [(event.event, event.attempt) for event in _told(home)] == [
        (word, 1) for word in ("stage", "prepare", "launch", "commit", "push", "stage", "publish")
    ]
    assert _told(home)[5].data == {"stage": "review", "before": "in_progress"}
    assert {event.session for event in _told(home)} == {KEY}


def test_settings_that_run_code_and_what_of_them_was_left_out_are_events(home: Home, world: FakeWorld) -> None:
    world.settings, world.left_out = (".mcp.json", ".vscode/tasks.json"), (".envrc",)
    home.setting = setting(world, parts(world, policy(neutralise=True)))
    _tick(home, world)
    world.end()
    _tick(home, world)

    settings, left_out = (event for event in _told(home) if event.event in {"settings", "left_out"})
    assert settings.message == (
        "the repository brings settings that run code: .mcp.json, .vscode/tasks.json; absent during the run"
    )
    assert settings.data == {"paths": [".mcp.json", ".vscode/tasks.json"], "neutralised": True}
    assert left_out.message == "left out: .envrc"


TOKEN = "canary-5d1e-of-the-users"


def test_whatever_is_told_and_kept_is_told_and_kept_without_a_secret(home: Home, world: FakeWorld) -> None:
    logged: list[object] = []
    events: list[Event] = []

    def log(event: str, /, **fields: object) -> None:
        logged.extend(fields.values())

    def record(session: Session, event: Event) -> None:
        events.append(event)

    said, project = f"it says {TOKEN}", policy()
    journal = Journal(world.now, home.memory(), log, record, secrets=(TOKEN,))
    one = session(
        attempts=(ended(note=said),), stage=Stage.BLOCKED, note=said, trouble=Backoff(until=world.now, reason=said)
    )
    journal.keep(replace(one, standing=Standing(head="a", since=world.now, note=said)))
    journal.noted(one, "word", said)
    journal.told("launch", KEY, said, "webshop#1")
    journal.polled(project, "1 open issue matches", said=said)
    journal.unwritten(project, "first", KEY, UnavailableError(said, until=world.now, scope="credential"))
    journal.warned(said)
    journal.problem("webshop#1", said)
    journal.failed(project, said)
    limited = UnavailableError(said, until=world.now + minutes(9), scope="credential")
    journal.unavailable(replace(project, name="other"), "second", limited)
    journal.bar(replace(project, name="third"), said)
    journal.memory.save()
    told = (journal.actions, journal.problems, journal.polls, journal.attention, logged, events, home.memory().state)
    assert [each for each in told if "[redacted]" not in repr(each)] == []
    assert [each for each in told if TOKEN in repr(each)] == []


def test_a_session_whose_events_cannot_be_written_is_worked_all_the_same(home: Home, world: FakeWorld) -> None:
    repository, number = parse_key(KEY)
    folder = home.root / "sessions" / slug(repository) / str(number)
    (folder / "events.ndjson").mkdir(parents=True)
    _tick(home, world)
    assert world.alive() == ["acme-webshop/1/1"]
    assert not any(path.name == "1" for path in folder.iterdir())
