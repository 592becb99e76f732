"""Versions are found in what programs say, and compared by their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.agents import KnownAgent, version_in


def known(version: str | None, made_for: str) -> KnownAgent:
    return KnownAgent(name="a", program="a", installed=True, version=version, made_for=made_for)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("2.1.197 (Claude Code)", "2.1.197"),
        ("codex-cli 0.169.0", "0.169.0"),
        ("GitHub Copilot CLI 1.0.102.\nRun 'copilot update' to check for updates.", "1.0.102"),
        ("This is mini-swe-agent version 2.4.6.\nCheck the v2 migration guide", "2.4.6"),
        ("2026.08.28-50f0823", "2026.08.28-50f0823"),
        ("v1.50.0", "1.50.0"),
        ("aider 0.86.2", "0.86.2"),
        ("usage: agent [-h]", None),
        ("", None),
    ],
)
def test_a_version_is_found_in_what_a_program_says(said: str, version: str | None) -> None:
    assert version_in(said) == version


@pytest.mark.parametrize(
    ("version", "made_for"),
    [
        ("0.169.0", "0.169.0"),
        ("0.169", "0.169.0"),
        ("0.170.0-beta.1", "0.169.0"),
        ("1.10", "1.9"),
        ("2026.08.28-50f0823", "2026.08.28"),
        (None, "1.0"),
        ("0.1", ""),
        ("0.1", "unknown"),
    ],
)
def test_only_a_version_that_is_known_to_be_older_is_called_so(version: str | None, made_for: str) -> None:
    assert not known(version, made_for).older
    assert known("0.168.9", "0.169.0").older


@given(st.lists(st.integers(0, 30), min_size=1, max_size=4), st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_no_two_versions_are_each_older_than_the_other(one: list[int], other: list[int]) -> None:
    a, b = (".".join(map(str, numbers)) for numbers in (one, other))
    assert not (known(a, b).older and known(b, a).older)


@given(st.text())
def test_any_words_are_no_more_than_a_short_version(said: str) -> None:
    assert len(version_in(said) or "") <= 40
