"""Whatever lies in the memory's place: it is read whole or refused, never read as empty, and nothing starts on it."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from issue_intake.core.attempt import Outcome, Verified
from issue_intake.core.ledger import Cause, CauseKind
from issue_intake.core.model import (
    AgentRest,
    Backoff,
    Configured,
    Delay,
    LastRun,
    ProjectState,
    Pull,
    Stage,
    State,
    Waiting,
)
from issue_intake.core.report import Scene, report
from issue_intake.errors import GoneError, UsageError
from issue_intake.store.state import StateFile, load, read_session, write_session
from issue_intake.view.json import report_json
from issue_intake.view.table import print_report
from tests.builders import NOW, OTHER_SHA, attempt, ended, issue, minutes, pull, reviewed, running, session
from tests.fakes import FakeWorld
from tests.fuzz.damage import cases, files
from tests.tick.homes import Home

_VERIFIED = Verified(name="unit", exit_code=1, seconds=1.5, required=True)
_CAUSE = Cause(kind=CauseKind.REVIEW, about=("review/5",), note="ann asks")
_SESSIONS = (
    session(1, trouble=Delay(until=NOW, reason="x"), next_attempt_at=NOW + minutes(5), bad_ends=1),
    running(2, vouched_at=NOW, by_writer=False),
    reviewed(3, attempts=(ended(verified=(_VERIFIED,)), ended(2, Outcome.FAILED, cause=_CAUSE)), cause=_CAUSE),
    session(4, Stage.BLOCKED, attempts=(ended(1, Outcome.CRASHED), attempt(2, ended_at=NOW, outcome=Outcome.STALLED))),
)
_STATE = State(
    projects={
        "webshop": ProjectState(
            repository="acme/webshop",
            former=("acme/shop",),
            repo_id=7,
            credential="first",
            last_poll_at=NOW,
            backoff=Backoff(until=NOW, reason="HTTP 500"),
            waiting=(
                Waiting(
                    key="github:acme/webshop#9", number=9, title="ünï", url="u", created_at=NOW, code="c", reason="r"
                ),
            ),
        )
    },
    sessions={one.key: one for one in _SESSIONS},
    agents={"claude": AgentRest(quick=3, until=NOW, reason="exit code 1")},
    credentials={"first": Backoff(until=NOW, reason="slow down", named=True)},
    last_run=LastRun(at=NOW, exit_code=1, summary="HTTP 500"),
    configured=Configured(attempts={"webshop": 3}),
    obeyed=("r1",),
)


class _Pulls(dict[int, Pull]):
    """Pull requests by number; one that is not there is gone, as on GitHub."""

    def __missing__(self, number: int) -> Pull:
        raise GoneError(f"there is no pull request {number}")


def _world() -> FakeWorld:
    branch = _SESSIONS[2].branch
    return FakeWorld(
        issues={number: issue(number) for number in range(1, 7)},
        pulls=_Pulls({103: pull(103, branch=branch)}),
        remote={branch: OTHER_SHA},
    )


def _plain(write: str) -> object:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.json"
        if write == "state":
            StateFile(path).save(_STATE)
        else:
            write_session(path, _SESSIONS[2], durable=False)
        return json.loads(path.read_text())


STATES = files(_plain("state"), at_most=2)
RECORDS = files(_plain("session"), at_most=2)


def _read(path: Path) -> State | None:
    """The memory, None where it is refused."""
    try:
        found = load(path)
    except UsageError as refusal:
        error = refusal
    else:
        assert found is not None
        return found
    assert str(path) in error.message
    return None


@cases(100)
@given(STATES)
def test_a_damaged_memory_is_read_whole_or_refused_and_said_again_as_it_was_read(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state.json"
        path.write_bytes(data)
        found = _read(path)
        assert path.read_bytes() == data
        if found is None:
            return
        said = json.loads(data)
        assert found.sessions.keys() == said.get("sessions", {}).keys(), "never read as empty"
        assert found.projects.keys() == said.get("projects", {}).keys()
        StateFile(path).save(found)
        first = path.read_bytes()
        assert load(path) == found
        StateFile(path).save(found)
        assert path.read_bytes() == first


@cases(40)
@given(RECORDS)
def test_a_damaged_record_of_a_session_is_read_whole_or_refused(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "session.json"
        path.write_bytes(data)
        try:
            found = read_session(path)
        except UsageError:
            return
        write_session(path, found, durable=False)
        assert read_session(path) == found


@cases(80)
@given(STATES)
def test_on_a_damaged_memory_a_tick_starts_no_more_than_may_be_and_nothing_twice(data: bytes) -> None:
    world = _world()
    with TemporaryDirectory() as folder:
        home = Home(Path(folder), world)
        (home.root / "state.json").write_bytes(data)
        try:
            home.memory()
        except UsageError:
            assert not world.orders
            return
        before = home.memory().state
        for _ in range(3):
            home.tick()
            home.later(30)
        assert len(world.alive()) <= home.setting.limits.running
        for run in world.orders:
            key = f"github:acme/webshop#{run.split('/')[1]}"
            known = before.sessions.get(key)
            last = known.last if known is not None else None
            assert last is None or int(run.split("/")[2]) >= last.number + (last.handle is not None)
        table = report(Scene(now=world.now, state=home.memory().state, everything=True))
        print_report(table, Console(file=StringIO(), width=80))
        report_json(table)


@cases(20)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_refusal(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state.json"
        path.write_bytes(data)
        assert _read(path) is None


def test_what_is_damaged_here_is_a_memory_that_is_read() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state.json"
        path.write_text(json.dumps(_plain("state")))
        assert load(path) == replace(_STATE)
