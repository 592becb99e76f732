"""GitHub Apps: an app proves itself by a signed claim and gets a token of an hour for one of its installations."""

from __future__ import annotations

import base64
import json
import re
import secrets
from datetime import timedelta

from issue_intake.demo.bodies import rfc3339
from issue_intake.demo.model import Token
from issue_intake.demo.wire import Json, RejectedError, Reply, Request, json_reply, not_found
from issue_intake.demo.world import World

_PATH = re.compile(r"/app/installations/(\d+)/access_tokens")


def is_app_call(request: Request) -> bool:
    """Whether an app asks, and no token."""
    return request.method == "POST" and bool(_PATH.fullmatch(request.path))


def installation_token(world: World, request: Request) -> Reply:
    """A new token. The claim's times and issuer are checked, its signature is not: no library for that is here."""
    claims = _claims(request.headers.get("authorization", "").removeprefix("Bearer "))
    now = world.now().timestamp()
    found = _PATH.fullmatch(request.path)
    app = str(claims.get("iss"))
    if app not in world.apps.values() or not claims["iat"] <= now < claims["exp"] <= now + 600:
        raise RejectedError(401, "'Issuer' claim ('iss') must be an Integer, and 'Expiration time' at most 10 minutes")
    if found is None or world.apps.get(int(found[1])) != app:
        raise not_found()
    secret = f"standin_{secrets.token_hex(16)}"
    world.tokens[secret] = Token(login=f"app-{app}[bot]")
    return json_reply({"token": secret, "expires_at": rfc3339(world.now() + timedelta(hours=1))}, 201)


def _claims(token: str) -> Json:
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, IndexError):
        claims = None
    if not isinstance(claims, dict) or not {"iat", "exp", "iss"} <= claims.keys():
        raise RejectedError(401, "A JSON web token could not be decoded")
    return claims
