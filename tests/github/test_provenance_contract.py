"""What tells who may start work, the real one over a stand-in and the fake: both keep the same promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from issue_intake.core.authors import WRITERS, Act, Edit, History
from issue_intake.core.ports import Provenance
from issue_intake.demo.standin import StandIn
from issue_intake.errors import UnavailableError
from issue_intake.github.account import Account
from issue_intake.github.cache import Cache
from issue_intake.github.client import GitHub
from issue_intake.github.credentials import Token
from issue_intake.github.http import Wire
from issue_intake.github.issues import GitHubTracker
from issue_intake.wiring.connections import OnGitHub
from tests.builders import LABEL
from tests.fakes import FakeProvenance, FakeWorld
from tests.github.builders import NOW, SHOP

_PAST = History(
    acts=(
        Act(kind="labeled", by="ann", at=NOW, about=LABEL),
        Act(kind="renamed", by="mallory", at=NOW),
        Act(kind="assigned", by="ann", at=NOW, about="bob"),
        Act(kind="unlabeled", by="renovate[bot]", at=NOW, about=LABEL),
        Act(kind="unassigned", by=None, at=NOW, about="bob"),
    ),
    edits=(Edit(by="mallory", at=NOW), Edit(by="renovate[bot]", at=NOW)),
)


class ProvenanceContract:
    """Ann may write; mallory wrote issue 1, on which things were done; issue 2 is as it was written."""

    def test_those_alone_write_who_may_by_their_exact_login_in_any_case(self, seam: Provenance) -> None:
        assert [seam.writes(name) for name in ("ann", "ANN")] == [True, True]
        assert [seam.writes(name) for name in ("mallory", "ann[bot]", "anne", "nobody-knows")] == [False] * 4

    def test_all_that_counts_is_told_in_order(self, seam: Provenance) -> None:
        assert seam.history(1) == _PAST

    def test_an_issue_as_it_was_written_has_no_past(self, seam: Provenance) -> None:
        assert seam.history(2) == History()

    def test_what_cannot_be_asked_raises(self, broken: Provenance) -> None:
        with pytest.raises(UnavailableError):
            broken.history(1)


class TestTheFake(ProvenanceContract):
    @pytest.fixture
    def seam(self) -> Provenance:
        return FakeProvenance(FakeWorld(writers={"ann": True}, histories={1: _PAST}))

    @pytest.fixture
    def broken(self) -> Provenance:
        return FakeProvenance(FakeWorld(untold="HTTP 502"))


class TestTheRealOne(ProvenanceContract):
    @pytest.fixture
    def standin(self) -> Iterator[StandIn]:
        with StandIn(clock=lambda: NOW) as made:
            shop = made.add_repository("acme", "webshop")
            shop.set_permission("ann", "maintain")
            shop.add_issue("One", "first", author="mallory")
            shop.add_issue("Two", "as it was", author="mallory")
            shop.label(1, LABEL, by="ann")
            shop.edit(1, title="Other", body="second", by="mallory")
            shop.set_assignees(1, ["bob"], by="ann")
            shop.unlabel(1, LABEL, by="renovate[bot]")
            shop.set_assignees(1, [], by=None)
            shop.edit(1, body="third", by="renovate[bot]")
            shop.issue(1).edits.pop(0)  # how it was written comes first there
            yield made

    @pytest.fixture
    def seam(self, standin: StandIn, tmp_path: Path) -> Provenance:
        return _over(standin, standin.token, tmp_path)

    @pytest.fixture
    def broken(self, standin: StandIn, tmp_path: Path) -> Provenance:
        return _over(standin, "revoked", tmp_path)


def _over(standin: StandIn, token: str, folder: Path) -> Provenance:
    github = GitHub(Wire(standin.api_url, Token(token, "SHOP_TOKEN")), Cache(folder), sleep=lambda _: None)
    tracker = GitHubTracker(github, SHOP)
    return OnGitHub(github, tracker.repository, Account(github), WRITERS).provenance()
