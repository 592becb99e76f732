"""Secrets taken out of what is shown to others: those that are known, and what looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable

GONE = "[redacted]"

# A shorter value would be found in words that are none.
_SHORTEST = 6
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_|github_pat_|glpat-|sk-ant-|sk-proj-|xox[abprs]-)[A-Za-z0-9_-]{4,}"
    r"|(?<![A-Za-z0-9-])sk-(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{16,}"
    r"|(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{12,}"
    r"|(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
)
_URL_PASSWORD = re.compile(r"(?<=://)[^/\s:@]{0,200}:[^/\s@]{1,400}(?=@)")
_AUTHORIZATION = re.compile(r"(?i)\b(authorization\s*[:=]\s*(?:(?:bearer|basic|token)\s+)?)[^\s\"']+")
_KEY = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:.*?-----END [A-Z ]{0,40}PRIVATE KEY-----|.*)", re.DOTALL)
_KEY_END = re.compile(r"\A.*-----END [A-Z ]{0,40}PRIVATE KEY-----", re.DOTALL)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without `secrets` and without what looks like a token, a password in a URL or a private key."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, GONE)
    text = _KEY_END.sub(GONE, _KEY.sub(GONE, text))  # of a key whose beginning was cut off, all that is left of it
    text = _URL_PASSWORD.sub(GONE, _AUTHORIZATION.sub(rf"\1{GONE}", text))
    return _TOKEN.sub(GONE, text)
