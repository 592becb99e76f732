"""Who did what to an issue: asked for exactly, read strictly, and never from an earlier look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from issue_intake.core.authors import Act, Authors, Edit, History
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.github.limits import Limits
from tests.github.builders import Row, line_comment, provenance, repository, review, reviews, tracker
from tests.github.served import DENIED, GRAPHQL, REPO, Served, serving

TIMELINE = f"{REPO}/issues/7/timeline"
PERMISSION = f"{REPO}/collaborators/ada/permission"


@pytest.fixture
def github() -> Iterator[Served]:
    with serving() as served:
        served.get(TIMELINE, [])
        yield served


def _event(number: int, event: str, by: str | None = "ada", minute: int = 0, **details: object) -> Row:
    actor = {"login": by, "type": "User"} if by else None
    at = f"2026-01-01T12:{minute:02}:00Z"
    return {"id": number, "event": event, "actor": actor, "created_at": at, **details}


def _at(minute: int) -> datetime:
    return datetime(2026, 1, 1, 12, minute, tzinfo=UTC)


def _answer(github: Served, *edits: tuple[str | None, str, int], last: int | None = None, cursor: str = "") -> None:
    nodes = [
        {"editedAt": f"2026-01-01T12:{minute:02}:00Z", "editor": login and {"__typename": kind, "login": login}}
        for login, kind, minute in edits
    ]
    row = {
        "lastEditedAt": None if last is None else f"2026-01-01T12:{last:02}:00Z",
        "userContentEdits": {"pageInfo": {"hasNextPage": bool(cursor), "endCursor": cursor or None}, "nodes": nodes},
    }
    _answer_with(github, row)


def _answer_with(github: Served, issue: object) -> None:
    github.mock.post(GRAPHQL, json={"data": {"repository": {"issue": issue}}})


def _history(folder: Path, **limits: Any) -> History:
    return provenance(folder, limits=Limits(**limits)).history(7)


def test_what_was_done_is_read_from_the_timeline_the_oldest_first(github: Served, tmp_path: Path) -> None:
    rows = [
        {"event": "commented", "id": 9, "user": {"login": "eve"}, "body": "labeled"},
        {"event": "cross-referenced", "actor": {"login": "eve"}, "source": {}},
        _event(5, "renamed", None, 3, rename={"from": "a", "to": "b"}),
        _event(2, "labeled", "ada", 1, label={"name": "Agent:Queued"}),
        _event(3, "unlabeled", "dependabot[bot]", 1, label={"name": "bug"}),
        _event(4, "assigned", "ada", 2, assignee={"login": "octocat"}),
        _event(6, "unassigned", "ada", 4, assignee=None),
        _event(2, "labeled", "ada", 1, label={"name": "Agent:Queued"}),
    ]
    github.get(TIMELINE, rows)
    _answer(github)
    assert _history(tmp_path) == History(
        acts=(
            Act(kind="labeled", by="ada", at=_at(1), about="Agent:Queued"),
            Act(kind="unlabeled", by="dependabot[bot]", at=_at(1), about="bug"),
            Act(kind="assigned", by="ada", at=_at(2), about="octocat"),
            Act(kind="renamed", by=None, at=_at(3)),
            Act(kind="unassigned", by="ada", at=_at(4)),
        ),
    )


def test_one_query_tells_the_edits_and_nothing_of_outside_stands_in_it(github: Served, tmp_path: Path) -> None:
    _answer(github, ("ada", "User", 5), ("eve", "User", 1), last=5)
    assert _history(tmp_path).edits == (Edit(by="eve", at=_at(1)), Edit(by="ada", at=_at(5)))
    assert github.asked == [("GET", REPO), ("GET", TIMELINE), ("POST", "/graphql")]
    ((_, _, sent),) = github.written
    assert isinstance(sent, dict)
    assert sent["variables"] == {"owner": "acme", "name": "webshop", "number": 7, "after": None}
    assert "userContentEdits(first:100,after:$after)" in sent["query"]
    assert "nodes{editedAt editor{__typename login}}" in sent["query"]


def test_a_bot_has_its_own_login_and_an_account_of_another_kind_has_none(github: Served, tmp_path: Path) -> None:
    _answer(
        github,
        ("dependabot", "Bot", 1),
        ("x[bot]", "Bot", 2),
        ("ada", "Mannequin", 3),
        ("ada", "Organization", 4),
        (None, "", 5),
        last=5,
    )
    edits = _history(tmp_path).edits or ()
    assert [edit.by for edit in edits] == ["dependabot[bot]", "x[bot]", None, None, None]
    github.get(TIMELINE, [_event(1, "renamed") | {"actor": {"login": "ada", "type": "Mannequin"}}])
    assert [act.by for act in _history(tmp_path).acts] == [None]


@pytest.mark.parametrize("what", [None, ["renamed"], {}, 5])
def test_an_event_that_does_not_say_what_it_is_may_be_any_and_leaves_the_history_unread(
    github: Served, tmp_path: Path, what: object
) -> None:
    github.get(TIMELINE, [_event(1, "labeled", label={"name": "agent:queued"}), _event(2, "x") | {"event": what}])
    _answer(github)
    with pytest.raises(RefusedError, match="no event"):
        _history(tmp_path)


def test_an_edit_that_is_known_of_and_not_told_is_anybodys(github: Served, tmp_path: Path) -> None:
    _answer(github, ("ada", "User", 1), last=5)
    assert _history(tmp_path).edits == (Edit(by="ada", at=_at(1)), Edit(by=None, at=_at(5)))
    assert _history(tmp_path).edits


def test_all_pages_are_read_and_too_many_are_refused(github: Served, tmp_path: Path) -> None:
    _answer(github, ("ada", "User", 5), last=5, cursor="next")
    _answer(github, ("eve", "User", 1), last=5)
    assert _history(tmp_path).edits == (Edit(by="eve", at=_at(1)), Edit(by="ada", at=_at(5)))
    assert [body["variables"]["after"] for _, _, body in github.written if isinstance(body, dict)] == [None, "next"]


def test_more_pages_than_are_read_are_no_history(github: Served, tmp_path: Path) -> None:
    _answer(github, ("ada", "User", 5), last=5, cursor="next")
    with pytest.raises(RefusedError, match="edited more than 1000 times"):
        _history(tmp_path)
    assert len(github.written) == 10
    link = f'<https://api.github.com{TIMELINE}?page=2>; rel="next"'
    github.get(TIMELINE, [_event(1, "labeled", label={"name": "bug"})], Link=link)
    with pytest.raises(RefusedError, match="more than 1 pages"):
        _history(tmp_path, pages=1)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (404, DENIED),
        (200, {"errors": [{"message": "Field 'userContentEdits' doesn't exist on type 'Issue'"}]}),
        (200, {"data": {"repository": {"issue": None}}, "errors": [{"type": "NOT_FOUND", "message": "no"}]}),
        (200, {"data": {"repository": None}}),
    ],
)
def test_where_graphql_is_missing_or_tells_nothing_the_edits_are_unknown(
    github: Served, tmp_path: Path, status: int, answer: Row
) -> None:
    github.mock.post(GRAPHQL, json=answer, status=status)
    assert _history(tmp_path).edits is None


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"lastEditedAt": None, "userContentEdits": {"nodes": None}},
        {"lastEditedAt": "2026-01-01T12:00:00Z", "userContentEdits": None},
        {"lastEditedAt": "yesterday", "userContentEdits": {"nodes": []}},
        {"lastEditedAt": None, "userContentEdits": {"nodes": [None]}},
        {"lastEditedAt": None, "userContentEdits": {"nodes": [{"editedAt": None}]}},
        {"lastEditedAt": None, "userContentEdits": {"nodes": [], "pageInfo": {"hasNextPage": True}}},
    ],
)
def test_edits_that_cannot_be_read_are_no_history(github: Served, tmp_path: Path, row: Row) -> None:
    _answer_with(github, row)
    with pytest.raises(RefusedError, match="what was done to issue #7 cannot be read"):
        _history(tmp_path)


@pytest.mark.parametrize(
    "row",
    [
        None,
        _event(1, "labeled"),
        _event(1, "labeled", label={"name": None}),
        _event(1, "renamed") | {"created_at": None},
        _event(1, "renamed") | {"id": None},
    ],
)
def test_acts_that_cannot_be_read_are_no_history(github: Served, tmp_path: Path, row: object) -> None:
    github.get(TIMELINE, [row])
    _answer(github)
    with pytest.raises(RefusedError, match="what was done to issue #7 cannot be read"):
        _history(tmp_path)


def test_an_issue_that_was_never_edited_has_no_edits(github: Served, tmp_path: Path) -> None:
    _answer_with(github, {"lastEditedAt": None, "userContentEdits": None})
    assert _history(tmp_path).edits == ()


def test_a_server_that_stumbles_is_told_from_one_that_knows_nothing(github: Served, tmp_path: Path) -> None:
    github.mock.post(GRAPHQL, json={"errors": [{"message": "Something went wrong while executing your query."}]})
    with pytest.raises(UnavailableError, match="stumbled"):
        _history(tmp_path)


def test_rights_are_asked_once_and_histories_each_time(github: Served, tmp_path: Path) -> None:
    github.get(PERMISSION, {"permission": "write"})
    _answer(github)
    seam = provenance(tmp_path)
    assert (seam.writes("ada"), seam.writes("Ada"), seam.writes("ADA")) == (True, True, True)
    seam.history(7)
    seam.history(7)
    assert github.asked.count(("GET", PERMISSION)) == 1
    assert github.asked.count(("GET", TIMELINE)) == 2
    assert github.statuses[-1] == 304
    assert github.asked.count(("POST", "/graphql")) == 2


@pytest.mark.parametrize(
    ("answer", "status", "writes"),
    [
        ({"permission": "admin"}, 200, True),
        ({"permission": "read"}, 200, False),
        ({"permission": "none"}, 200, False),
        ({"permission": "triage"}, 200, False),
        ({"permission": "owner of all"}, 200, None),
        ([], 200, None),
        ({"message": "x[bot] is not a user"}, 404, False),
        ({"message": "Must have push access to view collaborator permission."}, 403, None),
    ],
)
def test_only_a_right_that_is_told_counts(
    github: Served, tmp_path: Path, *, answer: object, status: int, writes: bool | None
) -> None:
    github.get(f"{REPO}/collaborators/x%5Bbot%5D/permission", answer, status)
    assert provenance(tmp_path).writes("x[bot]") is writes


def test_a_repository_that_does_not_say_that_it_is_private_is_public(github: Served, tmp_path: Path) -> None:
    sayings: list[tuple[Row, bool]] = [({}, False), ({"private": None}, False), ({"private": True}, True)]
    for said, private in sayings:
        github.get(REPO, repository(**said))
        assert tracker(tmp_path).repository().private is private


def test_the_trusted_steer_and_the_blocked_do_not(github: Served, tmp_path: Path) -> None:
    github.with_pull()
    ada, eve = {"user": {"login": "Ada"}}, {"user": {"login": "eve"}}
    said = [review(1, "CHANGES_REQUESTED", **ada), review(2, "APPROVED", **ada), review(3, "APPROVED", **eve)]
    github.get(f"{REPO}/pulls/3/reviews", said)
    github.get(f"{REPO}/pulls/3/comments", [line_comment(5, **ada), line_comment(6, **eve)])
    github.get(f"{REPO}/collaborators/Ada/permission", {"permission": "read"})
    github.get(f"{REPO}/collaborators/eve/permission", {"permission": "admin"})
    facts = reviews(tmp_path, authors=Authors(trusted=("ada",), blocked=("EVE",))).facts(3)
    assert [one.steers for one in facts.comments or ()] == [True, False]
    assert [one.steers for one in facts.reviews or ()] == [True, False, False], "to approve takes write access itself"
    assert not [path for _, path in github.asked if "/collaborators/eve/" in path]
