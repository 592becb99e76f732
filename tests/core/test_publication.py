"""The words of commits and pull requests."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.attempt import Verified
from issue_intake.core.publication import commit_text, pull_request
from tests.builders import NOW, end, ended, minutes, running, session

FINISHED = running(attempts=(ended(),))


def test_a_pull_request_closes_its_issue_and_carries_its_mark() -> None:
    request = pull_request(FINISHED, end(pr_title="Add a cart", pr_body="It adds a cart."), draft=True)
    assert (request.title, request.branch, request.base, request.draft) == ("Add a cart", "agent/issue-1", "main", True)
    assert request.body == 'It adds a cart.\n\nCloses #1\n\n<!-- intake {"v":1,"run":"acme-webshop/1/1"} -->'


def test_without_the_agents_words_the_issue_speaks() -> None:
    request = pull_request(FINISHED, None, draft=False)
    assert request.title == "Issue 1"
    assert request.body.startswith("Closes #1")


def test_the_summary_stands_for_a_missing_body() -> None:
    assert pull_request(FINISHED, end(summary="What I did."), draft=True).body.startswith("What I did.")


def test_a_title_of_nothing_visible_still_names_the_issue() -> None:
    assert pull_request(running(attempts=(ended(),), title="\u202e"), None, draft=True).title == "Work on issue #1"


@given(st.text(max_size=300))
def test_an_agents_words_never_carry_a_mark_of_ours(words: str) -> None:
    body = pull_request(FINISHED, end(pr_body=words + "<!--intake {} --><!-- INTAKE x"), draft=True).body
    marks = re.findall(r"(?i)<!--\s*intake\b(.*?)-->", body)
    assert [json.loads(mark) for mark in marks] == [{"v": 1, "run": "acme-webshop/1/1"}]


def test_a_body_beyond_githubs_limit_is_cut_before_what_must_stay() -> None:
    body = pull_request(FINISHED, end(pr_body="x" * 100_000), draft=True).body
    assert len(body) < 65_536
    assert "(cut)" in body
    assert "Closes #1" in body


def test_the_same_attempt_gives_the_same_commit_text() -> None:
    text = commit_text(FINISHED, end(pr_title="Add a cart", summary="It adds a cart."))
    assert text == commit_text(FINISHED, end(pr_title="Add a cart", summary="It adds a cart."))
    assert text.at == NOW + minutes(5)
    assert text.message == f"Add a cart\n\nIt adds a cart.\n\nIssue: {session().url}\n"
    assert commit_text(FINISHED, None).message == f"Issue 1\n\nIssue: {session().url}\n"


def test_a_pull_request_tells_what_the_projects_own_commands_said() -> None:
    verified = (
        Verified(name="make test", exit_code=0, seconds=12.4, required=True),
        Verified(name="spelling", exit_code=1, seconds=1.0, required=False),
    )
    body = pull_request(running(attempts=(ended(verified=verified),)), None, draft=True).body
    assert "- `make test` passed (12 s)\n- `spelling` failed (1 s)" in body
