"""What GraphQL alone tells: one query for all, nothing of outside in its text, and its own ways to fail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import PreparedRequest

from issue_intake.core.review import Threads
from issue_intake.errors import UnavailableError
from issue_intake.github.address import graphql_url
from issue_intake.github.allowance import resource_of
from issue_intake.github.threads import _query
from tests.github.builders import Row, repository, reviews
from tests.github.served import DENIED, GRAPHQL, REPO, Parts, Served, serving


@pytest.fixture
def github() -> Iterator[Served]:
    with serving() as served:
        yield served


def _thread(first: int | None, *, resolved: bool = True) -> Row:
    return {"isResolved": resolved, "comments": {"nodes": [{"databaseId": first}] if first else []}}


def _pull(*threads: Row, cursor: str | None = None) -> Row:
    page = {"hasNextPage": cursor is not None, "endCursor": cursor or "end"}
    return {"reviewThreads": {"pageInfo": page, "nodes": [*threads]}}


def _answer(github: Served, *data: object) -> None:
    for one in data:
        github.mock.post(GRAPHQL, json={"data": {"repository": one}})


def _threads(folder: Path, *numbers: int) -> Mapping[int, Threads] | None:
    return reviews(folder).threads(numbers)


def _sent(github: Served) -> list[Any]:
    return [body for _, _, body in github.written]


def test_one_query_asks_for_all_of_them(github: Served, tmp_path: Path) -> None:
    _answer(github, {"p0": _pull(_thread(1), _thread(2, resolved=False), _thread(None)), "p1": _pull()})
    found = _threads(tmp_path, 3, 5)
    assert found == {3: Threads(resolved=frozenset({1})), 5: Threads(resolved=frozenset())}
    (sent,) = _sent(github)
    assert sent["variables"] == {"owner": "acme", "name": "webshop", "n0": 3, "c0": None, "n1": 5, "c1": None}
    for part in ("p1:pullRequest(number:$n1)", "reviewThreads(first:100,after:$c1)"):
        assert part in sent["query"]
    assert github.mock.calls[1].request.headers["Authorization"].startswith("Bearer ")


def test_without_pull_requests_nothing_is_asked(github: Served, tmp_path: Path) -> None:
    assert _threads(tmp_path) == {}
    assert github.written == []


def test_further_pages_are_asked_for_those_that_have_some(github: Served, tmp_path: Path) -> None:
    _answer(github, {"p0": _pull(_thread(1)), "p1": _pull(_thread(2), cursor="next")}, {"p0": _pull(_thread(3))})
    found = _threads(tmp_path, 3, 5)
    assert found == {3: Threads(resolved=frozenset({1})), 5: Threads(resolved=frozenset({2, 3}))}
    assert _sent(github)[1]["variables"] == {"owner": "acme", "name": "webshop", "n0": 5, "c0": "next"}


def test_more_than_fifty_are_asked_for_in_turns(github: Served, tmp_path: Path) -> None:
    _answer(github, {f"p{n}": _pull() for n in range(50)}, {"p0": _pull()})
    assert len(_threads(tmp_path, *range(1, 52)) or ()) == 51


def test_what_a_partial_answer_leaves_open_is_left_out(github: Served, tmp_path: Path) -> None:
    errors = [{"type": "NOT_FOUND", "path": ["repository", "p1"], "message": "Could not resolve to a PullRequest"}]
    data = {"repository": {"p0": _pull(_thread(1)), "p1": None, "p2": {"reviewThreads": None}}}
    github.mock.post(GRAPHQL, json={"data": data, "errors": errors})
    assert _threads(tmp_path, 3, 5, 6) == {3: Threads(resolved=frozenset({1}))}


def test_threads_on_a_page_that_never_came_are_not_taken_for_unresolved(github: Served, tmp_path: Path) -> None:
    _answer(github, {"p0": _pull(_thread(1), cursor="next")}, None)
    assert _threads(tmp_path, 3) == {}


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (404, {"message": "Not Found"}),
        (405, {"message": "Method Not Allowed"}),
        (200, {"errors": [{"message": "Field 'reviewThreads' doesn't exist on type 'PullRequest'"}]}),
    ],
)
def test_a_server_without_it_is_told_by_none(github: Served, tmp_path: Path, status: int, answer: Row) -> None:
    github.mock.post(GRAPHQL, status=status, json=answer)
    assert _threads(tmp_path, 3) is None


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (401, {"message": "Bad credentials"}, "does not accept the token"),
        (403, DENIED, "forbids /graphql"),
        (200, {"errors": [{"message": "Something went wrong while executing your query."}]}, "stumbled"),
        (200, {"data": None}, "neither data nor a reason"),
        (200, ["what"], "neither data nor a reason"),
        (502, {}, "502"),
    ],
)
def test_what_may_be_better_later_is_a_failed_look(
    github: Served, tmp_path: Path, status: int, answer: object, said: str
) -> None:
    github.mock.post(GRAPHQL, status=status, json=answer)
    with pytest.raises(UnavailableError, match=said):
        _threads(tmp_path, 3)


def test_it_is_asked_again_after_a_stumble_like_any_read(github: Served, tmp_path: Path) -> None:
    good = json.dumps({"data": {"repository": {"p0": _pull()}}})
    answers: Iterator[Parts] = iter([(502, {}, "<html>"), (200, {}, good)])

    def answer(_: PreparedRequest) -> Parts:
        return next(answers)

    github.mock.add_callback("POST", GRAPHQL, answer)
    assert _threads(tmp_path, 3) == {3: Threads(resolved=frozenset())}


@pytest.mark.parametrize(
    ("headers", "message", "scope"),
    [
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Resource": "graphql"}, "API rate limit exceeded", "project"),
        ({}, "API rate limit exceeded", "project"),
        ({}, "You have exceeded a secondary rate limit", "credential"),
    ],
)
def test_a_limit_told_with_status_200_is_a_limit(
    github: Served, tmp_path: Path, headers: dict[str, str], message: str, scope: str
) -> None:
    error = {"message": message, "type": "RATE_LIMITED" if scope == "project" else None}
    github.mock.post(GRAPHQL, json={"errors": [error]}, headers=headers)
    room = reviews(tmp_path)
    for _ in range(2):
        with pytest.raises(UnavailableError) as caught:
            room.threads((3,))
        assert (caught.value.scope, caught.value.until is not None) == (scope, True)
    assert len(github.written) == 1, "what rests is not asked again"


def test_a_used_up_graphql_leaves_rest_alone(github: Served, tmp_path: Path) -> None:
    github.mock.post(GRAPHQL, json={"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]})
    github.with_pull()
    room = reviews(tmp_path)
    with pytest.raises(UnavailableError):
        room.threads((3,))
    assert room.facts(3).checks


@pytest.mark.parametrize(
    ("api", "graphql"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://api.acme.ghe.com/", "https://api.acme.ghe.com/graphql"),
        ("https://ghe.example.org/api/v3", "https://ghe.example.org/api/graphql"),
        ("https://ghe.example.org/api/v3/", "https://ghe.example.org/api/graphql"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/graphql"),
    ],
)
def test_where_graphql_is(api: str, graphql: str) -> None:
    assert graphql_url(api) == graphql


def test_graphql_has_an_allowance_of_its_own_and_a_repository_of_that_name_has_not() -> None:
    assert resource_of("/graphql") == resource_of("/api/graphql") == "graphql"
    assert resource_of("/repos/acme/graphql") == resource_of("/api/v3/repos/acme/graphql") == "core"


@given(st.integers(1, 50))
def test_a_query_is_made_of_its_count_alone_and_balanced(count: int) -> None:
    query = _query(count)
    assert query.count("{") == query.count("}")
    for n in range(count):
        assert query.count(f"$n{n}:Int!") == query.count(f"$c{n}:String") == 1


def test_an_odd_repository_name_stays_a_variable(github: Served, tmp_path: Path) -> None:
    github.get(REPO, repository(full_name='ac"me/web){shop'))
    _answer(github, {"p0": _pull()})
    assert _threads(tmp_path, 3) == {3: Threads(resolved=frozenset())}
    (sent,) = _sent(github)
    assert sent["variables"]["name"] == "web){shop"
    assert "web" not in sent["query"]
