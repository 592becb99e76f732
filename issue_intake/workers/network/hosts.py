"""Which hosts a worker may reach, and which addresses their names may stand for."""

from __future__ import annotations

import socket

_WEB = (80, 443)
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_")
_LONGEST = 253
_NAT64 = "64:ff9b::/96"


class Forbidden(Exception):  # noqa: N818 - what the answer says
    """The host may not be reached; the message says why."""


class Hosts:
    """The listed ones: `example.org`, `*.example.org` for all below it, `HOST:PORT`; addresses only as written.

    Without a port, 80 and 443 are meant. Raises ValueError for what is no host.
    """

    def __init__(self, listed: list[str]) -> None:
        self._rules = {_rule(text) for text in listed}

    def permit(self, host: str, port: int) -> None:
        """Raises Forbidden unless the host, as `authority` gives it, is listed for that port."""
        names = [host]
        if literal(host) is None:
            labels = host.split(".")
            names += [f"*.{'.'.join(labels[cut:])}" for cut in range(1, len(labels))]
        if not any((name, port) in self._rules or (port in _WEB and (name, None) in self._rules) for name in names):
            raise Forbidden("is not a host listed in network:")

    def addresses(self, host: str, port: int) -> list[tuple[int, tuple[str | int | bytes, ...]]]:
        """The (family, socket address) that a permitted host stands for now.

        One that is not the world's is left out, unless it, or its name and port, are listed as such: else a name's
        owner could lead a worker to whatever listens on this machine or beside it. Raises OSError where there is no
        such host, Forbidden where nothing is left.
        """
        answers = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
        found: list[tuple[int, tuple[str | int | bytes, ...]]] = [
            (int(family), address) for family, _, _, _, address in answers
        ]
        if literal(host) is None and (host, port) not in self._rules:
            found = [(family, address) for family, address in found if is_public(str(address[0]))]
            if not found:
                raise Forbidden("is a name for an address of this machine or its own network")
        return found


def authority(text: str) -> tuple[str, int | None]:
    """Host and port of `host`, `host:port`, `[address]:port`; as they are compared. Raises ValueError."""
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        known = literal(host)
        if not closed or known is None or ":" not in known or (rest and not rest.startswith(":")):
            raise ValueError(f"{text} is not an address")
        return known, _port(rest[1:]) if rest else None
    host, colon, port = text.partition(":")
    host = host.lower().removesuffix(".")
    if not host or len(host) > _LONGEST or not _LETTERS.issuperset(host):
        raise ValueError(f"{text} is not a host")
    return host, _port(port) if colon else None


def literal(host: str) -> str | None:
    """The usual spelling of an IP address, None for what is none."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, host))
        except (OSError, ValueError):
            continue
    return None


def is_public(address: str) -> bool:
    """Whether an IP address is one of the whole world's, whatever way it is wrapped in another."""
    import ipaddress  # noqa: PLC0415 - not before the first name

    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not (ip.is_multicast or ip.is_reserved)
    translated = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in ipaddress.ip_network(_NAT64) else None
    wrapped = ip.ipv4_mapped or ip.sixtofour or translated
    if wrapped is not None:
        return is_public(str(wrapped))
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_site_local)


def _rule(text: str) -> tuple[str, int | None]:
    if not text.startswith("*."):
        return authority(text)
    host, port = authority(text[2:])
    if literal(host) is not None:
        raise ValueError(f"{text} is not a host")
    return f"*.{host}", port


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:6]) < 65536 and len(text) < 6):
        raise ValueError(f"{text} is not a port")
    return int(text)
