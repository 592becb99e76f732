"""A record is to its users what a frozen, slotted dataclass of the standard library is."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.record import record


@record
class Ours:
    """A record."""

    number: int
    name: str = "none"
    words: list[str] = field(default_factory=list)
    secret: str = field(default="", repr=False)
    seen: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """The same by the standard library."""

    number: int
    name: str = "none"
    words: list[str] = field(default_factory=list)
    secret: str = field(default="", repr=False)
    seen: int = field(default=0, compare=False)


@record(kw_only=False)
class Pair:
    """Given by position."""

    left: int
    right: int = 2


@record
class Nothing:
    """Without fields."""


@record
class Other:
    """Looks like Nothing and is not."""


_VALUES = st.fixed_dictionaries(
    {"number": st.integers(0, 2)},
    optional={
        "name": st.sampled_from(["none", "a"]),
        "words": st.lists(st.just("w"), max_size=1),
        "secret": st.sampled_from(["", "s"]),
        "seen": st.integers(0, 1),
    },
)


@given(_VALUES, _VALUES)
def test_any_two_records_are_equal_and_shown_as_by_the_standard_library(
    one: dict[str, int], two: dict[str, int]
) -> None:
    assert (Ours(**one) == Ours(**two)) == (Theirs(**one) == Theirs(**two))  # type: ignore[arg-type]
    assert repr(Ours(**one)) == repr(Theirs(**one)).replace("Theirs", "Ours")  # type: ignore[arg-type]


def test_equal_records_have_equal_hashes_and_a_mutable_value_has_none() -> None:
    assert hash(Pair(1)) == hash(Pair(1, 2))
    assert hash(Nothing()) == hash(Nothing())
    with pytest.raises(TypeError, match="unhashable"):
        hash(Ours(number=1))


def test_records_of_two_classes_are_never_equal() -> None:
    others: list[object] = [Other(), (), None]
    assert Nothing() not in others


def test_a_default_that_is_made_is_made_anew_each_time() -> None:
    first, second = Ours(number=1), Ours(number=1)
    first.words.append("only here")
    assert second.words == []


def test_nothing_can_be_set_or_deleted() -> None:
    one = Pair(1)
    with pytest.raises(FrozenInstanceError):
        one.left = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del one.left
    with pytest.raises(FrozenInstanceError):
        one.more = 2  # type: ignore[attr-defined]
    assert not hasattr(one, "__dict__")


def test_replace_and_fields_know_it() -> None:
    assert replace(Ours(number=1, name="a"), number=2) == Ours(number=2, name="a")
    assert [row.name for row in fields(Ours)] == [row.name for row in fields(Theirs)]


def test_its_arguments_are_told_before_the_first_of_it_is_made() -> None:
    @record
    class Fresh:
        number: int
        name: str = ""

    assert [(one.name, one.default, one.kind) for one in inspect.signature(Fresh).parameters.values()] == [
        ("number", inspect.Parameter.empty, inspect.Parameter.KEYWORD_ONLY),
        ("name", "", inspect.Parameter.KEYWORD_ONLY),
    ]


def test_its_arguments_are_those_of_the_standard_library() -> None:
    assert list(inspect.signature(Ours).parameters) == list(inspect.signature(Theirs).parameters)
    for _ in range(2):  # the first call of a class is another one than the rest
        with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'number'"):
            Ours()  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="positional"):
            Ours(1)  # type: ignore[call-arg]


def test_a_pattern_takes_it_apart() -> None:
    match Pair(1, 3):
        case Pair(left, right=other):
            assert (left, other) == (1, 3)
