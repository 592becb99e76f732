"""Takes what looks like a secret out of output as it passes. The supervisor knows no secret's value."""

from __future__ import annotations

import re
from functools import lru_cache

from issue_intake.core.shapes import GONE, KEY, KEY_BEGIN, KEY_HINT, KEY_REST, SHAPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 64 * 1024  # bytes of a line that has no end yet; a longer one goes on in pieces
_KEPT = 8 * 1024  # of which so many wait for more: no token is longer, but for a private key
_ENDS = (b" ", b"\t", b"\r", b'"', b"'")  # no token goes on after these
_GONE = GONE.encode()
_KEY_HINT = KEY_HINT.encode()
_HINTS = tuple(hint.encode() for hints, _ in SHAPES for hint in hints)


class Redaction:
    """Holds an unfinished line back until it is finished, too long, or nothing more comes."""

    def __init__(self) -> None:
        self._held = b""
        self._in_key = False

    @property
    def holds(self) -> bool:
        """Whether something is held back."""
        return bool(self._held)

    def pass_on(self, data: bytes) -> bytes:
        """What may be shown by now of `data` and of what was held back."""
        data = self._held + data
        end = data.rfind(b"\n") + 1
        if len(data) - end > _LONGEST:
            end = _edge(data, len(data) - _KEPT)
        self._held = data[end:]
        return self._clean(data[:end])

    def rest(self) -> bytes:
        """What was held back."""
        held, self._held = self._held, b""
        return self._clean(held)

    def _clean(self, data: bytes) -> bytes:
        if self._in_key or _KEY_HINT in data:
            data = b"".join(self._without_keys(data))
        if not any(hint in data for hint in _HINTS):
            return data
        for hints, shape in patterns().shapes:
            if any(hint in data for hint in hints):
                data = shape.sub(rb"\1" + _GONE, data)
        return data

    def _without_keys(self, data: bytes) -> Iterator[bytes]:
        for whole in data.splitlines(keepends=True):
            line = whole.rstrip(b"\r\n")
            shown = self._without_key(line, 0) if self._in_key else line
            begin = patterns().key_begin.search(shown)
            if begin is not None:
                shown = shown[: begin.start()] + _GONE + self._without_key(shown, begin.end())
            if shown or not line:
                yield shown + whole[len(line) :]

    def _without_key(self, line: bytes, begin: int) -> bytes:
        """What comes after a private key that goes on from `begin`; it may go on in the next line, too."""
        key = patterns().key_rest.match(line, begin)
        end = key.end() if key else begin
        self._in_key = end == len(line) and not line.endswith(b"KEY-----", begin)
        return line[end:]


class Patterns:
    """The expressions for bytes; of what a shape matches, its first group stays."""

    def __init__(self) -> None:
        self.shapes = tuple(
            (tuple(hint.encode() for hint in hints), re.compile(shape.encode())) for hints, shape in SHAPES
        )
        self.key = re.compile(KEY.encode())
        self.key_begin = re.compile(KEY_BEGIN.encode())
        self.key_rest = re.compile(KEY_REST.encode())


@lru_cache(maxsize=1)
def patterns() -> Patterns:
    """Made when the first output that needs them comes: it takes milliseconds."""
    return Patterns()


def _edge(data: bytes, most: int) -> int:
    """Where to cut, after `most` bytes at the latest: not in the middle of a word if that can be helped."""
    return max(data.rfind(end, 0, most) for end in _ENDS) + 1 or most
