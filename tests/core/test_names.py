"""Names made from outside text are safe, and no two things share one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.names import (
    RepositoryName,
    branch_name,
    issue_key,
    name_and_mail,
    parse_key,
    run_name,
    safe_name,
    slug,
)

SAFE = re.compile(r"[A-Za-z0-9._-]+")
PART = st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True)
REPOSITORY = st.builds(
    RepositoryName, owner=PART, name=PART, host=st.sampled_from(["github.com", "ghe.example.org", "127.0.0.1:8080"])
)


def test_an_author_is_a_name_and_a_mail() -> None:
    assert name_and_mail(" Octo Cat <octocat@example.org> ") == ("Octo Cat", "octocat@example.org")
    for text in ("octocat@example.org", "<octocat@example.org>", "Octo <>", "Octo <a b>", "Octo\nCat <o@e.org>", ""):
        assert name_and_mail(text) is None


def test_a_key_is_lower_case_and_names_the_host_only_where_it_is_not_github() -> None:
    assert issue_key(RepositoryName(owner="Acme", name="WebShop"), 7) == "github:acme/webshop#7"
    assert issue_key(RepositoryName(owner="a", name="b", host="ghe.example.org"), 7) == "github:ghe.example.org/a/b#7"


@given(REPOSITORY, st.integers(1, 10**9))
def test_a_key_can_be_read_again(repository: RepositoryName, number: int) -> None:
    found, same = parse_key(issue_key(repository, number))
    assert (found.path, same) == (repository.path, number)
    assert found.full == f"{repository.owner}/{repository.name}".lower()


@pytest.mark.parametrize(
    "text", ["", "acme/webshop#1", "github:acme#1", "github:a/b#0", "github:a/b#x", "github:a/b/c/d#1"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an issue key"):
        parse_key(text)


@given(st.text(max_size=60))
def test_a_safe_name_is_one_harmless_path_component(text: str) -> None:
    name = safe_name(text)
    assert SAFE.fullmatch(name)
    assert not name.startswith((".", "-"))
    assert ".." not in name
    assert not name.endswith((".lock", "."))


@given(st.text(max_size=20), st.text(max_size=20))
def test_two_texts_never_share_a_safe_name(one: str, other: str) -> None:
    assert one == other or safe_name(one) != safe_name(other)


@given(REPOSITORY, REPOSITORY)
def test_two_repositories_never_share_a_slug(one: RepositoryName, other: RepositoryName) -> None:
    assert one.path == other.path or slug(one) != slug(other)
    assert SAFE.fullmatch(slug(one))


def test_a_plain_repository_has_a_plain_slug() -> None:
    assert slug(RepositoryName(owner="Acme", name="web-shop")) == "acme-web-shop"
    assert slug(RepositoryName(owner="a-b", name="c")) != slug(RepositoryName(owner="a", name="b-c"))
    assert slug(RepositoryName(owner="a-b", name="c..d")) != slug(RepositoryName(owner="a", name="b-c..d"))


def test_branches_and_runs_are_named_for_their_issue() -> None:
    assert branch_name(7) == "agent/issue-7"
    assert branch_name(7, 3) == "agent/issue-7-3"
    assert run_name("acme-webshop", 7, 2) == "acme-webshop/7/2"
