"""Reviews, the comments on lines, and who may write."""

from __future__ import annotations

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from issue_intake.demo.wire import RejectedError
from tests.demo.client import Client

R = "/repos/acme/webshop"
PULL = f"{R}/pulls/1"
LINES = "".join(f"line {number}\n" for number in range(1, 41))


@pytest.fixture
def pull(webshop: Hosted) -> Hosted:
    """Pull request 1 by intake-bot: a file of forty lines."""
    webshop.commit({"new.txt": LINES}, branch="work")
    webshop.add_pull("Work", "work", author="intake-bot")
    return webshop


@pytest.fixture
def ada(standin: StandIn) -> Client:
    return Client(standin.api_url, standin.add_token("ada"))


def test_a_review_is_of_the_head_it_was_made_on(pull: Hosted, client: Client, ada: Client) -> None:
    first = pull.branches()["work"]
    made = ada.ask("POST", f"{PULL}/reviews", json={"event": "APPROVE"})
    assert (made.status_code, made.json()["state"], made.json()["user"]["login"]) == (200, "APPROVED", "ada")
    second = pull.commit({"more.txt": "x\n"}, branch="work")
    pull.review(1, "ada", "CHANGES_REQUESTED", "No")
    reviews = client.get(f"{PULL}/reviews")
    assert [(one["state"], one["commit_id"]) for one in reviews] == [
        ("APPROVED", first),
        ("CHANGES_REQUESTED", second),
    ]


@pytest.mark.parametrize(
    ("event", "status"), [("APPROVE", 422), ("REQUEST_CHANGES", 422), ("COMMENT", 200), ("NOD", 422), (None, 422)]
)
def test_nobody_judges_a_pull_request_of_their_own(pull: Hosted, client: Client, event: str, status: int) -> None:
    answer = client.ask("POST", f"{PULL}/reviews", json={"event": event, "body": "Hm"})
    assert answer.status_code == status
    if event == "APPROVE":
        assert answer.json()["errors"] == ["Review Can not approve your own pull request"]


def test_an_empty_review_is_refused_unless_it_approves(pull: Hosted, ada: Client) -> None:
    for event in ("REQUEST_CHANGES", "COMMENT"):
        assert ada.ask("POST", f"{PULL}/reviews", json={"event": event, "body": " "}).status_code == 422
    with pytest.raises(RejectedError, match="Unprocessable"):
        pull.review(1, "ada", "COMMENTED")


def test_a_review_is_dismissed(pull: Hosted, client: Client) -> None:
    pull.dismiss(pull.review(1, "ada", "CHANGES_REQUESTED", "No"))
    assert [one["state"] for one in client.get(f"{PULL}/reviews")] == ["DISMISSED"]


def test_a_comment_s_commit_moves_with_the_branch_its_original_one_does_not(pull: Hosted, client: Client) -> None:
    first = pull.branches()["work"]
    pull.review(1, "ada", "COMMENTED", comments=[("new.txt", 30, "Why?"), ("new.txt", 5, "And this?")])
    changed = LINES.replace("line 5\n", "changed\n").replace("line 20\n", "line 20\nnew\nnew\n")
    second = pull.commit({"new.txt": changed}, branch="work")
    why, this = client.get(f"{PULL}/comments")
    assert {(one["commit_id"], one["original_commit_id"]) for one in (why, this)} == {(second, first)}
    assert (why["line"], why["original_line"]) == (32, 30)
    assert (this["line"], this["original_line"], this["position"]) == (None, 5, None)
    assert why["diff_hunk"].splitlines()[-1] == "+line 30"


def test_comments_stand_on_lines_of_the_diff_or_on_a_file_of_it(pull: Hosted, ada: Client, client: Client) -> None:
    head = pull.branches()["work"]
    said = {"body": "Hm", "commit_id": head, "path": "new.txt"}
    assert ada.ask("POST", f"{PULL}/comments", json=said | {"line": 1}).status_code == 201
    assert ada.ask("POST", f"{PULL}/comments", json=said | {"subject_type": "file"}).status_code == 201
    for wrong in ({"line": 99}, {}, {"path": "README.md", "line": 1}, {"line": 1, "commit_id": "0" * 40}):
        assert ada.ask("POST", f"{PULL}/comments", json=said | wrong).status_code == 422
    with pytest.raises(RejectedError):
        pull.review(1, "ada", "COMMENTED", comments=[("new.txt", 99, "Hm")])
    assert [(one["line"], one["subject_type"]) for one in client.get(f"{PULL}/comments")] == [
        (1, "line"),
        (None, "file"),
    ]


def test_an_answer_joins_its_thread_and_is_a_review_of_its_own(pull: Hosted, client: Client) -> None:
    pull.review(1, "ada", "CHANGES_REQUESTED", "No", [("new.txt", 1, "Why?")])
    root = client.get(f"{PULL}/comments")[0]["id"]
    made = client.ask("POST", f"{PULL}/comments/{root}/replies", json={"body": "Because"})
    assert (made.status_code, made.json()["in_reply_to_id"]) == (201, root)
    assert client.ask("POST", f"{PULL}/comments/{made.json()['id']}/replies", json={"body": "x"}).status_code == 404
    again = {"body": "x", "commit_id": "x", "path": "x", "in_reply_to": made.json()["id"]}
    assert client.ask("POST", f"{PULL}/comments", json=again).json()["in_reply_to_id"] == root
    pull.reply(root, "I see", by="ada")
    assert [one.get("in_reply_to_id") for one in client.get(f"{PULL}/comments")] == [None, root, root, root]
    assert [one["state"] for one in client.get(f"{PULL}/reviews")] == ["CHANGES_REQUESTED", *["COMMENTED"] * 3]
    assert client.get(PULL)["review_comments"] == 4


def test_reviews_and_comments_come_in_pages_and_as_304(pull: Hosted, client: Client) -> None:
    for line in range(1, 6):
        pull.review(1, "ada", "COMMENTED", comments=[("new.txt", line, "Hm")])
    for tail in ("reviews", "comments"):
        rows, pages = client.all_pages(f"{PULL}/{tail}", per_page=2)
        assert (len({row["id"] for row in rows}), pages) == (5, 3)
        known = {"If-None-Match": client.ask("GET", f"{PULL}/{tail}").headers["ETag"]}
        assert client.ask("GET", f"{PULL}/{tail}", headers=known).status_code == 304
    newest = client.get(f"{PULL}/comments", sort="created", direction="desc", per_page=1)
    assert [one["line"] for one in newest] == [5]


def test_files_are_listed_with_what_became_of_them(webshop: Hosted, client: Client) -> None:
    webshop.commit({"old.txt": LINES, "gone.txt": "x\n", "README.md": "# webshop\n"})
    webshop.commit({"old.txt": None, "new näme.txt": LINES, "gone.txt": None, "a/b.txt": "1\n2\n"}, branch="work")
    webshop.commit({"README.md": "# shop\n"}, branch="work")
    webshop.add_pull("Work", "work")
    webshop.commit({"other.txt": "moved on\n"})
    rows, pages = client.all_pages(f"{PULL}/files", per_page=3)
    found = {row["filename"]: (row["status"], row["additions"], row["deletions"]) for row in rows}
    assert found == {
        "README.md": ("modified", 1, 1),
        "a/b.txt": ("added", 2, 0),
        "gone.txt": ("removed", 0, 1),
        "new näme.txt": ("renamed", 0, 0),
    }
    assert pages == 2
    assert next(row for row in rows if row["status"] == "renamed")["previous_filename"] == "old.txt"


@pytest.mark.parametrize(
    ("login", "permission", "role"),
    [
        ("acme", "admin", "admin"),
        ("intake-bot", "write", "write"),
        ("ada", "write", "maintain"),
        ("bert", "read", "triage"),
        ("stranger", "none", "none"),
    ],
)
def test_permissions_are_as_set_or_as_owner_and_tokens_tell(
    pull: Hosted, client: Client, login: str, permission: str, role: str
) -> None:
    pull.set_permission("Ada", "maintain")
    pull.set_permission("bert", "triage")
    pull.comment(1, "hello", author="stranger")
    found = client.get(f"{R}/collaborators/{login}/permission")
    assert (found["permission"], found["role_name"], found["user"]["login"]) == (permission, role, login)


def test_in_a_public_repository_everybody_reads(standin: StandIn, client: Client) -> None:
    standin.add_repository("acme", "open", private=False).add_issue("Hello", author="stranger")
    assert client.get("/repos/acme/open/collaborators/stranger/permission")["permission"] == "read"
    assert client.ask("GET", "/repos/acme/open/collaborators/nobody/permission").status_code == 404
    reader = Client(standin.api_url, standin.add_token("reader", "read"))
    assert reader.ask("GET", "/repos/acme/open/collaborators/stranger/permission").status_code == 403
