"""Secrets are named in the configuration, never written there: what looks like one is found here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_|github_pat_|glpat-|sk-ant-|sk-proj-|xox[abprs]-)[A-Za-z0-9_-]{4,}"
    r"|(?<![A-Za-z0-9-])sk-(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{16,}"
    r"|PRIVATE KEY-----"
)
# user:password@ in a URL; a password that is a shell variable is a name, not a secret.
_URL_PASSWORD = re.compile(r"://[^/\s:@]*:(?!\$)[^/\s@]+@")
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:TOKEN|PAT|API_?KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|SECRET_(?:ACCESS_)?KEY|PRIVATE_KEY)$"
)


def holds_credential(text: str) -> bool:
    """Whether a part of `text` looks like a token, a private key or a URL's password."""
    return bool(_TOKEN.search(text) or _URL_PASSWORD.search(text))


def names_secret(variable: str) -> bool:
    """Whether an environment variable's name says that its value is a secret."""
    return bool(_SECRET_NAME.search(variable.upper()))


def secret_values(environ: Mapping[str, str], values: Iterable[str] = ()) -> tuple[str, ...]:
    """What may be in no text that others see: `values`, and those of all variables whose names say so."""
    return tuple(sorted({*values, *(value for name, value in environ.items() if names_secret(name))}))
