"""The life of a pull request over REST, on real branches."""

from __future__ import annotations

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client

PULLS = "/repos/acme/webshop/pulls"


@pytest.fixture
def branch(webshop: Hosted) -> str:
    webshop.add_issue("The issue", labels=["agent:queued"])
    webshop.commit({"new.txt": "new\n"}, branch="agent/issue-1", message="Work")
    return "agent/issue-1"


def opened(client: Client, branch: str, **more: object) -> dict[str, object]:
    content = {"title": "T", "body": "Closes #1", "head": branch, "base": "main"} | more
    answer = client.ask("POST", PULLS, json=content)
    assert answer.status_code == 201, answer.text
    body: dict[str, object] = answer.json()
    return body


def complaint(client: Client, **more: object) -> tuple[int, dict[str, str]]:
    content = {"title": "T", "head": "agent/issue-1", "base": "main"} | more
    answer = client.ask("POST", PULLS, json=content)
    return answer.status_code, answer.json()["errors"][0]


def test_a_pull_request_is_opened_found_and_merged(webshop: Hosted, client: Client, branch: str) -> None:
    pull = opened(client, branch)
    assert (pull["number"], pull["draft"], pull["commits"], pull["changed_files"]) == (2, False, 1, 1)
    found = client.get(PULLS, head=f"acme:{branch}", state="all")
    assert [row["head"]["sha"] for row in found] == [webshop.branches()[branch]]
    merged = client.ask("PUT", f"{PULLS}/2/merge", json={"sha": webshop.branches()[branch]})
    assert merged.json()["merged"] is True
    now = client.get(f"{PULLS}/2")
    assert (now["merged"], now["state"], now["merge_commit_sha"]) == (True, "closed", webshop.branches()["main"])
    assert client.ask("GET", f"{PULLS}/2/merge").status_code == 204
    assert webshop.read("new.txt") == "new"
    assert webshop.issue(1).state == "closed"
    assert webshop.pulls()[0].state == "merged"
    assert client.get(PULLS) == []
    assert client.ask("PUT", f"{PULLS}/2/merge", json={}).status_code == 405
    assert client.ask("PATCH", f"{PULLS}/2", json={"state": "open"}).status_code == 422


def test_the_head_follows_the_branch(webshop: Hosted, client: Client, branch: str) -> None:
    opened(client, branch)
    sha = webshop.commit({"more.txt": "more\n"}, branch=branch)
    assert client.get(f"{PULLS}/2")["head"]["sha"] == sha
    stale = client.ask("PUT", f"{PULLS}/2/merge", json={"sha": "0" * 40})
    assert (stale.status_code, stale.json()["message"].startswith("Head branch was modified")) == (409, True)


def test_a_head_without_an_owner_is_ignored(webshop: Hosted, client: Client, branch: str) -> None:
    opened(client, branch)
    assert len(client.get(PULLS, head="unheard-of")) == 1
    assert client.get(PULLS, head="acme:unheard-of") == []
    assert client.get(PULLS, base="unheard-of") == []


def test_opening_is_refused_in_githubs_words(webshop: Hosted, client: Client, branch: str) -> None:
    assert complaint(client, head="main") == (
        422,
        {"resource": "PullRequest", "code": "custom", "message": "No commits between main and main"},
    )
    for name in ("head", "base"):
        expected = {"resource": "PullRequest", "field": name, "code": "invalid"}
        assert complaint(client, **{name: "unheard-of"}) == (422, expected)
    assert complaint(client, head="stranger:x")[1]["code"] == "invalid"
    assert complaint(client, title=None)[1] == {"resource": "PullRequest", "field": "title", "code": "missing_field"}
    assert "too long" in complaint(client, body="x" * 65537)[1]["message"]
    assert (
        client.ask("POST", PULLS, json={"title": "T", "head": branch, "base": "main", "draft": "x"}).status_code == 422
    )
    opened(client, branch)
    assert complaint(client)[1]["message"] == f"A pull request already exists for acme:{branch}."


def test_a_draft_is_not_merged(webshop: Hosted, client: Client, branch: str) -> None:
    assert opened(client, branch, draft=True)["draft"] is True
    refused = client.ask("PUT", f"{PULLS}/2/merge", json={})
    assert (refused.status_code, refused.json()["message"]) == (405, "Pull Request is still a draft")
    webshop.merge(2)
    assert webshop.pulls()[0].state == "merged"


def test_a_conflict_is_not_merged(webshop: Hosted, client: Client, branch: str) -> None:
    opened(client, branch)
    webshop.commit({"new.txt": "other\n"})
    pull = client.get(f"{PULLS}/2")
    assert (pull["mergeable"], pull["mergeable_state"]) == (False, "dirty")
    assert client.ask("PUT", f"{PULLS}/2/merge", json={}).status_code == 405


def test_a_pull_request_is_closed_without_merging(webshop: Hosted, client: Client, branch: str) -> None:
    opened(client, branch)
    closed = client.ask("PATCH", f"{PULLS}/2", json={"state": "closed"}).json()
    assert (closed["state"], closed["merged"]) == ("closed", False)
    assert webshop.issue(1).state == "open"
    assert opened(client, branch)["number"] == 3
    webshop.close_pull(3)
    assert [pull.state for pull in webshop.pulls()] == ["closed", "closed"]


def test_a_deleted_branch_closes_and_a_merge_by_push_is_seen(webshop: Hosted, client: Client, branch: str) -> None:
    opened(client, branch)
    webshop.commit({"x": "x"}, branch="x")
    number = webshop.add_pull("X", "x", draft=True)
    webshop.delete_branch(branch)
    assert client.get(f"{PULLS}/2")["state"] == "closed"
    webshop._repository.bare.run("update-ref", "refs/heads/main", webshop.branches()["x"])
    assert client.get(f"{PULLS}/{number}")["merged"] is True


def test_squash_makes_one_commit(webshop: Hosted, client: Client, branch: str) -> None:
    webshop.commit({"more.txt": "more\n"}, branch=branch)
    opened(client, branch)
    assert client.ask("PUT", f"{PULLS}/2/merge", json={"merge_method": "squash"}).ok
    assert webshop.commits() == ["T (#2)", "First commit"]
    assert client.ask("PUT", f"{PULLS}/1/merge", json={}).status_code == 404


def test_forks_have_their_own_heads_and_may_be_deleted(webshop: Hosted, client: Client, standin: StandIn) -> None:
    fork = webshop.fork("stranger")
    fork.commit({"theirs.txt": "x\n"}, branch="agent/issue-1")
    number = webshop.add_pull("Theirs", "stranger:agent/issue-1", author="stranger")
    twin = webshop.fork("acme", "webshop-copy")
    pull = client.get(f"{PULLS}/{number}")
    assert (pull["head"]["label"], pull["head"]["repo"]["id"]) == ("stranger:agent/issue-1", fork.id)
    assert pull["head"]["repo"]["fork"] is True
    assert twin.id != webshop.id
    fork.delete()
    assert client.get(f"{PULLS}/{number}")["head"]["repo"] is None
    webshop.merge(number)
    assert webshop.read("theirs.txt") == "x"
