"""Carries bytes between two sockets, both ways at once, holding one chunk each way and no more."""

from __future__ import annotations

import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

_CHUNK = 64 * 1024
_END_OF_WRITING = 1  # SHUT_WR


class _Flow:
    """One direction. `done`: its source has ended, and all of it was passed on."""

    def __init__(self, source: socket, sink: socket, change: Callable[[bytes], bytes]) -> None:
        self._source = source
        self._sink = sink
        self._change = change
        self._held = b""
        self._ended = False
        self.done = False

    def waits_for(self) -> tuple[socket, int]:
        """The socket, and what must happen to it, before this can go on."""
        return (self._sink, select.POLLOUT) if self._held else (self._source, select.POLLIN)

    def move(self) -> None:
        """Carry what is there. Raises OSError when one of them is broken."""
        try:
            if not self._held and not self._ended:
                data = self._source.recv(_CHUNK)
                self._ended = not data
                self._held = self._change(data)
            if self._held:
                self._held = self._held[self._sink.send(self._held) :]
        except BlockingIOError:
            return
        if self._ended and not self._held:
            self._sink.shutdown(_END_OF_WRITING)
            self.done = True


def _unchanged(data: bytes) -> bytes:
    return data


def relay(left: socket, right: socket, idle: float, answers: Callable[[bytes], bytes] = _unchanged) -> None:
    """Until both have ended, one of them breaks, or nothing moves for `idle` seconds. Neither is closed.

    `answers` gives what goes on of each piece from right to left; b"" stands for their end.
    """
    left.setblocking(False)  # noqa: FBT003 - takes no keywords
    right.setblocking(False)  # noqa: FBT003
    flows = [_Flow(left, right, _unchanged), _Flow(right, left, answers)]
    while open_ones := [flow for flow in flows if not flow.done]:
        if not _wait(open_ones, idle):
            return
        try:
            for flow in open_ones:
                flow.move()
        except OSError:
            return


def _wait(flows: list[_Flow], idle: float) -> bool:
    """Whether one of them can go on within `idle` seconds."""
    wanted: dict[int, int] = {}
    for flow in flows:
        waiting, event = flow.waits_for()
        wanted[waiting.fileno()] = wanted.get(waiting.fileno(), 0) | event
    watched = select.poll()
    for number, events in wanted.items():
        watched.register(number, events)
    return bool(watched.poll(idle * 1000))
