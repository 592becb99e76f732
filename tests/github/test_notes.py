"""Labels and comments: what is right costs no write, and what is others' is let be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from issue_intake.core.review import Label
from issue_intake.errors import GoneError, RefusedError, UnavailableError
from issue_intake.github.limits import Limits
from tests.github.builders import API, Row, issue, notes
from tests.github.served import DENIED, GRAPHQL, REPO, Served, serving

ISSUE = f"{REPO}/issues/7"
LABELS = f"{ISSUE}/labels"
COMMENTS = f"{ISSUE}/comments"
REVIEW = Label(name="agent:review", colour="fbca04", description="A pull request waits for its checks or for a person")
MADE = {"name": REVIEW.name, "color": "fbca04", "description": REVIEW.description}
FAMILY = ("agent:queued", "agent:review", "agent:done")
MARKER = "<!-- intake:github:acme/webshop#7/status -->"
OWN = {"login": "intake-bot"}


@pytest.fixture
def github() -> Iterator[Served]:
    with serving() as served:
        served.get("/user", OWN)
        yield served


def _labelled(github: Served, *names: str) -> None:
    github.get(ISSUE, issue(7, labels=[{"name": name} for name in names]))


def _exists(github: Served) -> None:
    github.get(f"{REPO}/labels/agent%3Areview", MADE)


def _set(folder: Path, label: Label | None = REVIEW) -> None:
    notes(folder).set_label(7, label, FAMILY)


class TestLabels:
    @pytest.mark.parametrize("present", [["agent:review"], ["bug", "Agent:Review"]])
    def test_one_that_is_there_already_costs_no_write(self, github: Served, tmp_path: Path, present: list[str]) -> None:
        _labelled(github, *present)
        _set(tmp_path)
        assert github.written == []
        assert github.asked == [("GET", REPO), ("GET", ISSUE)]

    def test_case_makes_no_other_label(self, github: Served, tmp_path: Path) -> None:
        _labelled(github, "agent:review")
        _set(tmp_path, Label(name="Agent:Review", colour="fbca04", description=""))
        assert github.written == []

    def test_the_new_one_comes_before_the_old_ones_go_and_others_stay(self, github: Served, tmp_path: Path) -> None:
        _labelled(github, "bug", "agent:queued", "Agent:Done", "agent:ours-not")
        _exists(github)
        github.mock.post(API + LABELS, json=[])
        for name in ("agent%3Aqueued", "Agent%3ADone"):
            github.mock.delete(f"{API}{LABELS}/{name}", json=[])
        _set(tmp_path)
        assert github.written == [
            ("POST", LABELS, {"labels": ["agent:review"]}),
            ("DELETE", f"{LABELS}/agent%3Aqueued", None),
            ("DELETE", f"{LABELS}/Agent%3ADone", None),
        ]

    def test_one_that_does_not_exist_is_made_once(self, github: Served, tmp_path: Path) -> None:
        _labelled(github)
        github.get(f"{REPO}/labels/agent%3Areview", {"message": "Not Found"}, 404)
        github.mock.post(f"{API}{REPO}/labels", status=201, json=MADE)
        github.mock.post(API + LABELS, json=[])
        room = notes(tmp_path)
        room.set_label(7, REVIEW, FAMILY)
        room.set_label(7, REVIEW, FAMILY)
        assert [(path, body) for _, path, body in github.written] == [
            (f"{REPO}/labels", MADE),
            (LABELS, {"labels": ["agent:review"]}),
            (LABELS, {"labels": ["agent:review"]}),
        ]

    def test_one_that_somebody_else_just_made_is_taken(self, github: Served, tmp_path: Path) -> None:
        _labelled(github)
        github.get(f"{REPO}/labels/agent%3Areview", {"message": "Not Found"}, 404)
        errors = [{"resource": "Label", "code": "already_exists", "field": "name"}]
        github.mock.post(f"{API}{REPO}/labels", status=422, json={"message": "Validation Failed", "errors": errors})
        github.mock.post(API + LABELS, json=[])
        _set(tmp_path)
        assert [path for _, path, _ in github.written] == [f"{REPO}/labels", LABELS]

    def test_one_that_github_refuses_is_not_set(self, github: Served, tmp_path: Path) -> None:
        _labelled(github)
        github.get(f"{REPO}/labels/agent%3Areview", {"message": "Not Found"}, 404)
        errors = [{"resource": "Label", "code": "invalid", "field": "color"}]
        github.mock.post(f"{API}{REPO}/labels", status=422, json={"message": "Validation Failed", "errors": errors})
        with pytest.raises(RefusedError, match="color invalid"):
            _set(tmp_path)

    def test_none_takes_all_of_the_family_away(self, github: Served, tmp_path: Path) -> None:
        _labelled(github, "bug", "agent:queued")
        github.mock.delete(f"{API}{LABELS}/agent%3Aqueued", json=[])
        _set(tmp_path, None)
        assert github.written == [("DELETE", f"{LABELS}/agent%3Aqueued", None)]

    def test_one_that_a_person_removes_meanwhile_is_gone(self, github: Served, tmp_path: Path) -> None:
        _labelled(github, "agent:review", "agent:queued")
        github.mock.delete(f"{API}{LABELS}/agent%3Aqueued", status=404, json={"message": "Label does not exist"})
        _set(tmp_path)

    def test_a_failed_write_leaves_the_old_one_in_place(self, github: Served, tmp_path: Path) -> None:
        _labelled(github, "agent:queued")
        _exists(github)
        github.mock.post(API + LABELS, status=403, json=DENIED)
        with pytest.raises(UnavailableError):
            _set(tmp_path)
        assert len(github.written) == 1

    def test_an_issue_that_is_gone_is_told(self, github: Served, tmp_path: Path) -> None:
        github.get(ISSUE, {"message": "This issue was deleted"}, 410)
        with pytest.raises(GoneError):
            _set(tmp_path)


def _comment(number: int, body: str | None, user: Row | None = OWN) -> Row:
    return {"id": number, "body": body, "user": user}


def _say(folder: Path, text: str = f"In review.\n\n{MARKER}") -> None:
    notes(folder).comment(7, MARKER, text)


class TestComments:
    def test_the_first_is_posted(self, github: Served, tmp_path: Path) -> None:
        rows = [
            _comment(1, f"mine: {MARKER}", {"login": "mallory"}),
            _comment(2, f"ghost: {MARKER}", None),
            _comment(3, "ours, another matter"),
            _comment(4, None),
        ]
        github.get(COMMENTS, rows)
        github.mock.post(API + COMMENTS, status=201, json=_comment(5, ""))
        _say(tmp_path)
        assert github.written == [("POST", COMMENTS, {"body": f"In review.\n\n{MARKER}"})]

    @pytest.mark.parametrize("end", ["", "\n", "\r\n"])
    def test_one_that_says_so_already_costs_no_write(self, github: Served, tmp_path: Path, end: str) -> None:
        github.get(COMMENTS, [_comment(1, f"In review.\r\n\r\n{MARKER}{end}")])
        _say(tmp_path)
        assert github.written == []

    def test_one_that_differs_is_edited_the_oldest_of_them(self, github: Served, tmp_path: Path) -> None:
        github.get(COMMENTS, [_comment(1, f"Queued. {MARKER}", {"login": "Intake-Bot"}), _comment(2, MARKER)])
        github.mock.patch(f"{API}{REPO}/issues/comments/1", json=_comment(1, ""))
        _say(tmp_path)
        assert github.written == [("PATCH", f"{REPO}/issues/comments/1", {"body": f"In review.\n\n{MARKER}"})]

    def test_one_that_is_deleted_meanwhile_is_posted_anew(self, github: Served, tmp_path: Path) -> None:
        github.get(COMMENTS, [_comment(1, MARKER)])
        github.mock.patch(f"{API}{REPO}/issues/comments/1", status=404, json={"message": "Not Found"})
        github.mock.post(API + COMMENTS, status=201, json=_comment(2, ""))
        _say(tmp_path)
        assert [method for method, _, _ in github.written] == ["PATCH", "POST"]

    def test_it_is_looked_for_on_all_pages(self, github: Served, tmp_path: Path) -> None:
        rows = [_comment(n, "hello") for n in range(1, 101)]
        github.get(COMMENTS, rows, Link=f'<{API}{COMMENTS}?page=2>; rel="next"')
        github.get(f"{COMMENTS}?page=2", [_comment(101, f"In review.\n\n{MARKER}")])
        _say(tmp_path)
        assert github.written == []
        with pytest.raises(UnavailableError, match="has more pages than 1"):
            notes(tmp_path, limits=Limits(pages=1)).comment(7, MARKER, "In review.")
        assert github.written == []

    @pytest.mark.parametrize("text", ["x" * 70_000, "x" * 65_500, f"{MARKER}\n{'x' * 70_000}", "☃" * 70_000 + MARKER])
    def test_a_long_one_is_cut_and_keeps_its_marker(self, github: Served, tmp_path: Path, text: str) -> None:
        github.get(COMMENTS, [])
        github.mock.post(API + COMMENTS, status=201, json=_comment(5, ""))
        _say(tmp_path, text)
        ((_, _, body),) = github.written
        assert isinstance(body, dict)
        assert MARKER in body["body"]
        assert 65_000 < len(body["body"]) <= 65_536

    def test_whoever_cannot_tell_their_own_writes_none(self, github: Served, tmp_path: Path) -> None:
        github.get("/user", DENIED, 403)
        github.mock.post(GRAPHQL, status=404, json={})
        with pytest.raises(UnavailableError, match="whose the token is"):
            _say(tmp_path)
        assert [path for _, path, _ in github.written] == ["/graphql"]

    def test_a_list_that_cannot_be_read_proves_no_absence(self, github: Served, tmp_path: Path) -> None:
        github.get(COMMENTS, [7])
        with pytest.raises(UnavailableError):
            _say(tmp_path)
        assert github.written == []
