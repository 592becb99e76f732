"""Secrets are taken out of what others see."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest

from issue_intake.core.attempt import Verified
from issue_intake.core.ledger import Standing
from issue_intake.core.model import Delay
from issue_intake.core.redact import redact, redact_end, redact_json, redact_session
from tests.builders import NOW, end, ended, running

_TAIL = "a1B2c3D4e5F6g7H8i9J0k1L2"


@pytest.mark.parametrize(
    "secret",
    [
        *(
            f"{prefix}{_TAIL}"
            for prefix in ("ghp_", "gho_", "ghs_", "ghr_", "ghu_", "github_pat_", "glpat-", "sk-ant-")
        ),
        f"sk-{_TAIL}",
        f"xoxb-{_TAIL}",
        f"xapp-{_TAIL}",
        f"AIza{_TAIL}{_TAIL}",
        f"npm_{_TAIL}{_TAIL}",
        f"hf_{_TAIL}{_TAIL}",
        f"pypi-AgEIcHlwaS5vcmc{_TAIL}",
        f"ASIA{_TAIL.upper()}",
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
    assert redact(f'{{"a":"b\\n{secret}\\n"}}').startswith('{"a":"b\\n')
    assert secret not in redact(f"\x1b[31m{secret}")
    assert not any(part in shown for part in secret.split() if len(part) > 7)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("git clone https://x:hunter2@github.com/a", "git clone https://[redacted]@github.com/a"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
        ("key=0123456789", "key=[redacted]"),
        ("a [redacted---] b", "a [redacted] b"),
        ('{"Authorization": "token abc", "x": 1}', '{"Authorization": "token [redacted]", "x": 1}'),
        (r'"{\"authorization\": \"0a1b2c3d4e5f6a7b8c9d\"}"', r'"{\"authorization\": \"[redacted]\"}"'),
        ("see this\nMIIEow\nabc=\n-----END PRIVATE KEY-----!", "see this\n[redacted]!"),
    ],
)
def test_what_stands_around_a_secret_stays(text: str, shown: str) -> None:
    assert redact(text, ["0123456789"]) == shown


@pytest.mark.parametrize(
    "text",
    [
        *("a sk-ipped test", "task-runner-for-all-of-them", "https://github.com/a:b", "ghp", "highs_and_lows"),
        *("npm_config_registry", "pypi-publish-to-somewhere-else", "Authorization: only writers may", "a" * 40),
        *('{"a":"http://x","b":"me@y"}', "eyJhbGciOiJI", "0f3c9a7d51b2e8466f0a1c2d3e4f5a6b7c8d9e0f"),
    ],
)
def test_plain_words_stay(text: str) -> None:
    assert redact(text, ["", "a", "sk"]) == text


def test_a_longer_secret_is_taken_out_before_one_that_is_a_part_of_it() -> None:
    assert redact("abcdefghijkl", ["abcdef", "abcdefghijkl"]) == "[redacted]"


CODINGS: dict[str, Callable[[bytes], str]] = {
    "Base64": lambda data: base64.b64encode(data).decode(),
    "Base64 for URLs": lambda data: base64.urlsafe_b64encode(data).decode(),
    "a URL": lambda data: quote(data, safe=""),
    "JSON": lambda data: json.dumps(data.decode()),
}


@pytest.mark.parametrize("coding", CODINGS.values(), ids=CODINGS)
@pytest.mark.parametrize("before", ["", "x", "x:"])
def test_a_known_secret_is_gone_however_it_is_encoded(coding: Callable[[bytes], str], before: str) -> None:
    secret = 'hunter2/"päss+wörd"?~é'
    coded = coding(f"{before}{secret} and more".encode())
    shown = redact(f"see {coded} there", [secret])
    assert shown.startswith("see ")
    assert shown.endswith(" there")
    assert "[redacted]" in shown
    assert len(shown) < len(coded)


def test_each_long_line_of_a_secret_is_one() -> None:
    assert redact("x first line of many y", ["first line of many\nshort"]) == "x [redacted] y"
    assert redact("short", ["first line of many\nshort"]) == "short"


def test_all_words_of_an_end_and_of_a_session_are_redacted() -> None:
    word = "hunter2hunter2"
    said = end(summary=word, pr_title=word, pr_body=word, blockers=(word,), error=word, last_line=word)
    failed = Verified(name="x", exit_code=1, seconds=1, required=True, tail=word)
    assert word not in repr(redact_end(replace(said, verified=(failed,)), (word,)))
    resting = Delay(until=NOW, reason=word)
    standing = Standing(head="", since=NOW, note=word)
    noted = running(note=word, trouble=resting, standing=standing, attempts=(ended(note=word),))
    assert word not in repr(redact_session(noted, (word,)))
    assert redact_session(running(attempts=()), (word,)) == running(attempts=())
    assert redact_json({"a": [word, 1, {"b": word}], "c": None}, (word,)) == {
        "a": ["[redacted]", 1, {"b": "[redacted]"}],
        "c": None,
    }


@pytest.mark.parametrize(
    "piece",
    [
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----\n",
        "eyJaaaaaaaaa.",
        "://a:",
        "https://",
        "sk-",
        "eyJa",
        "authorization:",
        "A" * 9,
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    began = time.monotonic()
    redact(piece * (64_000 // len(piece)))
    assert time.monotonic() - began < 10
