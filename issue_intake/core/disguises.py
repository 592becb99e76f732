"""How a secret looks in texts that hold it encoded: as JSON has it, in a URL, in Base64 wherever it stands in that."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Iterator

# What Base64 makes of a shorter value is found in texts that do not hold it.
_SHORTEST = 8
_PLAIN_IN_URLS = frozenset((string.ascii_letters + string.digits + "-._~").encode())


def disguises(secret: str) -> Iterator[str]:
    """The texts that show `secret` to whoever decodes them, itself perhaps among them."""
    for plain in (True, False):
        yield json.dumps(secret, ensure_ascii=plain)[1:-1]
    if len(secret) >= _SHORTEST:
        data = secret.encode("utf-8", "surrogateescape")
        yield "".join(chr(byte) if byte in _PLAIN_IN_URLS else f"%{byte:02X}" for byte in data)
        yield from _base64(data)


def _base64(data: bytes) -> Iterator[str]:
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + data).decode("ascii")
        # The first signs hold bits of what stands before it, the last ones of what comes after.
        begin, end = (0, 2, 3)[before], (before + len(data)) * 8 // 6
        yield coded[begin:end]
        yield coded[begin:end].replace("+", "-").replace("/", "_")
