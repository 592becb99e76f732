"""When a pull request can be merged, what GitHub says about it, and how it is done."""

from __future__ import annotations

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client

PULL = "/repos/acme/webshop/pulls/1"


@pytest.fixture
def pull(webshop: Hosted) -> Hosted:
    webshop.commit({"one.txt": "1\n"}, branch="work", message="One", by="octocat")
    webshop.commit({"two.txt": "2\n"}, branch="work", message="Two")
    webshop.add_pull("Work", "work")
    return webshop


def state(client: Client) -> tuple[bool | None, str]:
    found = client.get(PULL)
    return found["mergeable"], found["mergeable_state"]


def merge(client: Client, **fields: str) -> tuple[int, str]:
    answer = client.ask("PUT", f"{PULL}/merge", json=fields)
    return answer.status_code, answer.json()["message"]


def test_without_rules_only_conflicts_drafts_and_checks_count(pull: Hosted, client: Client) -> None:
    assert state(client) == (True, "clean")
    pull.mark_draft(1)
    assert state(client) == (True, "draft")
    pull.mark_ready(1)
    check = pull.add_check("work", "tests", None)
    assert state(client) == (True, "unstable")
    pull.end_check(check, "failure")
    assert state(client) == (True, "unstable")
    pull.end_check(check, "skipped")
    assert state(client) == (True, "clean")
    pull.add_status("work", "ci/legacy", "error")
    assert state(client) == (True, "unstable")
    pull.commit({"README.md": "# moved on\n"})
    pull.commit({"README.md": "# also\n"}, branch="work")
    assert state(client) == (False, "dirty")


def test_right_after_a_change_github_does_not_know_yet(pull: Hosted, client: Client) -> None:
    pull.unsettle(1, 2)
    assert [state(client)[0] for _ in range(3)] == [None, None, True]
    pull.close_pull(1)
    assert state(client) == (None, "unknown")


def test_required_reviews_are_those_of_writers_and_the_latest_counts(pull: Hosted, client: Client) -> None:
    pull.set_rules(approvals=1)
    pull.set_permission("ada", "write")
    pull.review(1, "stranger", "APPROVED")
    assert state(client) == (True, "blocked")
    assert merge(client) == (405, "At least 1 approving review is required by reviewers with write access.")
    approval = pull.review(1, "ada", "APPROVED")
    pull.review(1, "ada", "COMMENTED", "By the way")
    assert state(client) == (True, "clean")
    pull.dismiss(approval)
    assert state(client) == (True, "blocked")
    pull.review(1, "ada", "CHANGES_REQUESTED", "No")
    assert merge(client)[0] == 405
    pull.review(1, "ada", "APPROVED")
    assert merge(client)[0] == 200


def test_required_checks_must_have_passed_on_the_head(pull: Hosted, client: Client) -> None:
    pull.set_rules(checks=["tests"])
    assert merge(client) == (405, 'Required status check "tests" is expected.')
    pull.add_check("work", "tests", "failure")
    assert merge(client) == (405, 'Required status check "tests" is failing.')
    pull.commit({"three.txt": "3\n"}, branch="work")
    assert state(client) == (True, "blocked")
    pull.add_status("work", "tests")
    pull.add_check("work", "lint", "failure")
    assert state(client) == (True, "unstable")
    assert merge(client)[0] == 200


def test_a_head_must_hold_all_of_the_base_where_the_rules_say_so(pull: Hosted, client: Client) -> None:
    pull.commit({"other.txt": "x\n"})
    assert state(client) == (True, "clean")
    pull.set_rules(up_to_date=True)
    assert state(client) == (True, "behind")
    assert merge(client)[0] == 405
    pull.set_rules("elsewhere", up_to_date=True)
    pull.set_rules()
    assert merge(client)[0] == 200


def test_a_person_with_every_right_merges_whatever_the_rules(pull: Hosted) -> None:
    pull.set_rules(approvals=2, checks=["tests"], up_to_date=True)
    pull.merge(1)
    assert pull.pulls()[0].state == "merged"


@pytest.mark.parametrize(
    ("method", "commits"),
    [
        ("merge", ["Merge pull request #1 from acme/work", "Two", "One", "Later", "First commit"]),
        ("squash", ["Work (#1)", "Later", "First commit"]),
        ("rebase", ["Two", "One", "Later", "First commit"]),
    ],
)
def test_each_method_makes_its_own_history(pull: Hosted, client: Client, method: str, commits: list[str]) -> None:
    pull.commit({"later.txt": "x\n"}, message="Later")
    head = pull.branches()["work"]
    assert merge(client, merge_method=method, sha="0" * 40)[0] == 409
    assert merge(client, merge_method=method, sha=head)[0] == 200
    assert sorted(pull.commits()) == sorted(commits)
    assert pull.commits()[0] == commits[0]
    assert (pull.read("one.txt"), pull.read("two.txt"), pull.read("later.txt")) == ("1", "2", "x")


def test_a_method_that_is_not_allowed_is_refused(pull: Hosted, client: Client) -> None:
    pull.allow_merging("squash")
    assert merge(client, merge_method="rebase") == (405, "Rebase merges are not allowed on this repository.")
    assert client.get("/repos/acme/webshop")["allow_rebase_merge"] is False
    assert merge(client, merge_method="squash")[0] == 200


def test_a_branch_is_deleted_once_and_a_protected_one_never(pull: Hosted, client: Client) -> None:
    pull.merge(1)
    ref = "/repos/acme/webshop/git/refs/heads/work"
    assert client.get("/repos/acme/webshop/git/ref/heads/work")["object"]["sha"] == pull.branches()["work"]
    assert [client.ask("DELETE", ref).status_code for _ in range(2)] == [204, 422]
    assert client.ask("GET", "/repos/acme/webshop/git/ref/heads/work").status_code == 404
    assert client.get(PULL)["merged"] is True
    pull.protect("main")
    assert client.ask("DELETE", "/repos/acme/webshop/git/refs/heads/main").status_code == 422


def test_deleting_a_branch_closes_its_open_pull_request(pull: Hosted, client: Client, standin: StandIn) -> None:
    pull.commit({"x": "x"}, branch="agent/issue-2")
    pull.add_pull("Slashes", "agent/issue-2")
    assert client.ask("DELETE", "/repos/acme/webshop/git/refs/heads/agent/issue-2").status_code == 204
    assert [found.state for found in pull.pulls()] == ["open", "closed"]
    assert standin.writes_by_kind() == {"DELETE /repos/{owner}/{repo}/git/refs/heads/{branch}": 1}
