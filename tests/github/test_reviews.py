"""What became of a pull request: every part whole or told to be missing, and cheap to ask again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from issue_intake.core.review import CheckState, PullFacts
from issue_intake.errors import GoneError, UnavailableError
from issue_intake.github.limits import Limits
from tests.github.builders import API, Row, issue, line_comment, open_pull, review, reviews
from tests.github.served import DENIED, GRAPHQL, REPO, SHA, Served, serving

PERMISSION = f"{REPO}/collaborators/ada/permission"
WRITE = {"permission": "write", "role_name": "maintain", "user": None}
MERGE = {"name": "intake:merge"}


@pytest.fixture
def github() -> Iterator[Served]:
    with serving() as served:
        yield served


def _facts(folder: Path) -> PullFacts:
    return reviews(folder).facts(3)


def _labelled(at: str, by: str | None, label: str = "intake:merge", event: str = "labeled") -> Row:
    actor = {"login": by} if by else None
    return {"id": 1, "event": event, "actor": actor, "label": {"name": label}, "created_at": f"2026-01-01T{at}:00Z"}


def test_all_that_is_said_of_an_open_pull_request(github: Served, tmp_path: Path) -> None:
    github.with_pull(labels=[{"name": "bug"}], mergeable=None, mergeable_state="unknown", user={"login": "ada"})
    github.get(f"{REPO}/pulls/3/reviews", [review(1, "CHANGES_REQUESTED", body="No.\r\nNot so.")])
    github.get(f"{REPO}/pulls/3/comments", [line_comment(5), line_comment(6, in_reply_to_id=5, line=None)])
    github.get(PERMISSION, WRITE)
    facts = _facts(tmp_path)
    assert (facts.pull.number, facts.pull.state, facts.pull.head_sha) == (3, "open", SHA)
    assert (facts.base, facts.base_sha, facts.labels) == ("main", "b" * 40, ("bug",))
    assert (facts.mergeable, facts.merge_state, facts.author, facts.own) == (None, "unknown", "ada", False)
    assert [check.state for check in facts.checks or ()] == [CheckState.PASSED]
    assert facts.reviews
    assert (facts.reviews[0].state, facts.reviews[0].text) == ("changes_requested", "No.\nNot so.")
    assert (facts.reviews[0].sha, facts.reviews[0].steers) == (SHA, True)
    assert facts.comments
    assert [(c.id, c.thread, c.line, c.sha, c.steers) for c in facts.comments] == [
        (5, 5, 7, SHA, True),
        (6, 5, None, SHA, True),
    ]
    assert (facts.merge_label, facts.remarks) == (None, ())


def test_of_a_base_that_moved_it_is_asked_where_it_is_now(github: Served, tmp_path: Path) -> None:
    github.with_pull(mergeable=False, mergeable_state="dirty")
    github.get(f"{REPO}/git/ref/heads/main", {"ref": "refs/heads/main", "object": {"type": "commit", "sha": "c" * 40}})
    assert _facts(tmp_path).base_sha == "c" * 40


def test_a_base_that_cannot_be_found_is_unknown(github: Served, tmp_path: Path) -> None:
    github.with_pull(mergeable=True, mergeable_state="behind")
    github.get(f"{REPO}/git/ref/heads/main", {"message": "Not Found"}, status=404)
    assert _facts(tmp_path).base_sha is None


def test_an_unchanged_look_costs_304s_alone(github: Served, tmp_path: Path) -> None:
    github.with_pull(labels=[MERGE])
    github.get(f"{REPO}/pulls/3/reviews", [review(1)])
    github.get(f"{REPO}/pulls/3/comments", [line_comment(5)])
    github.get(f"{REPO}/issues/3/events", [_labelled("10:00", "ada")])
    github.get(PERMISSION, WRITE)
    first = _facts(tmp_path)
    before = len(github.mock.calls)
    assert _facts(tmp_path) == first
    again = github.statuses[before:]
    assert again == [304] * before


@pytest.mark.parametrize("over", [{"state": "closed"}, {"state": "closed", "merged": True}])
def test_of_a_pull_request_that_is_over_nothing_more_is_asked(
    github: Served, tmp_path: Path, over: dict[str, object]
) -> None:
    github.get(f"{REPO}/pulls/3", open_pull(3, **over))
    facts = _facts(tmp_path)
    assert facts.pull.state == ("merged" if "merged" in over else "closed")
    assert github.asked == [("GET", REPO), ("GET", f"{REPO}/pulls/3")]
    assert (facts.checks, facts.reviews, facts.comments) == (None, None, None)


def test_a_pull_request_that_is_not_there_is_gone(github: Served, tmp_path: Path) -> None:
    github.get(f"{REPO}/pulls/3", {"message": "Not Found"}, 404)
    with pytest.raises(GoneError):
        _facts(tmp_path)


def test_a_review_of_a_deleted_account_counts_for_nobody(github: Served, tmp_path: Path) -> None:
    github.with_pull(user=None)
    github.get(f"{REPO}/pulls/3/reviews", [review(1, user=None, body=None, commit_id=None)])
    facts = _facts(tmp_path)
    assert facts.reviews
    assert (facts.reviews[0].author, facts.reviews[0].steers, facts.reviews[0].text) == (None, False, "")
    assert (facts.author, facts.own) == (None, False)


def test_a_review_that_is_still_being_written_is_left_out(github: Served, tmp_path: Path) -> None:
    github.with_pull()
    pending = review(2, "PENDING")
    del pending["submitted_at"]
    github.get(f"{REPO}/pulls/3/reviews", [review(1, "DISMISSED"), pending])
    assert [(r.id, r.state) for r in _facts(tmp_path).reviews or ()] == [(1, "dismissed")]


def test_reviews_and_comments_come_oldest_first_and_each_once(github: Served, tmp_path: Path) -> None:
    github.with_pull()
    later, earlier = review(1, "COMMENTED", submitted_at="2026-01-02T00:00:00Z"), review(2, "COMMENTED")
    github.get(f"{REPO}/pulls/3/reviews", [later, earlier, later | {"body": "edited"}])
    assert [(r.id, r.text) for r in _facts(tmp_path).reviews or ()] == [(2, ""), (1, "edited")]


@pytest.mark.parametrize(
    ("status", "body", "steers"),
    [
        (200, {"permission": "admin"}, True),
        (200, {"permission": "maintain"}, True),
        (200, {"permission": "write", "role_name": "release-crew"}, True),
        (200, {"permission": "triage"}, False),
        (200, {"permission": "read"}, False),
        (200, {"permission": "none"}, False),
        (200, {"permission": "hitherto unknown"}, None),
        (404, {"message": "ada is not a user"}, False),
        (403, {"message": "Must have push access to view collaborator permission."}, None),
        (500, {}, None),
    ],
)
def test_who_may_push_may_steer(
    github: Served,
    tmp_path: Path,
    status: int,
    body: dict[str, str],
    steers: bool | None,  # noqa: FBT001
) -> None:
    github.with_pull()
    github.get(f"{REPO}/pulls/3/reviews", [review(1)])
    github.get(PERMISSION, body, status)
    facts = _facts(tmp_path)
    assert facts.reviews
    assert facts.reviews[0].steers is steers


@pytest.mark.parametrize("said", [{"permission": ["write"]}, {"permission": None}, {"permission": {}}, []])
def test_a_permission_that_cannot_be_read_is_none_that_is_known(github: Served, tmp_path: Path, said: object) -> None:
    github.with_pull()
    github.get(f"{REPO}/pulls/3/reviews", [review(1)])
    github.get(PERMISSION, said)
    assert [one.steers for one in _facts(tmp_path).reviews or ()] == [None]


@pytest.mark.parametrize("state", [["APPROVED"], {"APPROVED": True}, None, 5])
def test_a_review_in_no_state_leaves_all_of_them_unknown(github: Served, tmp_path: Path, state: object) -> None:
    github.with_pull()
    github.get(f"{REPO}/pulls/3/reviews", [review(1) | {"state": state}])
    assert _facts(tmp_path).reviews is None


def test_permission_is_asked_once_for_each_whose_say_could_matter(github: Served, tmp_path: Path) -> None:
    github.with_pull(3)
    github.with_pull(4)
    others = [review(1, "COMMENTED", user={"login": "bob"}), review(2, "DISMISSED", user={"login": "cleo"})]
    github.get(f"{REPO}/pulls/3/reviews", [*others, review(3), review(4, user={"login": "Ada"})])
    github.get(f"{REPO}/pulls/4/comments", [line_comment(5)])
    github.get(PERMISSION, WRITE)
    room = reviews(tmp_path)
    room.facts(3)
    room.facts(4)
    assert [path for _, path in github.asked if "collaborators" in path] == [PERMISSION]
    assert github.asked.count(("GET", "/user")) == 1


def test_a_bots_login_is_quoted(github: Served, tmp_path: Path) -> None:
    github.with_pull()
    github.get(f"{REPO}/pulls/3/reviews", [review(1, user={"login": "x/../y[bot]"})])
    github.get(f"{REPO}/collaborators/x%2F..%2Fy%5Bbot%5D/permission", {"permission": "none"})
    assert [r.steers for r in _facts(tmp_path).reviews or ()] == [False]


def test_our_own_marked_comments_are_left_out_and_nobody_elses(github: Served, tmp_path: Path) -> None:
    github.with_pull()
    marked = "<!-- intake:github:acme/webshop#7/rounds --> Enough."
    own = {"login": "Intake-Bot"}
    rows = [
        line_comment(1, user=own, body=marked),
        line_comment(2, user=own),
        line_comment(3, body=marked),
        line_comment(4, user=None, body=marked),
    ]
    github.get(f"{REPO}/pulls/3/comments", rows)
    github.get(PERMISSION, WRITE)
    github.get(f"{REPO}/collaborators/Intake-Bot/permission", WRITE)
    facts = _facts(tmp_path)
    assert facts.own
    assert [(c.id, c.steers) for c in facts.comments or ()] == [(2, True), (3, True), (4, False)]


def test_a_comment_on_a_whole_file_has_no_line(github: Served, tmp_path: Path) -> None:
    github.with_pull()
    github.get(f"{REPO}/pulls/3/comments", [line_comment(1, line=None, subject_type="file", user=None)])
    assert [c.line for c in _facts(tmp_path).comments or ()] == [None]


def test_who_set_the_merge_label_last(github: Served, tmp_path: Path) -> None:
    github.with_pull(labels=[{"name": "Intake:Merge"}])
    events = [
        _labelled("10:00", "bob"),
        _labelled("11:00", "bob", event="unlabeled"),
        _labelled("12:00", "ada", label="Intake:Merge"),
        _labelled("13:00", "bob", label="bug"),
        {"id": 2, "event": "closed", "actor": None, "created_at": "2026-01-01T13:00:00Z"},
    ]
    github.get(f"{REPO}/issues/3/events", events)
    github.get(PERMISSION, WRITE)
    label = _facts(tmp_path).merge_label
    assert label
    assert (label.by, label.at, label.steers) == ("ada", datetime(2026, 1, 1, 12, tzinfo=UTC), True)


def test_without_the_merge_label_its_history_is_not_asked_for(github: Served, tmp_path: Path) -> None:
    github.with_pull(labels=[{"name": "bug"}])
    assert _facts(tmp_path).merge_label is None
    assert ("GET", f"{REPO}/issues/3/events") not in github.asked


def test_a_merge_label_of_a_deleted_account_steers_nothing(github: Served, tmp_path: Path) -> None:
    github.with_pull(labels=[MERGE])
    github.get(f"{REPO}/issues/3/events", [_labelled("10:00", None)])
    label = _facts(tmp_path).merge_label
    assert label
    assert (label.by, label.steers) == (None, False)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, DENIED, "reviews: GitHub forbids /repos/acme/webshop/pulls/3/reviews to the token from SHOP_TOKEN"),
        (422, {"message": "too large"}, "reviews: GitHub refuses: too large"),
        (500, {}, None),
        (404, {}, None),
    ],
)
def test_a_part_that_could_not_be_had_is_none_and_said_where_it_is_for_good(
    github: Served, tmp_path: Path, status: int, body: Row, said: str | None
) -> None:
    github.with_pull()
    github.get(f"{REPO}/pulls/3/reviews", body, status)
    facts = _facts(tmp_path)
    assert facts.reviews is None
    assert facts.checks is not None
    assert facts.comments == ()
    assert len(facts.remarks) == (1 if said else 0)
    assert said is None or facts.remarks[0].startswith(said)


@pytest.mark.parametrize("row", [7, {"id": 1}, review(1, "HITHERTO_UNKNOWN"), review(1, submitted_at="soon")])
def test_a_row_that_cannot_be_read_is_not_no_row(github: Served, tmp_path: Path, row: object) -> None:
    github.with_pull()
    github.get(f"{REPO}/pulls/3/reviews", [review(2, "COMMENTED"), row])
    facts = _facts(tmp_path)
    assert facts.reviews is None
    assert facts.remarks[0].startswith("reviews: ")


def test_all_pages_are_read_and_what_is_cut_off_decides_nothing(github: Served, tmp_path: Path) -> None:
    github.with_pull()
    path = f"{REPO}/pulls/3/comments"
    rows = [line_comment(n, user=None) for n in range(1, 103)]
    github.get(path, rows[:100], Link=f'<{API}{path}?page=2&per_page=100>; rel="next"')
    github.get(f"{path}?page=2&per_page=100", rows[100:])
    assert [c.id for c in _facts(tmp_path).comments or ()] == list(range(1, 103))
    cut = reviews(tmp_path, limits=Limits(pages=1)).facts(3)
    assert cut.comments is None
    assert cut.reviews == ()
    assert cut.remarks == ("comments: more than 1 pages (github.max_pages), not counted",)


@pytest.mark.parametrize("part", ["reviews", "comments"])
def test_a_refused_credential_is_no_missing_part(github: Served, tmp_path: Path, part: str) -> None:
    github.with_pull()
    github.get(f"{REPO}/pulls/3/{part}", {"message": "Bad credentials"}, 401)
    with pytest.raises(UnavailableError, match="does not accept the token"):
        _facts(tmp_path)


def test_a_limit_of_the_credential_is_no_missing_part(github: Served, tmp_path: Path) -> None:
    github.with_pull()
    github.get(f"{REPO}/pulls/3/comments", [line_comment(5)])
    github.get(PERMISSION, {}, 429, Retry_After="120")
    with pytest.raises(UnavailableError, match="slow down") as caught:
        _facts(tmp_path)
    assert caught.value.scope == "credential"


def test_an_app_that_rest_does_not_name_is_asked_for_by_graphql(github: Served, tmp_path: Path) -> None:
    github.with_pull(user={"login": "shop-intake[bot]"})
    github.get("/user", {"message": "Resource not accessible by integration"}, 403)
    github.mock.post(GRAPHQL, json={"data": {"viewer": {"login": "shop-intake[bot]"}}})
    assert _facts(tmp_path).own


@pytest.mark.parametrize(("status", "answer"), [(404, {}), (403, DENIED), (200, {"errors": [{"message": "no"}]})])
def test_where_nobody_tells_whose_the_credential_is_it_owns_nothing(
    github: Served, tmp_path: Path, status: int, answer: Row
) -> None:
    github.with_pull(user={"login": "shop-intake[bot]"})
    github.get("/user", DENIED, 403)
    github.mock.post(GRAPHQL, status=status, json=answer)
    facts = _facts(tmp_path)
    assert not facts.own
    assert facts.checks is not None


def test_a_pull_request_that_cannot_be_read_is_a_failed_look(github: Served, tmp_path: Path) -> None:
    github.get(f"{REPO}/pulls/3", issue(3))
    with pytest.raises(UnavailableError, match="does not answer as a GitHub API"):
        _facts(tmp_path)
