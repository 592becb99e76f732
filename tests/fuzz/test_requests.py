"""Whatever lies among the requests: what cannot be understood whole changes nothing, and is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.model import Stage
from issue_intake.core.requests import Request, document_of
from issue_intake.store.requests import ask, pending
from tests.builders import NOW, ended, issue, running, session
from tests.fakes import FakeWorld
from tests.fuzz.damage import cases, damaged, files, is_plain
from tests.tick.homes import Home

_REQUESTS = (
    Request(id="a", at=NOW, verb="retry", key=session(2).key, by="octo"),
    Request(id="a", at=NOW, verb="cancel", key=session(1).key),
    Request(id="a", at=NOW, verb="adopt", key="github:acme/webshop#9", pull=5, by="octo"),
)
_BLOCKED = session(2, Stage.BLOCKED, attempts=(ended(),), note="it failed", bad_ends=3)
ASKED = st.sampled_from(_REQUESTS).map(document_of)


class _Asked(Home):
    """A home with a session at work and a blocked one, whose requests are in `requests`."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, FakeWorld(issues={number: issue(number) for number in (1, 2)}))
        self.requests = root / "requests"
        self.requests.mkdir(parents=True)
        self.setting = replace(self.setting, requests=self.requests)
        memory = self.memory()
        for one in (running(1), _BLOCKED):
            memory.keep(one)
        memory.save()


@cases(80)
@given(ASKED.flatmap(files), st.sampled_from(["a.json", "a.json", "a.json", "b.json", "a", "ä.json", "a\n.json"]))
def test_a_damaged_request_changes_nothing_and_is_told_or_is_understood_whole(data: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        asked, quiet = _Asked(Path(folder) / "asked"), _Asked(Path(folder) / "quiet")
        (asked.requests / name).write_bytes(data)
        found = pending(asked.requests)
        assert len(found.requests) + len(found.faults) == 1
        asked.tick()
        if found.faults:
            quiet.tick()
            assert asked.memory().state == quiet.memory().state
            assert asked.world.orders.keys() == quiet.world.orders.keys()
            assert [line for line in asked.journal.problems if "no request that can be obeyed" in line]
            assert all(is_plain(line) and "\n" not in line for line in asked.journal.problems)
            assert (asked.requests / name).read_bytes() == data
        else:
            assert [request.id for request in found.requests] == ["a"]


@cases(40)
@given(ASKED.flatmap(damaged))
def test_what_is_asked_beside_a_damaged_request_is_carried_out(document: object) -> None:
    whole = Request(id="whole", at=NOW, verb="cancel", key=session(1).key)
    with TemporaryDirectory() as folder:
        home = _Asked(Path(folder))
        (home.requests / "a.json").write_text(repr(document))
        ask(home.requests, whole)
        assert pending(home.requests).requests == (whole,)
        home.tick()
        assert home.session().stage is not Stage.IN_PROGRESS or home.session().attempts[-1].stop_asked
        assert not (home.requests / "whole.json").exists()
