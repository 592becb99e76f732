"""Ages, times, cleaned lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.view.words import log_line, place, short_age, short_count, timestamp, web_link
from tests.view.builders import NOW
from tests.view.strategies import any_text, patient, times


@pytest.mark.parametrize(
    ("span", "age"),
    [
        (timedelta(days=-2), "now"),
        (timedelta(milliseconds=900), "now"),
        (timedelta(seconds=1), "1s"),
        (timedelta(seconds=59.9), "59s"),
        (timedelta(seconds=60), "1m"),
        (timedelta(minutes=59, seconds=59), "59m"),
        (timedelta(hours=1), "1h"),
        (timedelta(hours=47), "1d"),
        (timedelta(days=364), "364d"),
        (timedelta(days=800), "2y"),
    ],
)
def test_ages(span: timedelta, age: str) -> None:
    assert short_age(NOW - span, NOW) == age


@pytest.mark.parametrize(
    ("number", "count"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (9_940, "9.9k"),
        (9_960, "10k"),
        (12_345, "12k"),
        (999_499, "999k"),
        (999_500, "1.0M"),
        (10**12, "1.0T"),
    ],
)
def test_counts(number: int, count: str) -> None:
    assert short_count(number) == count


@patient
@given(st.integers(0, 10**14))
def test_any_count_takes_four_characters_at_most(number: int) -> None:
    assert len(short_count(number)) <= 4


@patient
@given(times, times)
def test_any_age_takes_four_characters_at_most(since: datetime, now: datetime) -> None:
    assert 2 <= len(short_age(since, now)) <= 4


@patient
@given(times)
def test_any_time_is_utc_in_whole_seconds_and_reads_back(moment: datetime) -> None:
    text = timestamp(moment.astimezone(timezone(timedelta(hours=5, minutes=30))))
    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == moment.replace(microsecond=0)
    assert datetime.fromisoformat(text).tzinfo == UTC


@patient
@given(any_text)
def test_any_log_line_is_one_line_without_controls(text: str) -> None:
    assert not set(log_line(text)) & set("\x1b\n\r\t\x07\x9b")


def test_a_progress_bar_shows_what_was_last_drawn() -> None:
    assert log_line("  10%\r  20%\r\x1b[32m  30%\x1b[0m\r\n") == "  30%"


def test_a_path_keeps_its_blanks() -> None:
    assert place(Path("/home/ann  lee/in take")) == "/home/ann  lee/in take"
    assert place(None) == ""


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x/\x1b\\", "https://x/ y", "", "file:///etc/passwd"])
def test_only_plain_web_addresses_become_links(url: str) -> None:
    assert web_link(url) is None


@patient
@given(st.from_regex(r"https://github\.com/[a-z]{1,9}/[a-z]{1,9}/issues/[0-9]{1,4}", fullmatch=True))
def test_an_issue_address_becomes_a_link(url: str) -> None:
    assert web_link(url) == url
