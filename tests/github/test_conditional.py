"""Conditional requests: GitHub is always asked, an unchanged page costs a 304, and nothing stale or secret is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import responses

from issue_intake.core.model import Poll
from issue_intake.core.ports import Rule
from issue_intake.errors import UnavailableError
from tests.github.builders import API, CANARY, issue, tracker

FIRST = f"{API}/repos/acme/webshop/issues"
SECOND = f"{API}/repositories/4711/issues?after=Y3Vyc29y"
QUEUED = Rule(labels=("agent:queued",))
NEXT = {"Link": f'<{SECOND}>; rel="next"'}


def _poll(folder: Path, *answers: responses.Response) -> tuple[list[int], Poll, list[str | None]]:
    """Numbers found, the poll, and the If-None-Match of each request, `answers` given in this order."""
    with responses.RequestsMock(registry=responses.registries.OrderedRegistry) as mock:
        for answer in answers:
            mock.add(answer)
        poll = tracker(folder).poll(QUEUED)
        return (
            [found.number for found in poll.issues],
            poll,
            [call.request.headers.get("If-None-Match") for call in mock.calls],
        )


def _page(url: str, *numbers: int, etag: str | None = None, **headers: str) -> responses.Response:
    tagged = {**headers, **({"ETag": etag} if etag else {})}
    return responses.Response("GET", url, json=[issue(n) for n in numbers], headers=tagged)


def _unchanged(url: str, **headers: str) -> responses.Response:
    return responses.Response("GET", url, status=304, headers=headers)


def test_a_304_chain_over_two_pages_gives_the_same_issues(tmp_path: Path) -> None:
    _poll(tmp_path, _page(FIRST, 1, etag='"a"', **NEXT), _page(SECOND, 2, etag='"b"'))
    numbers, poll, sent = _poll(tmp_path, _unchanged(FIRST), _unchanged(SECOND))
    assert (numbers, sent) == ([1, 2], ['"a"', '"b"'])
    assert (poll.requests, poll.unchanged) == (2, 2)


def test_a_shrunk_chain_leaves_no_ghosts(tmp_path: Path) -> None:
    _poll(tmp_path, _page(FIRST, 1, etag='"a"', **NEXT), _page(SECOND, 2, etag='"b"'))
    assert _poll(tmp_path, _page(FIRST, 1, etag='"c"'))[0] == [1]
    assert _poll(tmp_path, _unchanged(FIRST))[0] == [1]


def test_page_two_gone_after_page_one_changed_is_not_asked_for(tmp_path: Path) -> None:
    _poll(tmp_path, _page(FIRST, *range(1, 101), etag='"a"', **NEXT), _page(SECOND, 101, etag='"b"'))
    numbers, poll, sent = _poll(tmp_path, _page(FIRST, *range(2, 102), etag='"c"'))
    assert numbers == list(range(2, 102))
    assert (poll.requests, poll.unchanged, sent) == (1, 0, ['"a"'])


def test_a_full_last_page_is_asked_again_for_a_page_that_came_after_it(tmp_path: Path) -> None:
    full = range(1, 101)
    _poll(tmp_path, _page(FIRST, *full, etag='"a"'))
    numbers, _, sent = _poll(tmp_path, _unchanged(FIRST), _page(FIRST, *full, etag='"a"', **NEXT), _page(SECOND, 101))
    assert numbers == [*full, 101]
    assert sent == ['"a"', None, None]


def test_a_rotated_validator_on_a_304_is_kept(tmp_path: Path) -> None:
    _poll(tmp_path, _page(FIRST, 1, etag='"a"'))
    _poll(tmp_path, _unchanged(FIRST, ETag='W/"b"'))
    numbers, _, sent = _poll(tmp_path, _unchanged(FIRST))
    assert (numbers, sent) == ([1], ['W/"b"'])


def test_a_304_without_a_validator_of_ours_is_asked_again_plainly(tmp_path: Path) -> None:
    numbers, _, sent = _poll(tmp_path, _unchanged(FIRST), _page(FIRST, 1))
    assert (numbers, sent) == ([1], [None, None])


def test_a_304_to_plain_questions_only_is_a_failed_poll(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="304"):
        _poll(tmp_path, _unchanged(FIRST), _unchanged(FIRST))


def test_an_answer_without_a_validator_is_not_kept(tmp_path: Path) -> None:
    _poll(tmp_path, _page(FIRST, 1, etag='"a"'))
    _poll(tmp_path, _page(FIRST, 1))
    assert list((tmp_path / "cache").iterdir()) == []
    assert _poll(tmp_path, _page(FIRST, 1))[2] == [None]


def test_max_age_hides_nothing(tmp_path: Path) -> None:
    fresh = {"Cache-Control": "private, max-age=60"}
    _poll(tmp_path, _page(FIRST, 1, etag='"a"', **fresh))
    assert _poll(tmp_path, _page(FIRST, 1, 2, etag='"b"', **fresh))[0] == [1, 2]


def test_what_one_token_or_one_form_was_answered_is_not_asked_about_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _poll(tmp_path, _page(FIRST, 1, etag='"a"'))
    with monkeypatch.context() as other:
        other.setattr("tests.github.builders.CANARY", "ghp_another0123456789")
        assert _poll(tmp_path, _page(FIRST, 1, etag='"b"'))[2] == [None]
    with monkeypatch.context() as other:
        other.setattr("issue_intake.github.client.ACCEPT", "application/vnd.github.full+json")
        assert _poll(tmp_path, _page(FIRST, 1, etag='"c"'))[2] == [None]
    assert _poll(tmp_path, _unchanged(FIRST))[2] == ['"a"']


def test_a_damaged_entry_is_asked_for_again(tmp_path: Path) -> None:
    _poll(tmp_path, _page(FIRST, 1, etag='"a"'))
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(file.read_bytes()[:-20])
    numbers, _, sent = _poll(tmp_path, _page(FIRST, 1, etag='"a"'))
    assert (numbers, sent) == ([1], [None])


def test_an_answer_that_is_no_json_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        _poll(tmp_path, responses.Response("GET", FIRST, body="<html>", headers={"ETag": '"a"'}))
    assert not (tmp_path / "cache").exists()


def test_the_token_is_in_no_file_below_the_cache(tmp_path: Path) -> None:
    _poll(tmp_path, _page(FIRST, 1, etag='"a"', Vary="Authorization", **NEXT), _page(SECOND, 2, etag='"b"'))
    files = list((tmp_path / "cache").iterdir())
    assert len(files) == 2
    for file in files:
        assert CANARY not in file.name
        assert CANARY.encode() not in file.read_bytes()
