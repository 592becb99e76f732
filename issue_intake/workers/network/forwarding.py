"""A port on the loopback of a worker without a network, each of whose connections goes to a proxy's socket."""

from __future__ import annotations

import os
import socket
import stat

from issue_intake.workers.network import beside
from issue_intake.workers.network.relay import relay
from issue_intake.workers.network.words import USAGE, parted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_IDLE = 960.0  # the proxy's own limit ends it first
_UP = 1  # IFF_UP
_READ_FLAGS, _SET_FLAGS = 0x8913, 0x8914  # SIOCGIFFLAGS, SIOCSIFFLAGS


def run(words: list[str]) -> None:
    """Run `--socket PATH --port N [--proxied HOST …] -- ARGV…`; ends this process.

    What a program serves on the loopback it reaches without the proxy, but for each `--proxied` of its names.
    """
    try:
        options, argv = parted(words, ("--socket", "--port", "--proxied"))
        folder, name = os.path.split(os.path.abspath(options["--socket"][-1]))  # noqa: PTH100 - pathlib takes 10 ms
        if not stat.S_ISSOCK(os.stat(f"{folder}/{name}").st_mode):  # noqa: PTH116
            raise ValueError(f"{folder}/{name} is no socket")
        listener = _listen(int(options["--port"][-1]))
        environment = _environment(os.environ, listener.getsockname()[1], options.get("--proxied", []))
        way = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    except (OSError, ValueError, LookupError) as error:
        beside.complain(f"the way to the proxy could not be opened: {error}")
        os._exit(USAGE)
    status = beside.started(argv, environment, listener, lambda client: _forward(client, way, name))
    beside.end_like(status)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    _raise_loopback(listener)
    return listener


def _raise_loopback(anything: socket.socket) -> None:
    """Switch `lo` on: in a network of its own it may be off. Where that is not allowed it is on already."""
    import fcntl  # noqa: PLC0415
    import struct  # noqa: PLC0415

    try:
        answer = fcntl.ioctl(anything, _READ_FLAGS, struct.pack("16sh22x", b"lo", 0))
        flags = struct.unpack_from("16sh", answer)[1]
        if not flags & _UP:
            fcntl.ioctl(anything, _SET_FLAGS, struct.pack("16sh22x", b"lo", flags | _UP))
    except OSError:
        return


def _environment(environ: Mapping[str, str], port: int, proxied: list[str]) -> dict[str, str]:
    place = f"http://127.0.0.1:{port}"
    direct = ",".join(host for host in _LOOPBACK if host not in proxied)
    given = {"http_proxy": place, "https_proxy": place, "all_proxy": place, "no_proxy": direct}
    shouted = {name.upper(): value for name, value in given.items()}
    return {**environ, **given, **shouted, "NODE_USE_ENV_PROXY": "1"}  # Node asks to be told


def _forward(client: socket.socket, way: int, name: str) -> None:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with socket.socket(socket.AF_UNIX) as proxy:
        proxy.connect(f"/proc/self/fd/{way}/{name}")  # an address holds 108 bytes, a path may be longer
        relay(client, proxy, _IDLE)
