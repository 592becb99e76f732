"""GraphQL, for what REST cannot tell or do."""

from __future__ import annotations

from typing import Any

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client
from tests.refusals import html_unavailable

THREADS = """
query Threads($owner: String!, $name: String!, $first: Int = 50) {  # one repository, several pull requests
  repository(owner: $owner, name: $name) {
    nameWithOwner
    p2: pullRequest(number: 2) { ...facts }
    p3: pullRequest(number: 3) { ... on PullRequest { ...facts } }
  }
}
fragment facts on PullRequest {
  isDraft
  reviewThreads(first: $first) {
    nodes { isResolved comments(first: 1) { nodes { databaseId } } }
    pageInfo { hasNextPage, endCursor }
  }
  closingIssuesReferences(first: 10) { nodes { number repository { nameWithOwner } } }
}
"""
READY = "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"


@pytest.fixture
def graph(standin: StandIn) -> Client:
    return Client(f"{standin.url}/api", standin.token)


@pytest.fixture
def filled(webshop: Hosted) -> Hosted:
    webshop.add_issue("One")
    for branch in ("x", "y"):
        webshop.commit({branch: "1\n2\n3\n"}, branch=branch)
        webshop.add_pull(branch, branch, body="Closes #1, fixes #99 and acme/other#1", draft=True)
    webshop.review(2, "ada", "COMMENTED", comments=[("x", 1, "One?"), ("x", 2, "Two?")])
    return webshop


def of_pull(fields: str, number: int = 2) -> str:
    return '{repository(owner: "acme", name: "webshop") { pullRequest(number: %d) { %s } } }' % (number, fields)  # noqa: UP031


def ask(client: Client, query: str, **variables: object) -> Any:
    answer = client.ask("POST", "/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_threads_of_several_pull_requests_are_told_at_once(filled: Hosted, graph: Client) -> None:
    one, two = (comment.id for comment in filled.review_comments(2))
    filled.reply(one, "Done")
    filled.resolve(one)
    found = ask(graph, THREADS, owner="acme", name="webshop")["data"]["repository"]
    assert found["nameWithOwner"] == "acme/webshop"
    assert found["p2"]["isDraft"] is True
    assert found["p2"]["reviewThreads"] == {
        "nodes": [
            {"isResolved": True, "comments": {"nodes": [{"databaseId": one}]}},
            {"isResolved": False, "comments": {"nodes": [{"databaseId": two}]}},
        ],
        "pageInfo": {"hasNextPage": False, "endCursor": "2"},
    }
    assert found["p3"]["reviewThreads"]["nodes"] == []
    closes = {"number": 1, "repository": {"nameWithOwner": "acme/webshop"}}
    assert found["p3"]["closingIssuesReferences"]["nodes"] == [closes]
    filled.unresolve(one)
    again = ask(graph, THREADS, owner="acme", name="webshop", first=1)["data"]["repository"]["p2"]["reviewThreads"]
    assert [node["isResolved"] for node in again["nodes"]] == [False]
    assert again["pageInfo"] == {"hasNextPage": True, "endCursor": "1"}


def test_the_next_page_begins_where_the_last_one_ended(filled: Hosted, graph: Client) -> None:
    found = ask(graph, of_pull('reviewThreads(first: 1, after: "1") { nodes { line } }'))["data"]["repository"][
        "pullRequest"
    ]
    assert found == {"reviewThreads": {"nodes": [{"line": 2}]}}


def test_a_draft_is_marked_as_ready(filled: Hosted, graph: Client, client: Client, standin: StandIn) -> None:
    key = client.get("/repos/acme/webshop/pulls/2")["node_id"]
    found = ask(graph, READY, id=key)
    assert found == {"data": {"markPullRequestReadyForReview": {"pullRequest": {"isDraft": False}}}}
    assert client.get("/repos/acme/webshop/pulls/2")["draft"] is False
    ask(graph, READY, id=key)
    events = client.get("/repos/acme/webshop/issues/2/events")
    assert [one["event"] for one in events] == ["ready_for_review"]
    assert standin.writes_by_kind() == {"POST /graphql markPullRequestReadyForReview": 2}


def test_a_query_is_no_writing_call_and_needs_no_right_to_write(
    filled: Hosted, standin: StandIn, client: Client
) -> None:
    reader = Client(f"{standin.url}/api", standin.add_token("reader", "read"))
    assert ask(reader, THREADS, owner="acme", name="webshop")["data"]["repository"]["p2"]
    assert standin.writes() == []
    key = client.get("/repos/acme/webshop/pulls/2")["node_id"]
    refused = ask(reader, READY, id=key)
    assert (refused["data"], refused["errors"][0]["type"]) == ({"markPullRequestReadyForReview": None}, "FORBIDDEN")
    assert filled.pulls()[0].draft


def test_what_is_not_there_is_null_and_the_rest_is_told(filled: Hosted, graph: Client) -> None:
    query = '{repository(owner:"acme",name:"webshop"){a:pullRequest(number:2){number} b:pullRequest(number:1){number}}}'
    found = ask(graph, query)
    assert found["data"]["repository"] == {"a": {"number": 2}, "b": None}
    (fault,) = found["errors"]
    assert (fault["type"], fault["path"]) == ("NOT_FOUND", ["repository", "b"])
    assert ask(graph, '{repository(owner:"acme",name:"nothing"){id}}')["data"] == {"repository": None}
    assert ask(graph, READY, id="PR_none")["errors"][0]["type"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "",
        "query {}}",
        "{repository(owner:",
        "{nothing}",
        "{viewer{nothing}}",
        "{viewer}",
        "{viewer{login{id}}}",
        "{...unknown}",
        "fragment f on X {...f} {...f}",
        "mutation{addStar{id}}",
        "{viewer{login}} ~",
    ],
)
def test_what_cannot_be_understood_is_answered_with_errors_alone(graph: Client, query: str, webshop: Hosted) -> None:
    assert list(ask(graph, query)) == ["errors"]


@pytest.mark.parametrize("arguments", ["", "(first: 101)", "(first: 0)"])
def test_a_list_is_asked_for_in_pages_of_a_hundred_at_most(filled: Hosted, graph: Client, arguments: str) -> None:
    found = ask(graph, of_pull(f"reviewThreads{arguments} {{ nodes {{ id }} }}"))
    assert found["data"]["repository"]["pullRequest"] == {"reviewThreads": None}
    assert "reviewThreads" in found["errors"][0]["message"]


def test_it_is_beside_the_base_of_rest_and_can_be_turned_off(standin: StandIn, webshop: Hosted, graph: Client) -> None:
    query = {"json": {"query": "{viewer{login}}"}}
    assert graph.ask("POST", "/graphql", **query).json() == {"data": {"viewer": {"login": "intake-bot"}}}
    assert Client(standin.url, standin.token).ask("POST", "/graphql", **query).ok
    assert Client(standin.api_url, standin.token).ask("POST", "/graphql", **query).status_code == 404
    assert Client(f"{standin.url}/api", "wrong").ask("POST", "/graphql", **query).status_code == 401
    standin.set_graphql(on=False)
    assert graph.ask("POST", "/graphql", **query).status_code == 404


def test_it_has_an_allowance_of_its_own_and_fails_on_demand(standin: StandIn, webshop: Hosted, graph: Client) -> None:
    answer = graph.ask("POST", "/graphql", json={"query": "{viewer{login}}"})
    assert (answer.headers["X-RateLimit-Resource"], answer.headers["X-RateLimit-Used"]) == ("graphql", "1")
    assert standin.allowance.used == 0
    standin.fail("POST", "/graphql", html_unavailable(502))
    assert graph.ask("POST", "/graphql", json={"query": "{viewer{login}}"}).status_code == 502
    standin.queries.used = standin.queries.limit
    assert ask(graph, "{viewer{login}}")["errors"][0]["type"] == "RATE_LIMITED"


HISTORY = """query($n: Int!) { repository(owner: "acme", name: "webshop") { issue(number: $n) {
  author { __typename login } lastEditedAt
  userContentEdits(first: 100) { pageInfo { hasNextPage } nodes { editedAt editor { __typename login } } }
} } }"""


def test_who_changed_a_body_is_told_the_latest_first_and_a_bot_by_its_kind(
    webshop: Hosted, graph: Client, client: Client
) -> None:
    webshop.add_issue("One", "first", author="renovate[bot]")
    unedited = ask(graph, HISTORY, n=1)["data"]["repository"]["issue"]
    assert (unedited["lastEditedAt"], unedited["userContentEdits"]["nodes"]) == (None, [])
    assert unedited["author"] == {"__typename": "Bot", "login": "renovate"}
    webshop.edit(1, title="Other", body="first")
    webshop.edit(1, body="second", by=None)
    client.ask("PATCH", "/repos/acme/webshop/issues/1", json={"body": "third"})
    found = ask(graph, HISTORY, n=1)["data"]["repository"]["issue"]
    editors = [one["editor"] and one["editor"]["login"] for one in found["userContentEdits"]["nodes"]]
    assert editors == ["intake-bot", None, "renovate"], "the version it was written in is the first of them"
    assert found["lastEditedAt"] == found["userContentEdits"]["nodes"][0]["editedAt"]
    assert client.get("/repos/acme/webshop/issues/1")["body"] == "third"
