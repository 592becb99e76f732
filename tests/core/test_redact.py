"""Secrets are taken out of what others see."""

from __future__ import annotations

import time

import pytest

from issue_intake.core.redact import redact

_TAIL = "a1B2c3D4e5F6g7H8i9J0k1L2"


@pytest.mark.parametrize(
    "secret",
    [
        *(
            f"{prefix}{_TAIL}"
            for prefix in ("ghp_", "gho_", "ghs_", "ghr_", "ghu_", "github_pat_", "glpat-", "sk-ant-")
        ),
        f"sk-{_TAIL}",
        f"sk-proj-{_TAIL}",
        "AKIAIOSFODNN7EXAMPLE",
        f"eyJhbGciOiJI.{_TAIL}.{_TAIL}",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc=\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIEow\nabc=\n",
        "MIIEow\nabc=\n-----END OPENSSH PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_gone(secret: str) -> None:
    shown = redact(f"{secret}")
    assert "[redacted]" in shown
    assert not any(part in shown for part in secret.split() if len(part) > 7)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("git clone https://x:hunter2@github.com/a", "git clone https://[redacted]@github.com/a"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
        ("key=0123456789", "key=[redacted]"),
    ],
)
def test_what_stands_around_a_secret_stays(text: str, shown: str) -> None:
    assert redact(text, ["0123456789"]) == shown


@pytest.mark.parametrize("text", ["a sk-ipped test", "task-runner-for-all-of-them", "https://github.com/a:b", "ghp"])
def test_plain_words_stay(text: str) -> None:
    assert redact(text, ["", "a", "sk"]) == text


def test_a_longer_secret_is_taken_out_before_one_that_is_a_part_of_it() -> None:
    assert redact("abcdefghijkl", ["abcdef", "abcdefghijkl"]) == "[redacted]"


@pytest.mark.parametrize("piece", ["-----BEGIN PRIVATE KEY-----", "https://", "sk-", "eyJa", "authorization:", "A" * 9])
def test_no_text_takes_long(piece: str) -> None:
    began = time.monotonic()
    redact(piece * (64_000 // len(piece)))
    assert time.monotonic() - began < 2
