"""Outside text is made harmless."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.text import as_drawn, cut, fenced, last_drawn, one_line, without_controls

HIDDEN = {"Cc", "Cf", "Cs", "Co"}
ANY = st.text(st.characters(exclude_categories=[]), max_size=200)


@given(ANY)
def test_no_control_or_invisible_character_survives(text: str) -> None:
    assert all(c in "\n\t" or unicodedata.category(c) not in HIDDEN for c in without_controls(text))


@given(ANY, st.integers(1, 50))
def test_one_line_is_one_line_of_at_most_the_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1


def test_terminal_sequences_go_with_all_they_carry() -> None:
    assert one_line("a\x1b[31mred\x1b[0m \x1b]0;title\x07b\u202ec\u200d") == "ared bc"


def test_of_a_line_written_over_and_over_the_last_writing_is_shown() -> None:
    assert last_drawn("10%\r50%\r100%\r\n") == "100%"
    assert as_drawn("10%\r\x1b[31m100%\x1b[0m\r\n") == "100%"


@given(st.text(alphabet="`~a\n ", max_size=80))
def test_a_fence_cannot_be_closed_from_inside(text: str) -> None:
    lines = fenced(text).splitlines()
    fence = lines[0]
    assert lines[-1] == fence
    assert not any(fence in line for line in lines[1:-1])


@given(ANY, st.integers(0, 100))
def test_a_cut_never_splits_a_character(text: str, limit: int) -> None:
    kept, was_cut = cut(text, limit)
    size = len(text.encode("utf-8", "replace"))
    assert was_cut == (size > limit)
    assert len(kept.encode("utf-8", "replace")) <= limit or not was_cut
    assert text.encode("utf-8", "replace").startswith(kept.encode("utf-8", "replace"))


def test_a_flood_of_marks_on_one_letter_is_dammed() -> None:
    assert without_controls("a" + "\u0301\u200d" * 1000 + "b") == "a" + "\u0301" * 8 + "b"
    assert without_controls("Vie\u0323\u0302t") == "Vie\u0323\u0302t"


def test_what_is_drawn_as_nothing_is_gone_though_it_counts_as_a_letter() -> None:
    carriers = "\u3164\u115f\u1160\uffa0\u2800\u034f\u17b4\u180b\ufe0f\U000e0100\U000e0041"
    assert without_controls(carriers.join("ab")) == "ab"
