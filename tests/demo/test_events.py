"""What happened to issues and pull requests: events, timeline, issues that went elsewhere; and what writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client, git

R = "/repos/acme/webshop"
ISSUE = f"{R}/issues/1"


@pytest.fixture
def issue(webshop: Hosted) -> Hosted:
    webshop.add_issue("One", labels=["agent:queued"], author="ada")
    return webshop


def test_events_say_who_did_what(issue: Hosted, client: Client) -> None:
    issue.label(1, "intake:merge", by="bert")
    client.ask("PUT", f"{ISSUE}/labels", json={"labels": ["intake:merge", "bug"]})
    issue.set_assignees(1, ["ada"])
    client.ask("PATCH", ISSUE, json={"title": "Two", "assignees": [], "state": "closed"})
    issue.reopen_issue(1)
    told = [(one["event"], one["actor"]["login"]) for one in client.get(f"{ISSUE}/events")]
    assert told == [
        ("labeled", "ada"),
        ("labeled", "bert"),
        ("unlabeled", "intake-bot"),
        ("labeled", "intake-bot"),
        ("assigned", "octocat"),
        ("renamed", "intake-bot"),
        ("unassigned", "intake-bot"),
        ("closed", "intake-bot"),
        ("reopened", "octocat"),
    ]
    events = client.get(f"{ISSUE}/events")
    assert events[1]["label"]["name"] == "intake:merge"
    assert events[4]["assignee"]["login"] == "ada"
    assert events[5]["rename"] == {"from": "One", "to": "Two"}


def test_what_changes_nothing_is_no_event(issue: Hosted, client: Client) -> None:
    issue.label(1, "Agent:Queued")
    issue.unlabel(1, "unheard-of")
    issue.edit(1, title="One", body="new text")
    assert [one["event"] for one in client.get(f"{ISSUE}/events")] == ["labeled"]
    assert client.get(ISSUE)["body"] == "new text"


def test_a_merge_is_an_event_of_the_pull_request_and_closes_what_it_names(issue: Hosted, client: Client) -> None:
    issue.commit({"x": "x"}, branch="x")
    issue.add_pull("X", "x", body="Closes #1", draft=True)
    sha = issue.merge(2, by="ada")
    told = [(one["event"], one["commit_id"]) for one in client.get(f"{R}/issues/2/events")]
    assert told == [("ready_for_review", None), ("merged", sha), ("closed", None)]
    assert client.get(f"{ISSUE}/events")[-1]["commit_id"] == sha


def test_the_timeline_tells_comments_and_reviews_as_well(issue: Hosted, client: Client) -> None:
    issue.commit({"x": "x"}, branch="x")
    issue.add_pull("X", "x")
    issue.label(2, "bug")
    issue.comment(2, "hello")
    issue.review(2, "ada", "APPROVED")
    rows, pages = client.all_pages(f"{R}/issues/2/timeline", per_page=2)
    assert [row["event"] for row in rows] == ["labeled", "commented", "reviewed"]
    assert pages == 2
    known = {"If-None-Match": client.ask("GET", f"{R}/issues/2/timeline").headers["ETag"]}
    assert client.ask("GET", f"{R}/issues/2/timeline", headers=known).status_code == 304


def test_a_transferred_issue_is_found_where_it_went(issue: Hosted, client: Client, standin: StandIn) -> None:
    issue.comment(1, "hello")
    other = standin.add_repository("acme", "other")
    other.add_issue("There already")
    assert issue.transfer(1, other) == 2
    moved = client.ask("GET", ISSUE)
    assert (moved.status_code, moved.headers["Location"]) == (
        301,
        f"{client.api_url}/repositories/{other.id}/issues/2",
    )
    there = client.ask("GET", moved.headers["Location"]).json()
    assert (there["title"], there["labels"][0]["name"], there["comments"]) == ("One", "agent:queued", 1)
    assert client.ask("POST", f"{ISSUE}/comments", json={"body": "x"}).status_code == 307
    assert client.get(f"{R}/issues", state="all") == []


def test_an_issue_that_went_out_of_sight_is_not_found(issue: Hosted, client: Client) -> None:
    assert issue.transfer(1, None) is None
    assert client.ask("GET", ISSUE).status_code == 404
    assert issue.add_issue("Next") == 2


def test_writing_calls_are_counted_by_kind(issue: Hosted, client: Client, standin: StandIn) -> None:
    issue.add_issue("Two")
    client.get(ISSUE)
    for number in (1, 2, 99):
        client.ask("POST", f"{R}/issues/{number}/comments", json={"body": "x"})
    client.ask("DELETE", f"/repositories/{issue.id}/issues/1/labels/agent%3Aqueued")
    client.ask("POST", f"{R}/nothing")
    assert standin.writes_by_kind() == {
        "POST /repos/{owner}/{repo}/issues/{number}/comments": 3,
        "DELETE /repos/{owner}/{repo}/issues/{number}/labels/{label}": 1,
        "POST /repos/{owner}/{repo}/nothing": 1,
    }


def test_a_push_writes_a_fetch_and_a_token_for_an_app_do_not(issue: Hosted, standin: StandIn, tmp_path: Path) -> None:
    standin.add_app("12345", 678)
    Client(standin.api_url, "nonsense").ask("POST", "/app/installations/678/access_tokens")
    git("clone", "--quiet", issue.git_url, "clone", cwd=tmp_path, token=standin.token)
    assert standin.writes() == []
    git("push", "--quiet", "origin", "HEAD:refs/heads/x", cwd=tmp_path / "clone", token=standin.token)
    assert standin.writes_by_kind() == {"POST git-receive-pack": 1}
