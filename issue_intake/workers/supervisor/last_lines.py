"""The last lines of any output, in bounded room."""

from __future__ import annotations

LINES = 50
BYTES = 16 * 1024


class LastLines:
    """Keeps the last 50 lines of what is added, 16 KiB at most."""

    def __init__(self) -> None:
        self._kept = b""
        self._cut = False

    def add(self, data: bytes) -> None:
        """More output came."""
        kept = self._kept + data
        self._cut = self._cut or len(kept) > BYTES
        self._kept = kept[-BYTES:]

    @property
    def text(self) -> str:
        """The lines without the last one's end; a first one that was cut is left out unless it is the only one."""
        lines = self._kept.decode("utf-8", "replace").removesuffix("\n").split("\n")
        if self._cut and len(lines) > 1:
            del lines[0]
        return "\n".join(lines[-LINES:])
