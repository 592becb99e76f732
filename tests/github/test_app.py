"""A GitHub App's installation: how its tokens are fetched, how long they serve, what is said when there is none."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from issue_intake.errors import UnavailableError
from issue_intake.github.app import App, AppInstallation
from issue_intake.github.cache import Cache
from issue_intake.github.client import GitHub
from issue_intake.github.http import Wire
from tests.github.builders import API, CANARY, NOW

TOKENS = f"{API}/app/installations/678/access_tokens"


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes | None = None) -> bytes:
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


class _Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "app.pem"
    path.write_bytes(_pem(_key()))
    return path


def _installation(key_file: Path, clock: _Clock | None = None) -> AppInstallation:
    app = App(id="12345", installation=678, key_file=key_file)
    return AppInstallation(app, API, now=clock or _Clock())


def _answer(github: responses.RequestsMock, token: str = CANARY, *, after: timedelta = timedelta(hours=1)) -> None:
    expires = (NOW + after).isoformat().replace("+00:00", "Z")
    github.post(TOKENS, status=201, json={"token": token, "expires_at": expires})


def test_the_app_proves_itself_by_a_short_claim_signed_with_its_key(
    github: responses.RequestsMock, key_file: Path
) -> None:
    _answer(github)
    assert _installation(key_file).secret() == CANARY
    (call,) = github.calls
    scheme, _, claim = call.request.headers["Authorization"].partition(" ")
    options: Any = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(claim, _key().public_key(), algorithms=["RS256"], options=options)
    assert (scheme, claims["iss"]) == ("Bearer", "12345")
    assert claims["iat"] == NOW.timestamp() - 60
    assert NOW.timestamp() < claims["exp"] <= NOW.timestamp() + 600
    assert call.request.headers["Accept"] == "application/vnd.github+json"


def test_one_token_serves_all_until_five_minutes_before_its_end(github: responses.RequestsMock, key_file: Path) -> None:
    clock = _Clock()
    installation = _installation(key_file, clock)
    _answer(github, "ghs_first")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: installation.secret(), range(20))) == {"ghs_first"}
    clock.now = NOW + timedelta(minutes=55)
    assert installation.secret() == "ghs_first"
    assert len(github.calls) == 1
    clock.now = NOW + timedelta(minutes=55, seconds=1)
    github.reset()
    _answer(github, "ghs_second", after=timedelta(hours=2))
    assert installation.secret() == "ghs_second"


def test_reads_are_signed_with_the_token_and_its_name_is_the_apps(
    github: responses.RequestsMock, key_file: Path, tmp_path: Path
) -> None:
    _answer(github)
    github.get(f"{API}/x", status=401, json={"message": "Bad credentials"})
    client = GitHub(Wire(API, _installation(key_file)), Cache(tmp_path / "cache"), now=lambda: NOW)
    with pytest.raises(UnavailableError, match="the token from the GitHub App 12345") as caught:
        client.read("/x")
    assert github.calls[1].request.headers["Authorization"] == f"Bearer {CANARY}"
    assert CANARY not in str(caught.value)


def test_the_fingerprint_is_the_installations_whatever_its_token(key_file: Path) -> None:
    installation = _installation(key_file)
    other = AppInstallation(App(id="12345", installation=679, key_file=key_file), API)
    assert installation.fingerprint == _installation(key_file).fingerprint != other.fingerprint
    assert CANARY not in repr(vars(installation))


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"message": "A JSON web token could not be decoded"}, "does not accept the key of the GitHub App 12345"),
        (404, {"message": "Not Found"}, "the GitHub App 12345 has no installation 678"),
        (403, {"message": "This installation has been suspended"}, "forbids .*suspended"),
        (500, {"message": "Oops"}, "500"),
        (201, [], "gave no token"),
        (201, {"token": CANARY, "expires_at": "soon"}, "gave no token"),
        (201, {"token": CANARY, "expires_at": "2026-01-02T13:00:00"}, "gave no token"),
        (201, {"token": f"{CANARY}\n", "expires_at": "2026-01-02T13:00:00Z"}, "line breaks"),
    ],
)
def test_no_token_is_one_sentence_for_all_projects_and_asked_for_once(
    github: responses.RequestsMock, key_file: Path, status: int, body: object, said: str
) -> None:
    github.post(TOKENS, status=status, json=body)
    installation = _installation(key_file)
    for _ in range(2):
        with pytest.raises(UnavailableError, match=said) as caught:
            installation.secret()
        assert "\n" not in str(caught.value)
        assert CANARY not in str(caught.value)
    assert len(github.calls) == 1


@pytest.mark.parametrize("kind", ["text", "empty", "curve", "locked", "binary", "public"])
def test_a_key_that_is_none_is_named_and_not_quoted(tmp_path: Path, kind: str) -> None:
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    contents = {
        "text": f"-----BEGIN {CANARY}".encode(),
        "empty": b"",
        "curve": _pem(ec.generate_private_key(ec.SECP256R1())),
        "locked": _pem(_key(), b"secret"),
        "binary": b"\xff\xfe",
        "public": _key().public_key().public_bytes(serialization.Encoding.PEM, public),
    }
    path = tmp_path / "app.pem"
    path.write_bytes(contents[kind])
    with pytest.raises(UnavailableError, match=r"app\.pem holds no RSA private key in PEM") as caught:
        _installation(path).secret()
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"app\.pem cannot be read: No such file"):
        _installation(tmp_path / "app.pem").secret()


def test_without_pyjwt_the_extra_is_named(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(UnavailableError, match=r"needs PyJWT.*install issue-intake\[app\]"):
        _installation(key_file).secret()


def test_without_cryptography_the_extra_is_named(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def encode(*_: object, **__: object) -> str:
        raise NotImplementedError("Algorithm 'RS256' could not be found. Do you have cryptography installed?")

    monkeypatch.setattr(jwt, "encode", encode)
    with pytest.raises(UnavailableError, match=r"needs the package cryptography.*install issue-intake\[app\]"):
        _installation(key_file).secret()


def test_no_token_reaches_the_cache(github: responses.RequestsMock, key_file: Path, tmp_path: Path) -> None:
    _answer(github)
    github.get(f"{API}/x", json={"a": 1}, headers={"ETag": '"1"', "Vary": "Authorization"})
    GitHub(Wire(API, _installation(key_file)), Cache(tmp_path / "cache")).read("/x")
    (file,) = (tmp_path / "cache").iterdir()
    assert CANARY.encode() not in file.read_bytes()
    assert json.loads(file.read_text())["body"] == {"a": 1}
