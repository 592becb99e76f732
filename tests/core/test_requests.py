"""A request is read as it was written, or not at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.requests import Request, document_of, request_of
from tests.builders import NOW

KEY = "github:acme/webshop#12"
RETRY = Request(id="20260304-1", at=NOW, verb="retry", key=KEY, by="octo")
ADOPT = Request(id="a", at=NOW, verb="adopt", key=KEY, pull=7)


@pytest.mark.parametrize("request_", [RETRY, ADOPT, Request(id="c.1_x-Y", at=NOW, verb="cancel", key=KEY)])
def test_what_was_written_is_read_again(request_: Request) -> None:
    assert request_of(json.loads(json.dumps(document_of(request_)))) == request_


def test_the_document_is_plain_and_versioned() -> None:
    assert document_of(ADOPT) == {
        "schema_version": 1,
        "id": "a",
        "at": "2026-03-04T12:00:00Z",
        "verb": "adopt",
        "key": KEY,
        "pull": 7,
    }


def test_times_of_any_zone_are_told_in_utc() -> None:
    at = datetime(2026, 3, 4, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    assert request_of(document_of(Request(id="a", at=at, verb="retry", key=KEY))).at == NOW
    assert request_of(document_of(RETRY)).at.tzinfo is UTC


def test_who_asked_is_one_cleaned_line() -> None:
    assert request_of(document_of(RETRY) | {"by": "octo\x1b[31m\n" + "x" * 99}).by == f"octo {'x' * 58}…"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"schema_version": 2}, "schema_version 1 alone"),
        ({"schema_version": True}, "schema_version 1 alone"),
        ({"schema_version": None}, "schema_version 1 alone"),
        ({"verb": "merge"}, "verb is none of retry, cancel, adopt"),
        ({"verb": ["retry"]}, "verb is none of"),
        ({"id": "../x"}, "id is not made of"),
        ({"id": ".x"}, "id is not made of"),
        ({"id": "x" * 81}, "id is not made of"),
        ({"id": 1}, "id is not made of"),
        ({"at": "2026-03-04T12:00:00"}, "at is no time with a zone"),
        ({"at": "0001-01-01T00:00:00+10:00"}, "at is no time with a zone"),
        ({"at": "soon"}, "at is no time with a zone"),
        ({"at": 0}, "at is no time with a zone"),
        ({"key": "acme/webshop#12"}, "not an issue key"),
        ({"key": "github:Acme/webshop#12"}, "in lower case"),
        ({"key": "github:ac\x1bme/webshop#12"}, "one plain text"),
        ({"key": 12}, "key is no issue key"),
        ({"pull": 7}, "pull belongs to adopt alone"),
        ({"verb": "adopt"}, "pull is no pull request's number"),
        ({"verb": "adopt", "pull": True}, "pull is no pull request's number"),
        ({"verb": "adopt", "pull": 0}, "pull is no pull request's number"),
        ({"by": 7}, "by is no login"),
        ({"only": "now"}, "'only', which is not known here"),
    ],
)
def test_a_doubt_is_not_obeyed(change: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        request_of(document_of(RETRY) | change)


@pytest.mark.parametrize("name", ["schema_version", "id", "at", "verb", "key"])
def test_what_lacks_a_field_is_no_request(name: str) -> None:
    document = document_of(RETRY)
    del document[name]
    with pytest.raises(ValueError, match=r"\w"):
        request_of(document)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    )
)
def test_no_other_document_is_a_request(document: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        request_of(document)
