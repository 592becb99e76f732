"""Secrets are named in the configuration, never written there: what looks like one is found here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from issue_intake.core.shapes import KEY_HINT, SHAPES

_KEY = f"{KEY_HINT}-----"
# The shapes of tokens themselves: what stands behind a header's or a URL's sign may be a shell variable, here.
_TOKENS = tuple((hints, shape) for hints, shape in SHAPES if not {"://", "uthorization"} & {*hints})
# user:password@ in a URL; a password that is a shell variable is a name, not a secret.
_URL_PASSWORD = re.compile(r"://[^/\s:@]*:(?!\$)[^/\s@]+@")
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:TOKEN|PAT|API_?KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|SECRET_(?:ACCESS_)?KEY|PRIVATE_KEY)$"
)


def holds_credential(text: str) -> bool:
    """Whether a part of `text` looks like a token, a private key or a URL's password."""
    return _KEY in text or bool(_URL_PASSWORD.search(text)) or _holds_token(text)


def _holds_token(text: str) -> bool:
    return any(re.search(shape, text) for hints, shape in _TOKENS if any(hint in text for hint in hints))


def names_secret(variable: str) -> bool:
    """Whether an environment variable's name says that its value is a secret."""
    return bool(_SECRET_NAME.search(variable.upper()))


def secret_values(environ: Mapping[str, str], values: Iterable[str] = ()) -> tuple[str, ...]:
    """What may be in no text that others see: `values`, and those of all variables whose names say so."""
    return tuple(sorted({*values, *(value for name, value in environ.items() if names_secret(name))}))
