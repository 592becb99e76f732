"""An HTTP proxy on a Unix socket: CONNECT and plain http:// to listed hosts, 403 and a line on stderr for others."""

from __future__ import annotations

import os
import socket
import stat

from issue_intake.workers.network import beside
from issue_intake.workers.network.answer_head import Closing
from issue_intake.workers.network.hosts import Forbidden, Hosts
from issue_intake.workers.network.relay import relay
from issue_intake.workers.network.request_head import parse, read_head
from issue_intake.workers.network.words import USAGE, parted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from issue_intake.workers.network.request_head import Asked

_HEAD = 20.0  # seconds for a client to ask
_CONNECT = 10.0  # for each address of a host
_ADDRESSES = 4
_IDLE = 900.0  # a model may think for minutes before it says a word
_LINGER = 2.0
_MOST_LINES = 1000


def run(words: list[str]) -> None:
    """Run `--socket PATH --allow HOST … -- ARGV…`; ends this process."""
    try:
        options, argv = parted(words, ("--socket", "--allow"))
        place = options["--socket"][-1]
        proxy = _Proxy(Hosts(options.get("--allow", [])))
        listener = _listen(place)
    except (OSError, ValueError, LookupError) as error:
        beside.complain(f"the proxy could not be started: {error}")
        os._exit(USAGE)
    status = beside.started(argv, os.environ, listener, proxy.serve)
    _remove(place)
    beside.end_like(status)


def _listen(place: str) -> socket.socket:
    """A socket that only this user can reach. Raises OSError where something else is in its place."""
    folder, name = os.path.split(os.path.abspath(place))  # noqa: PTH100 - pathlib takes 10 ms
    _make_private(folder)
    _remove(place)
    listener = socket.socket(socket.AF_UNIX)
    here = os.getcwd()  # noqa: PTH109
    before = os.umask(0o177)
    try:
        os.chdir(folder)  # a socket's address holds 108 bytes, a path may be longer
        listener.bind(name)
    finally:
        os.umask(before)
        os.chdir(here)
    listener.listen(128)
    return listener


def _make_private(folder: str) -> None:
    try:
        os.mkdir(folder, 0o700)  # noqa: PTH102
    except FileExistsError:
        found = os.lstat(folder)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise OSError(f"{folder} is not this user's alone") from None


def _remove(place: str) -> None:
    """Remove the socket; what is none is left, and in the way."""
    try:
        if stat.S_ISSOCK(os.lstat(place).st_mode):
            os.unlink(place)  # noqa: PTH108
    except OSError:
        return


class _Proxy:
    """Serves one connection after the other, each in its own thread."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._told: set[tuple[str, int, str]] = set()

    def serve(self, client: socket.socket) -> None:
        """Answer what is asked on `client`. Raises OSError when it has gone."""
        try:
            head, rest = read_head(client, _HEAD)
            if not head:
                return
            asked = parse(head)
        except ValueError as error:
            _answer(client, "400 Bad Request", f"this is a proxy, and cannot do what was asked: {error}")
            return
        try:
            server = self._connected(asked)
        except Forbidden as error:
            self._tell(asked, str(error))
            _answer(client, "403 Forbidden", f"{asked.host}:{asked.port} {error}")
        except OSError as error:
            _answer(client, "502 Bad Gateway", f"{asked.host}:{asked.port} cannot be reached: {error.strerror}")
        else:
            _join(client, server, asked, rest)

    def _connected(self, asked: Asked) -> socket.socket:
        self._hosts.permit(asked.host, asked.port)
        failure = OSError(None, "it has no address")
        for family, address in self._hosts.addresses(asked.host, asked.port)[:_ADDRESSES]:
            server = socket.socket(family)
            try:
                server.settimeout(_CONNECT)
                server.connect(address)
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                server.close()
                failure = OSError(None, error.strerror or "no answer")
            else:
                return server
        raise failure

    def _tell(self, asked: Asked, reason: str) -> None:
        """One line for each host, however often a program tries it."""
        refused = (asked.host, asked.port, reason)
        if refused not in self._told and len(self._told) < _MOST_LINES:
            self._told.add(refused)
            beside.complain(f"network: {asked.host}:{asked.port} was refused: it {reason}")


def _join(client: socket.socket, server: socket.socket, asked: Asked, rest: bytes) -> None:
    try:
        client.settimeout(_CONNECT)
        if asked.tunnel:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            server.sendall(rest)
            relay(client, server, _IDLE)
            return
        server.sendall(asked.head + rest)
        relay(client, server, _IDLE, Closing())
    finally:
        server.close()


def _answer(client: socket.socket, status: str, sentence: str) -> None:
    """Answer, and take in some of what the client still sends: closed at once, it would lose the answer with it."""
    body = f"intake: {sentence}\n".encode("ascii", "replace")
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    client.settimeout(_LINGER)
    client.sendall(head.encode("ascii") + body)
    client.shutdown(socket.SHUT_WR)
    for _ in range(64):
        if not client.recv(16 * 1024):
            break
