"""Which session a person means."""

from __future__ import annotations

import pytest

from issue_intake.core.find import issues, matches, nearest, waiting
from issue_intake.core.model import ProjectState, State, Waiting
from issue_intake.core.names import RepositoryName
from tests.builders import NOW, WEBSHOP, session

API = session(
    12, key="github:acme/api#12", project="api", repository="acme/api", url="https://github.com/acme/api/issues/12"
)
STATE = State(sessions={s.key: s for s in (session(12), session(7), API)})


@pytest.mark.parametrize(
    "words",
    [
        "7",
        "#7",
        "webshop#7",
        "WebShop#7",
        "acme/webshop#7",
        "github:acme/webshop#7",
        "https://github.com/acme/webshop/issues/7/",
    ],
)
def test_a_session_is_found_by_any_of_its_names(words: str) -> None:
    assert [s.number for s in matches(STATE, words)] == [7]


def test_a_bare_number_may_mean_several() -> None:
    assert len(matches(STATE, "12")) == 2


def test_an_unknown_one_suggests_the_nearest() -> None:
    assert matches(STATE, "webshop#8") == ()
    assert nearest(STATE, "webshp#7") == "webshop#7"
    assert nearest(STATE, "completely else") is None


PROJECTS = {
    "shop": WEBSHOP,
    "ghe": RepositoryName(owner="Acme", name="Api", host="git.acme.test"),
}


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("shop#7", "shop#7"),
        (" Shop#7 ", "shop#7"),
        ("acme/webshop#7", "shop#7"),
        ("github:acme/webshop#7", "shop#7"),
        ("https://github.com/acme/webshop/issues/7/", "shop#7"),
        ("github:git.acme.test/acme/api#7", "ghe#7"),
        ("https://git.acme.test/Acme/Api/issues/7", "ghe#7"),
    ],
)
def test_an_issue_is_named_whether_it_was_taken_on_or_not(words: str, label: str) -> None:
    assert [named.label for named in issues(PROJECTS, words)] == [label]


def test_the_key_of_a_named_issue_is_the_one_of_its_session() -> None:
    (named,) = issues(PROJECTS, "shop#7")
    assert (named.key, named.number) == (session(7).key, 7)


@pytest.mark.parametrize(
    "words", ["", "shop", "shop#0", "shop#-1", "other#7", "https://github.com/acme/api/issues/7", "acme/webshop/7", "²"]
)
def test_what_names_no_issue_of_these_projects_is_none(words: str) -> None:
    assert issues(PROJECTS, words) == ()


def test_a_bare_number_is_an_issue_of_every_project() -> None:
    assert len(issues(PROJECTS, "#7")) == len(issues(PROJECTS, "7")) == 2


def test_an_issue_that_waits_is_found_by_its_names() -> None:
    url = "https://github.com/acme/webshop/issues/9"
    row = Waiting(
        key="github:acme/webshop#9", number=9, title="t", url=url, created_at=NOW, code="max", reason="--max 0"
    )
    state = State(projects={"webshop": ProjectState(waiting=(row,))})
    for words in (row.key, "WebShop#9", "9", f"{url}/"):
        assert waiting(state, words) == ("webshop", row)
    assert waiting(state, "webshop#8") is None
