"""The keys that say how GitHub is asked: searches, a GitHub App, bounds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from issue_intake.config.model import App
from issue_intake.config.query import checked_query
from issue_intake.core.authors import Authors
from issue_intake.core.ports import Rule
from tests.config.loading import faults_of, one_project

ENTRY = "projects:\n- repo: acme/webshop\n  agent: claude\n"
APP = "  github:\n    app:\n      id: 12345\n      installation: 678\n      key_file: app.pem\n"


def test_a_query_alone_is_a_rule(tmp_path: Path) -> None:
    project = one_project(tmp_path, 'intake: {query: "label:bug -label:wip milestone:v2"}')
    assert project.rule == Rule(query="label:bug -label:wip milestone:v2")


def test_the_authors_a_project_listens_to(tmp_path: Path) -> None:
    assert one_project(tmp_path, "intake: {labels: a}").authors == Authors()
    assert one_project(tmp_path, "enabled: true").authors == Authors()
    text = 'intake: {labels: a, authors: anyone, trusted: "x[bot]", blocked: [a, B], i_understand_the_risk: true}'
    people = Authors(anyone=True, trusted=("x[bot]",), blocked=("a", "B"), risk_understood=True)
    assert one_project(tmp_path, text).authors == people


def test_a_query_stands_beside_the_rest_of_the_rule(tmp_path: Path) -> None:
    project = one_project(tmp_path, "intake: {query: milestone:v2, labels: bug, assignee: none}")
    assert project.rule == Rule(labels=("bug",), assignee="none", query="milestone:v2")


def test_labels_may_have_commas_where_it_is_clear_that_one_is_meant(tmp_path: Path) -> None:
    project = one_project(tmp_path, 'intake: {labels: ["bug, ready", "🚀 c/d"], exclude_labels: ["a,b"]}')
    assert project.rule == Rule(labels=("bug, ready", "🚀 c/d"), exclude_labels=("a,b",))


@pytest.mark.parametrize(
    "text",
    [
        "label:bug,crash",
        'label:"good first issue" -assignee:hubot',
        '"repo: is a word (here) or not"',
        "is:locked linked:pr no:milestone type:Bug in:title created:>2026-01-01 comments:>3",
        "author:app/dependabot reason:completed order notation",
        "11:30 http://example.org/x",
    ],
)
def test_what_can_only_narrow_is_taken_as_it_is(text: str) -> None:
    assert checked_query(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("repo:a/b", "-repo:a/b", "Org:acme", "user:octocat", "owner:acme", "enterprise:x", 'repo:"a/b"'),
        *("is:issue", "IS:OPEN", "-is:open", 'is:"closed"', "is:pr", "is:merged", "state:closed", "archived:true"),
        *("a OR b", "a or b", "a AND b", "NOT a", "(a)", "label:(a)", "a)", "a\\", '"a', 'a" b" c"', "sort:updated"),
    ],
)
def test_what_could_leave_the_projects_open_issues_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        checked_query(text)


@given(st.text(st.sampled_from('ab "():-OR\\'), max_size=12), st.sampled_from(["repo:x/y", "org:x", "is:closed", "OR"]))
def test_a_forbidden_word_is_found_wherever_it_stands_outside_quotes(around: str, word: str) -> None:
    if around.count('"') % 2 == 0:
        for text in (f"{word} {around}", f"{around} {word}"):
            with pytest.raises(PydanticCustomError):
                checked_query(text)


def test_bounds_have_defaults_and_can_be_set(tmp_path: Path) -> None:
    usual = one_project(tmp_path)
    assert (usual.max_pages, usual.floor, usual.app) == (50, 100, None)
    own = one_project(tmp_path, "github: {max_pages: 3, floor: 0}")
    assert (own.max_pages, own.floor) == (3, 0)


def _key(folder: Path, mode: int = 0o600) -> Path:
    path = folder / "app.pem"
    path.write_text("a key")
    path.chmod(mode)
    return path


def test_an_app_is_named_with_a_key_beside_the_configuration(tmp_path: Path) -> None:
    key = _key(tmp_path)
    project = one_project(tmp_path, "github: {app: {id: Iv23liAb, installation: 678, key_file: app.pem}}")
    assert project.app == App(id="Iv23liAb", installation=678, key_file=key)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_an_apps_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    key = _key(tmp_path, mode)
    assert faults_of(tmp_path, ENTRY + APP) == [f"{key}: can be read by others (mode {mode:04o}) (chmod 600 {key})"]


def test_an_apps_key_that_is_not_there_is_a_fault_of_its_line(tmp_path: Path) -> None:
    cure = "(put the app's private key there, mode 0600)"
    assert faults_of(tmp_path, ENTRY + APP) == [
        f":8: projects[0].github.app.key_file: there is no file {tmp_path}/app.pem {cure}"
    ]


def test_an_apps_key_is_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "app.pem", 0o600)
    assert faults_of(tmp_path, ENTRY + APP) == [
        f"{tmp_path}/app.pem: is not a file (name the PEM file that GitHub gave out)"
    ]


def test_a_key_is_named_and_never_written_here(tmp_path: Path) -> None:
    text = ENTRY + APP.replace("app.pem", "'-----BEGIN RSA PRIVATE KEY-----'")
    (fault,) = faults_of(tmp_path, text)
    assert "secret" in fault
    assert "BEGIN" not in fault
