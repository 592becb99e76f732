"""GitHub's rows become records; what cannot be read is a ValueError and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.github import parse
from tests.github.builders import issue, pull, repository

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=8,
)
ISSUES = st.builds(lambda name, value: {**issue(7), name: value}, st.sampled_from(sorted(issue(7))), JSON)
PULLS = st.builds(lambda name, value: {**pull(7), name: value}, st.sampled_from(sorted(pull(7))), JSON)


def test_an_issue_is_read_whole() -> None:
    found = parse.issue(issue(7))
    assert (found.number, found.id, found.title, found.body) == (7, 1007, "Issue 7", "Please.")
    assert (found.labels, found.assignees, found.author) == (("agent:queued",), ("octocat",), "ada")
    assert found.created_at == datetime(2026, 1, 1, 10, tzinfo=UTC)


def test_nulls_and_line_ends_are_read_leniently() -> None:
    found = parse.issue(issue(7, user=None, body=None, assignees=None, assignee={"login": "eve"}))
    assert (found.author, found.body, found.assignees) == (None, "", ("eve",))
    assert parse.issue(issue(7, body="a\r\nb\r\n")).body == "a\nb\n"


def test_labels_are_objects_or_strings_and_keep_their_characters() -> None:
    row = issue(7, labels=["good first issue", {"name": "area/ui"}, {"name": "👩\u200d💻"}])
    assert parse.issue(row).labels == ("good first issue", "area/ui", "👩\u200d💻")


@pytest.mark.parametrize("labels", [None, "none", [{"name": "bug"}, {"name": None}], ["bug", 5], [{}]])
def test_a_label_that_cannot_be_read_may_be_one_that_keeps_the_issue_from_us(labels: object) -> None:
    with pytest.raises(ValueError, match="a label without a name"):
        parse.issue(issue(7, labels=labels))


@pytest.mark.parametrize(
    "users", [{"assignees": None}, {"assignees": [None]}, {"assignees": [{}]}, {"assignees": 5, "assignee": None}]
)
def test_nobody_is_assigned_only_where_that_is_said(users: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="assignee"):
        parse.issue({**issue(7), **users})
    without = {name: value for name, value in issue(7).items() if name != "assignees"}
    assert parse.issue({**without, "assignee": None}).assignees == ()
    with pytest.raises(ValueError, match="no assignees"):
        parse.issue(without)


def test_a_row_with_the_address_of_a_pull_request_is_one() -> None:
    assert parse.is_pull(issue(7, html_url="https://github.com/acme/webshop/pull/7"))
    assert not parse.is_pull(issue(7, html_url="https://github.com/acme/pull/issues/7"))


@pytest.mark.parametrize(
    "text", ["2026-01-01T10:00:00Z", "2026-01-01T12:00:00+02:00", "2026-01-01T10:00:00.000Z", "2026-01-01t10:00:00z"]
)
def test_times_with_any_offset_or_fraction_are_utc(text: str) -> None:
    assert parse.issue(issue(7, created_at=text)).created_at == datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-01-01T10:00:00", "yesterday", "", None, 5, "0001-01-01T00:00:00+10:00"])
def test_a_time_that_names_no_moment_is_malformed(text: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse.issue(issue(7, created_at=text))


def test_a_title_is_one_clean_line_and_lone_surrogates_are_gone() -> None:
    found = parse.issue(issue(7, title="a\x1b[31m\nb\u202e\x00", body="x\ud800y", labels=["l\udc00"]))
    assert found.title == "a b"
    assert (found.body, found.labels) == ("x?y", ("l?",))


@pytest.mark.parametrize("name", ["number", "id", "title", "html_url", "state", "created_at"])
def test_an_issue_without_what_is_needed_is_malformed(name: str) -> None:
    row = issue(7)
    del row[name]
    with pytest.raises(ValueError, match=r".+"):
        parse.issue(row)


@pytest.mark.parametrize("number", [0, -1, True, "7", 7.0, None])
def test_a_number_is_a_positive_integer(number: object) -> None:
    with pytest.raises(ValueError, match="no number"):
        parse.issue({**issue(7), "number": number})


def test_a_pull_request_is_merged_if_either_field_says_so() -> None:
    assert parse.pull(pull(1)).state == "open"
    assert parse.pull(pull(1, state="closed")).state == "closed"
    assert parse.pull(pull(1, state="closed", merged_at="2026-01-01T10:00:00Z")).state == "merged"
    assert parse.pull(pull(1, state="closed", merged=True)).state == "merged"


def test_a_deleted_fork_has_no_head_repository() -> None:
    assert parse.head(pull(1, repo_id=None)) == ("agent/issue-7", None)
    assert parse.head({"head": None}) == (None, None)


def test_a_repository_keeps_the_name_it_has_now() -> None:
    found = parse.repository(repository(full_name="Acme/Shop"))
    assert (found.id, found.name, found.default_branch) == (4711, "Acme/Shop", "main")
    with pytest.raises(ValueError, match="full_name"):
        parse.repository(repository(full_name="shop"))


@given(JSON | ISSUES)
def test_any_json_is_an_issue_or_malformed(row: object) -> None:
    parse.is_pull(row)
    try:
        found = parse.issue(row)
    except ValueError:
        return
    assert found.created_at.tzinfo is UTC
    assert "\n" not in found.title + found.url
    for text in (found.title, found.body, found.url, *found.labels, *found.assignees, found.author or ""):
        text.encode()


@given(JSON | PULLS)
def test_any_json_is_a_pull_request_or_malformed(row: object) -> None:
    parse.head(row)
    try:
        found = parse.pull(row)
    except ValueError:
        return
    (found.branch + found.url + (found.head_sha or "")).encode()
