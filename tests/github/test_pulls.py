"""A pull request is found by its head in our own repository, and opened once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from issue_intake.core.ports import PullRequest
from issue_intake.errors import GoneError, RefusedError, UnavailableError
from tests.github.builders import API, pull, pulls, repository
from tests.github.openapi import check_request

PULLS_URL = f"{API}/repos/acme/webshop/pulls"
BRANCH = "agent/issue-7"
REQUEST = PullRequest(branch=BRANCH, base="main", title="Fix\nit", body="Closes #7", draft=True)


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    """GitHub with the repository in it; every request must be one that GitHub describes."""
    with responses.RequestsMock(registry=responses.registries.FirstMatchRegistry) as mock:
        mock.get(f"{API}/repos/acme/webshop", json=repository())
        yield mock
        for call in mock.calls:
            url = urlsplit(str(call.request.url))
            body = json.loads(call.request.body) if call.request.body else None
            check_request(str(call.request.method), url.path, dict(parse_qsl(url.query)), body)


def _refusal(*messages: str) -> dict[str, object]:
    return {"message": "Validation Failed", "errors": [{"resource": "PullRequest", "message": m} for m in messages]}


def test_only_heads_of_this_very_repository_and_branch_are_found(
    github: responses.RequestsMock, tmp_path: Path
) -> None:
    rows = [
        pull(1, state="closed"),
        pull(5, repo_id=99),
        pull(6, repo_id=None),
        pull(7, branch="agent/issue-77"),
        pull(9),
        pull(8, state="closed", merged_at="2026-01-01T00:00:00Z"),
        {"head": None},
    ]
    github.get(PULLS_URL, json=rows)
    found = pulls(tmp_path).by_branch(BRANCH)
    assert [(p.number, p.state) for p in found] == [(9, "open"), (8, "merged"), (1, "closed")]
    assert found[0].head_sha == "a" * 40
    query = dict(parse_qsl(urlsplit(str(github.calls[1].request.url)).query))
    assert query == {"head": f"acme:{BRANCH}", "state": "all", "per_page": "100"}


def test_a_list_that_was_not_read_to_its_end_proves_no_absence(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(PULLS_URL, json=[pull(5, repo_id=99)], headers={"Link": f'<{PULLS_URL}?page=2>; rel="next"'})
    with pytest.raises(UnavailableError, match="has more pages than 50"):
        pulls(tmp_path).by_branch(BRANCH)


def test_after_a_move_the_present_owner_is_asked_for(tmp_path: Path) -> None:
    with responses.RequestsMock() as github:
        github.get(f"{API}/repos/acme/webshop", json=repository(full_name="newco/store"))
        github.get(f"{API}/repos/newco/store/pulls", json=[pull(1)])
        assert [p.number for p in pulls(tmp_path).by_branch(BRANCH)] == [1]
        assert "head=newco%3Aagent" in str(github.calls[1].request.url)


def test_an_own_row_that_cannot_be_read_is_a_failed_look_and_not_none(
    github: responses.RequestsMock, tmp_path: Path
) -> None:
    github.get(PULLS_URL, json=[pull(1, state=None)])
    with pytest.raises(UnavailableError, match="no state"):
        pulls(tmp_path).by_branch(BRANCH)


def test_one_is_read_by_its_number(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.get(f"{PULLS_URL}/3", json=pull(3, state="closed", merged=True))
    github.get(f"{PULLS_URL}/4", status=404, json={"message": "Not Found"})
    room = pulls(tmp_path)
    assert room.get(3).state == "merged"
    with pytest.raises(GoneError):
        room.get(4)


def test_opening_sends_exactly_this(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.post(PULLS_URL, status=201, json=pull(3))
    assert pulls(tmp_path).open(REQUEST).number == 3
    sent = json.loads(github.calls[1].request.body or "")
    assert sent == {"title": "Fix it", "head": BRANCH, "base": "main", "body": "Closes #7", "draft": True}


def test_already_exists_means_look_again(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.post(PULLS_URL, status=422, json=_refusal(f"A pull request already exists for acme:{BRANCH}."))
    github.get(PULLS_URL, json=[pull(4, state="closed"), pull(3)])
    assert pulls(tmp_path).open(REQUEST).number == 3


def test_already_exists_but_not_listed_is_looked_for_later(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.post(PULLS_URL, status=422, json=_refusal(f"A pull request already exists for acme:{BRANCH}."))
    github.get(PULLS_URL, json=[])
    with pytest.raises(UnavailableError, match="lists none"):
        pulls(tmp_path).open(REQUEST)


def test_where_drafts_are_not_to_be_had_a_plain_one_is_opened(github: responses.RequestsMock, tmp_path: Path) -> None:
    no_drafts = {"message": "Draft pull requests are not supported in this repository."}
    github.post(
        PULLS_URL,
        status=422,
        json=no_drafts,
        match=[responses.matchers.json_params_matcher({"draft": True}, strict_match=False)],
    )
    github.post(PULLS_URL, status=201, json=pull(3, draft=False))
    assert not pulls(tmp_path).open(REQUEST).draft
    assert [call.request.method for call in github.calls] == ["GET", "POST", "POST"]


def test_a_refusal_carries_githubs_words_and_is_final(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.post(PULLS_URL, status=422, json=_refusal(f"No commits between main and {BRANCH}", "two\nlines"))
    with pytest.raises(RefusedError) as caught:
        pulls(tmp_path).open(REQUEST)
    assert str(caught.value) == f"GitHub refuses: Validation Failed; No commits between main and {BRANCH}; two lines"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 404, 403, 307])
def test_a_write_is_sent_once_whatever_comes_back(github: responses.RequestsMock, tmp_path: Path, status: int) -> None:
    github.post(PULLS_URL, status=status, json={"message": "no"}, headers={"Location": f"{API}/repositories/1/pulls"})
    with pytest.raises(UnavailableError):
        pulls(tmp_path).open(REQUEST)
    assert [call.request.method for call in github.calls] == ["GET", "POST"]


def test_a_write_on_a_broken_connection_is_sent_once(github: responses.RequestsMock, tmp_path: Path) -> None:
    github.post(PULLS_URL, body=ConnectionError())
    with pytest.raises(UnavailableError):
        pulls(tmp_path).open(REQUEST)
    assert [call.request.method for call in github.calls] == ["GET", "POST"]
