"""Which session a person means."""

from __future__ import annotations

import pytest

from issue_intake.core.find import matches, nearest
from issue_intake.core.model import State
from tests.builders import session

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
