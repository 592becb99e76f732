"""A known secret is found wherever it stands, and no text takes long to look through."""

from __future__ import annotations

import base64
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.errors import UnavailableError
from issue_intake.git.secrets import OWN, SECONDS, Found, Seeker, needles
from tests.leaving_contract import TOKEN

SEEKER = Seeker([TOKEN], clock=lambda: 0.0)
TEXT = st.binary(max_size=40)
CODINGS = (bytes, base64.b64encode, base64.urlsafe_b64encode)


@given(before=TEXT, around=st.tuples(TEXT, TEXT), after=TEXT, coding=st.sampled_from(CODINGS))
def test_a_known_secret_is_found_anywhere_in_any_file(
    before: bytes, around: tuple[bytes, bytes], after: bytes, coding: type[bytes]
) -> None:
    """Also in the Base64 of a text that holds it, wherever it begins in that."""
    content = before + coding(around[0].replace(b"\n", b"") + TOKEN.encode() + around[1]) + after

    found = list(SEEKER.look(content))

    assert Found(OWN, before.count(b"\n") + 1) in found
    assert SEEKER.holds(content)


@pytest.mark.parametrize("value", ["", "short", "password", "postgres", "x" * 7])
def test_values_that_plain_texts_hold_are_not_sought(value: str) -> None:
    assert list(needles(value)) == []


@pytest.mark.parametrize("value", ["password1", "x" * 16, "päss wörd", "a\nb\nc\nd\ne"])
def test_others_are(value: str) -> None:
    seeker = Seeker([value])
    assert [found.line for found in seeker.look(f"one\n{value}\n".encode())][:1] == [2]


def test_each_line_of_a_key_is_one_and_so_is_the_key_as_json_has_it() -> None:
    key = "-----BEGIN X-----\n" + "MIIEvQIBADANBgkqhkiG9w0B\n" * 2 + "-----END X-----\n"
    seeker = Seeker([key])
    assert seeker.holds(b"a = 'MIIEvQIBADANBgkqhkiG9w0B'") == OWN
    assert seeker.holds(json.dumps({"a": key}).encode()) == OWN


@pytest.mark.parametrize("at", [0, 3000, 3060, 4080, 7000, 20_000])
def test_a_shape_is_found_anywhere_in_a_long_line(at: int) -> None:
    token = "ghp_" + "a1B2c3D4e5F6" * 3
    assert [found.kind for found in SEEKER.look((" ." * at + token + ", " * 9000).encode())] == ["GitHub Token"]


HEX, WORD = "0123456789abcdef" * 2, "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2"
SHAPES = {
    "Artifactory Credentials": "AKC" + WORD[:20],
    "Azure Storage Account access key": "AccountKey=" + (WORD * 2)[:86] + "==",
    "Cloudant Credentials": "cloudant_password='" + (HEX * 2) + "'",
    "Discord Bot Token": "M" + WORD[:23] + "." + WORD[:6] + "." + WORD[:27],
    "GitLab Token": "glpat-" + WORD[:20],
    "IBM COS HMAC Credentials": "cos_hmac_secret_access_key = " + (HEX * 2)[:48],
    "IBM Cloud IAM Key": "ibm_cloud_iam_api_key='" + WORD + "'",
    "Mailchimp Access Key": HEX + "-us1",
    "NPM tokens": "//registry.npmjs.org/:_authToken=npm_" + WORD[:36],
    "OpenAI Token": "sk-" + WORD[:20] + "T3BlbkFJ" + WORD[:20],
    "PyPI Token": "pypi-AgEIcHlwaS5vcmc" + (WORD * 2)[:70],
    "SendGrid API Key": "SG." + WORD[:22] + "." + WORD[:43],
    "SoftLayer Credentials": "softlayer_api_key='" + HEX * 2 + "'",
    "Square OAuth Secret": "sq0csp-" + WORD[:43],
    "Stripe Access Key": "sk_live_" + WORD[:24],
    "Telegram Bot Token": "110201543:AA" + WORD[:33],
    "Twilio API Key": "SK" + HEX,
}


@pytest.mark.parametrize(("kind", "secret"), SHAPES.items(), ids=SHAPES)
def test_what_has_the_shape_of_a_vendors_key_is_found(kind: str, secret: str) -> None:
    assert [found.kind for found in SEEKER.look(f"first\n{secret}\n".encode())] == [kind]


PIECES = [
    "eyJ",
    "eyJ.",
    "//",
    "key ",
    "://a:",
    "AKIA",
    "xoxb-1-",
    "sk-",
    "A" * 9,
    "0",
    "aws key '",
    "password = ",
    "\t",
    "npm ",
]


@pytest.mark.parametrize("piece", PIECES)
def test_no_line_takes_long(piece: str) -> None:
    began = time.process_time()
    list(SEEKER.look((piece * (8_000 // len(piece))).encode() + b"\nkey" + b" " * 20_000))
    assert time.process_time() - began < 2


@pytest.mark.parametrize("piece", ["\n", f"{TOKEN}\n", f"{TOKEN} "])
def test_no_number_of_lines_or_findings_takes_long(piece: str) -> None:
    began = time.process_time()
    list(SEEKER.look((piece * (400_000 // len(piece))).encode()))
    assert time.process_time() - began < 2


def test_past_its_time_it_gives_up_rather_than_say_that_there_is_nothing() -> None:
    ticks = iter(range(0, 1000, 10))
    seeker = Seeker([], clock=lambda: float(next(ticks)))
    assert SECONDS < 40
    with pytest.raises(UnavailableError, match="in time"):
        list(seeker.look(b"a longer line\n" * 9))


def test_a_name_is_shown_without_the_parts_that_hold_a_secret() -> None:
    assert SEEKER.masked(f"a/{TOKEN}.py/b\n\x1b[31mc".encode()) == "a/***/b c"
    assert Seeker(["secret/of/two"]).masked(b"a/secret/of/two") == "***"
    assert SEEKER.masked(b"src/a.py") == "src/a.py"


def test_what_is_held_is_asked_for_only_where_something_was_found() -> None:
    def held() -> frozenset[bytes]:
        asked.append(True)
        return frozenset({TOKEN.encode()})

    asked: list[bool] = []
    assert list(SEEKER.look(b"a\nb\n", held)) == []
    assert asked == []
    assert list(SEEKER.look(f"{TOKEN}\n'{TOKEN}'\n".encode(), held)) == [Found(OWN, 2)]
