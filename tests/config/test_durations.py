"""Durations and sizes carry their unit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.config.durations import LONGEST, amount, seconds, size


@pytest.mark.parametrize(
    ("text", "value"), [("90s", 90), ("20m", 1200), ("2h", 7200), ("1.5h", 5400), ("1d", 86400), ("20 m", 1200)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["90", "", "m", "-1m", "1w", "1M", "0s", "366d", "1h30m", "٣m", "1e3s", "1ms"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|bounds"):
        seconds(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1GiB", 2**30), ("500MB", 500_000_000), ("0B", 0), ("2 kB", 2000), ("1.5KiB", 1536), ("2TiB", 2**41), ("7B", 7)],
)
def test_a_size_is_a_number_and_a_unit(text: str, value: int) -> None:
    assert size(text) == value


@pytest.mark.parametrize("text", ["1", "", "GiB", "-1GiB", "1G", "1gib", "1 PB"])
def test_anything_else_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        size(text)


@given(st.text(max_size=12) | st.from_regex(r"[0-9.]{1,6} ?[smhd]", fullmatch=True))
def test_any_text_is_a_time_between_nothing_and_a_year_or_refused(text: str) -> None:
    try:
        assert 0 < seconds(text) <= LONGEST
    except ValueError:
        return


@pytest.mark.parametrize(("text", "value"), [("20", 20), ("7.50", 7.5), (" 0.01 ", 0.01)])
def test_an_amount_is_a_number_alone(text: str, value: float) -> None:
    assert amount(text) == value


@pytest.mark.parametrize("text", ["", "0", "0.00", "-1", "$20", "20 USD", "1e3", "1,000", "inf", "nan", "٣", "9" * 12])
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        amount(text)
