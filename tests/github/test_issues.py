"""What is asked of GitHub for a project's issues, exactly, and what is made of the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import responses

from issue_intake.core.ports import Rule
from issue_intake.errors import GoneError, GoneForGoodError, UnavailableError
from issue_intake.github.limits import Limits
from tests.github.builders import API, CANARY, issue, repository, tracker
from tests.github.openapi import check_request

ISSUES_URL = f"{API}/repos/acme/webshop/issues"
QUEUED = Rule(labels=("agent:queued",))


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    """GitHub as the test says; every request must be one that GitHub describes."""
    with responses.RequestsMock() as mock:
        yield mock
        for call in mock.calls:
            url = urlsplit(str(call.request.url))
            if not url.path.startswith("/repositories/"):
                body = json.loads(call.request.body) if call.request.body else None
                check_request(str(call.request.method), url.path, dict(parse_qsl(url.query)), body)


def _asked(github: responses.RequestsMock, index: int) -> dict[str, str]:
    query = parse_qs(urlsplit(str(github.calls[index].request.url)).query)
    return {name: value for name, (value,) in query.items()}


def test_a_poll_asks_one_page_with_the_rule_and_our_headers(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(ISSUES_URL, json=[issue(7), issue(8)])
    poll = tracker(tmp_path).poll(Rule(labels=("agent:queued", "good first issue"), assignee="octocat"))
    assert [found.number for found in poll.issues] == [7, 8]
    assert (poll.requests, poll.unchanged, poll.warnings) == (1, 0, ())
    assert _asked(github, 0) == {
        "state": "open",
        "labels": "agent:queued,good first issue",
        "assignee": "octocat",
        "sort": "created",
        "direction": "asc",
        "per_page": "100",
    }
    assert github.calls[0].request.req_kwargs["timeout"] == (5, 30)  # type: ignore[attr-defined] # put there by responses
    headers = github.calls[0].request.headers
    assert headers["Accept"] == "application/vnd.github+json"
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert headers["User-Agent"].startswith("issue-intake/")
    assert headers["Authorization"] == f"Bearer {CANARY}"
    assert "If-None-Match" not in headers


@pytest.mark.parametrize(
    ("rule", "labels"), [(Rule(labels=("a,b", "🚀 c/d")), "🚀 c/d"), (Rule(labels=("a,b",)), None)]
)
def test_a_label_with_a_comma_is_not_asked_for(
    github: responses.RequestsMock, tmp_path: Path, rule: Rule, labels: str | None
) -> None:
    github.get(ISSUES_URL, json=[])
    tracker(tmp_path).poll(rule)
    assert _asked(github, 0).get("labels") == labels


@pytest.mark.parametrize("assignee", ["*", "none", "OctoCat"])
def test_the_assignee_is_asked_for_as_it_is(github: responses.RequestsMock, tmp_path: Path, assignee: str) -> None:
    github.get(ISSUES_URL, json=[])
    tracker(tmp_path).poll(Rule(assignee=assignee))
    assert _asked(github, 0)["assignee"] == assignee


def test_netrc_never_replaces_the_token(
    github: responses.RequestsMock, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = home / "netrc"
    netrc.write_text("machine api.github.com login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    github.get(ISSUES_URL, json=[])
    tracker(tmp_path).poll(QUEUED)
    assert github.calls[0].request.headers["Authorization"] == f"Bearer {CANARY}"


def test_pull_requests_are_dropped_and_malformed_rows_skipped_with_a_warning(
    github: responses.RequestsMock, tmp_path: Path
) -> None:
    broken = issue(9)
    del broken["created_at"]
    github.get(ISSUES_URL, json=[issue(7), issue(8, pull_request={"url": "x"}), broken, None, 5, "x", []])
    poll = tracker(tmp_path).poll(QUEUED)
    assert [found.number for found in poll.issues] == [7]
    assert len(poll.warnings) == 5
    assert all("\n" not in warning for warning in poll.warnings)


def test_all_pages_are_followed_wherever_next_points_on_the_same_server(
    github: responses.RequestsMock, tmp_path: Path
) -> None:
    second = f"{API}/repositories/4711/issues?after=Y3Vyc29y&per_page=100"
    github.get(
        ISSUES_URL, json=[issue(1), issue(2)], headers={"Link": f'<{ISSUES_URL}>; rel="first", <{second}>; rel="next"'}
    )
    github.get(second, json=[issue(2), issue(3)], headers={"Link": f'<{ISSUES_URL}>; rel="prev"'})
    poll = tracker(tmp_path).poll(QUEUED)
    assert [found.number for found in poll.issues] == [1, 2, 3]
    assert poll.requests == 2


def test_a_thousand_issues_are_ten_requests_each_with_our_headers(
    github: responses.RequestsMock, tmp_path: Path
) -> None:
    urls = [ISSUES_URL, *(f"{API}/repositories/4711/issues?after=cursor{page}" for page in range(1, 10))]
    for page, url in enumerate(urls):
        link = {"Link": f'<{urls[page + 1]}>; rel="next"'} if page < 9 else {}
        numbers = range(page * 100 + 1, page * 100 + 101)
        github.get(url, json=[issue(number) for number in numbers], headers={"ETag": f'"{page}"', **link})
    poll = tracker(tmp_path).poll(QUEUED)
    assert [found.number for found in poll.issues] == list(range(1, 1001))
    assert poll.requests == len(github.calls) == 10
    for call in github.calls:
        assert call.request.headers["Authorization"] == f"Bearer {CANARY}"
        assert call.request.headers["Accept"] == "application/vnd.github+json"
        assert "If-None-Match" not in call.request.headers


def test_a_next_page_on_another_server_gets_no_credential(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(ISSUES_URL, json=[issue(1)], headers={"Link": '<https://evil.example/x?q=1>; rel="next"'})
    with pytest.raises(UnavailableError, match=r"another server \(https://evil.example/x\)"):
        tracker(tmp_path).poll(QUEUED)
    assert len(github.calls) == 1


def test_a_failed_page_is_a_failed_poll(github: responses.RequestsMock, tmp_path: Path) -> None:
    second = f"{API}/repositories/4711/issues?page=2"
    github.get(ISSUES_URL, json=[issue(1)], headers={"Link": f'<{second}>; rel="next"'})
    github.get(second, status=404, json={"message": "Not Found"})
    with pytest.raises(UnavailableError, match="404"):
        tracker(tmp_path).poll(QUEUED)


def test_pages_beyond_the_limit_are_left_out_with_a_warning(github: responses.RequestsMock, tmp_path: Path) -> None:
    more = f"{API}/repositories/4711/issues?after=Y3Vyc29y"
    for url in (ISSUES_URL, more):
        github.get(url, json=[issue(1)], headers={"Link": f'<{more}>; rel="next"'})
    poll = tracker(tmp_path, limits=Limits(pages=3)).poll(QUEUED)
    assert len(github.calls) == 3
    assert "only the first 3 pages of open issues were read" in poll.warnings[0]


def test_fifty_pages_are_read_unless_another_number_is_written(github: responses.RequestsMock, tmp_path: Path) -> None:
    more = f"{API}/repositories/4711/issues?after=Y3Vyc29y"
    for url in (ISSUES_URL, more):
        github.get(url, json=[issue(1)], headers={"Link": f'<{more}>; rel="next"'})
    tracker(tmp_path).poll(QUEUED)
    assert len(github.calls) == 50


def test_a_renamed_repository_is_followed_with_a_warning(github: responses.RequestsMock, tmp_path: Path) -> None:
    moved = f"{API}/repositories/4711/issues"
    github.get(ISSUES_URL, status=301, headers={"Location": moved}, json={"message": "Moved Permanently"})
    github.get(moved, json=[issue(1)])
    poll = tracker(tmp_path).poll(QUEUED)
    assert [found.number for found in poll.issues] == [1]
    assert poll.warnings == (f"GitHub redirects /repos/acme/webshop/issues to {moved}",)
    assert poll.requests == 2


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "http://api.github.com/x", "https://api.github.com:444/x", "//evil.example/", "http://["],
)
def test_a_redirect_to_another_server_is_not_followed(
    github: responses.RequestsMock, tmp_path: Path, target: str
) -> None:
    github.get(ISSUES_URL, status=302, headers={"Location": target})
    with pytest.raises(UnavailableError, match="another server"):
        tracker(tmp_path).poll(QUEUED)
    assert len(github.calls) == 1


def test_redirects_end(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(ISSUES_URL, status=307, headers={"Location": ISSUES_URL})
    with pytest.raises(UnavailableError, match="circles"):
        tracker(tmp_path).poll(QUEUED)
    assert len(github.calls) == 6


def test_an_issue_is_asked_for_by_its_number(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(f"{ISSUES_URL}/7", json=issue(7, state="closed"))
    assert tracker(tmp_path).issue(7).state == "closed"


@pytest.mark.parametrize("status", [404, 410])
def test_an_issue_that_is_not_there_is_gone(github: responses.RequestsMock, tmp_path: Path, status: int) -> None:
    github.get(f"{ISSUES_URL}/7", status=status, json={"message": "This issue was deleted"})
    with pytest.raises(GoneError, match=str(status)) as caught:
        tracker(tmp_path).issue(7)
    assert isinstance(caught.value, GoneForGoodError) == (status == 410)


def test_issues_that_are_switched_off_are_not_taken_for_deleted(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(f"{ISSUES_URL}/7", status=410, json={"message": "Issues are disabled for this repo"})
    with pytest.raises(GoneError) as caught:
        tracker(tmp_path).issue(7)
    assert not isinstance(caught.value, GoneForGoodError)


@pytest.mark.parametrize("row", [issue(12), issue(7, pull_request={})])
def test_what_is_no_issue_of_that_number_is_unknown(
    github: responses.RequestsMock, tmp_path: Path, row: dict[str, object]
) -> None:
    github.get(f"{ISSUES_URL}/7", json=row)
    with pytest.raises(GoneError, match="is no issue of that number") as caught:
        tracker(tmp_path).issue(7)
    assert not isinstance(caught.value, GoneForGoodError)


@pytest.mark.parametrize("row", [issue(12), issue(7, pull_request={}), issue(7)])
def test_an_issue_moved_to_another_repository_is_gone(
    github: responses.RequestsMock, tmp_path: Path, row: dict[str, object]
) -> None:
    moved = f"{API}/repositories/99/issues/{row['number']}"
    github.get(f"{ISSUES_URL}/7", status=301, headers={"Location": moved})
    github.get(moved, json=row)
    github.get(f"{API}/repos/acme/webshop", json=repository())
    github.assert_all_requests_are_fired = False
    with pytest.raises(GoneForGoodError, match="was moved to another repository: https://"):
        tracker(tmp_path).issue(7)


def test_an_issue_of_a_renamed_repository_is_found(github: responses.RequestsMock, tmp_path: Path) -> None:
    moved = f"{API}/repositories/4711/issues/7"
    github.get(f"{ISSUES_URL}/7", status=301, headers={"Location": moved})
    github.get(moved, json=issue(7))
    github.get(f"{API}/repos/acme/webshop", json=repository(full_name="acme/shop"))
    assert tracker(tmp_path).issue(7).number == 7


def test_the_repository_is_asked_for_once(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(f"{API}/repos/acme/webshop", json=repository())
    webshop = tracker(tmp_path)
    assert webshop.repository() is webshop.repository()
    assert len(github.calls) == 1


def test_a_repository_that_is_not_there_is_the_projects_trouble(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(f"{API}/repos/acme/webshop", status=404, json={"message": "Not Found"})
    with pytest.raises(UnavailableError, match="no /repos/acme/webshop, or the token from SHOP_TOKEN may not see it"):
        tracker(tmp_path).repository()


def test_missing_labels_are_found_in_any_case(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(f"{API}/repos/acme/webshop/labels", json=[{"name": "Agent:Queued"}, {"name": "a,b/c"}, None])
    assert tracker(tmp_path).missing_labels(("agent:queued", "A,b/c", "wip")) == ("wip",)


def test_labels_that_were_not_all_read_are_not_called_missing(github: responses.RequestsMock, tmp_path: Path) -> None:
    more = f'<{API}/repositories/4711/labels?after=x>; rel="next"'
    github.get(f"{API}/repos/acme/webshop/labels", json=[{"name": "bug"}], headers={"Link": more})
    assert tracker(tmp_path, limits=Limits(pages=1)).missing_labels(("wip",)) == ()


def test_json_of_another_shape_is_no_github(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(f"{API}/repos/acme/webshop", json=["hello"])
    github.get(f"{ISSUES_URL}/7", json={"hello": "world"})
    webshop = tracker(tmp_path)
    with pytest.raises(UnavailableError, match=r"does not answer as a GitHub API: .*an object was due, not list"):
        webshop.repository()
    with pytest.raises(UnavailableError, match="does not answer as a GitHub API"):
        webshop.issue(7)
