"""The head of a server's answer through a proxy: the client is told that nothing more is asked on that connection."""

from __future__ import annotations

_LONGEST = 64 * 1024
_END = b"\r\n\r\n"
_OF_ONE_CONNECTION = (b"connection", b"keep-alive", b"proxy-connection")


class Closing:
    """Passes an answer on, its head with `Connection: close`: the next request may be for another host.

    Some servers say keep-alive whatever they were asked, and a client would send them what is meant for the proxy.
    """

    def __init__(self) -> None:
        self._held = b""
        self._begun = False

    def __call__(self, data: bytes) -> bytes:
        """What goes on of `data`; b"" is the end of all of it."""
        if self._begun:
            return data
        self._held += data
        out = b""
        while not self._begun and _END in self._held:
            head, _, self._held = self._held.partition(_END)
            self._begun = not _is_interim(head)
            out += (_closing(head) if self._begun else head) + _END
        if self._begun or not data or len(self._held) > _LONGEST:
            self._begun = True
            out, self._held = out + self._held, b""
        return out


def _is_interim(head: bytes) -> bool:
    """Whether another head follows: 100 and its like, but for a change of protocols."""
    code = head.partition(b" ")[2][:3]
    return code.startswith(b"1") and code != b"101"


def _closing(head: bytes) -> bytes:
    first, *fields = head.split(b"\r\n")
    kept = [field for field in fields if field.partition(b":")[0].strip().lower() not in _OF_ONE_CONNECTION]
    return b"\r\n".join((first, *kept, b"Connection: close"))
