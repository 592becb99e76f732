"""A worker's way out: listed hosts and nothing else, for as long as its program runs."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.workers.bench import alive, until
from tests.workers.network.loopback import PROXY, Server, ask, connect, proxy, server, tunnel


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Longer than the address of a socket may be."""
    (folder := tmp_path / ("deep" * 30)).mkdir()
    return folder / "private" / "socket"


@pytest.fixture
def listed() -> Iterator[Server]:
    with server("listed") as made:
        yield made


def test_listed_hosts_are_reached_by_tunnel_and_by_address(place: Path, listed: Server) -> None:
    with proxy(place, f"127.0.0.1:{listed.port}", f"localhost:{listed.port}"):
        line, client = tunnel(place, f"localhost:{listed.port}")
        with client:
            client.sendall(b"ping")
            assert (line, client.recv(9)) == (b"HTTP/1.1 200 Connection established", b"ping")
        host = f"127.0.0.1:{listed.port}"
        answer = ask(place, f"GET http://{host}/a?b#c HTTP/1.1\r\nHost: evil\r\nProxy-Authorization: x\r\nA: b\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nfrom listed")
    assert listed.heard[1] == f"GET /a?b HTTP/1.1\r\nHost: {host}\r\nA: b\r\nConnection: close\r\n\r\n".encode()


def test_others_get_403_and_one_line_that_names_them(place: Path, listed: Server) -> None:
    with server("other") as other, proxy(place, f"127.0.0.1:{listed.port}", "localhost") as running:
        for _ in range(2):
            line, client = tunnel(place, f"127.0.0.1:{other.port}")
            client.close()
            assert line == b"HTTP/1.1 403 Forbidden"
        assert b" 403 " in ask(place, "POST http://evil.example/ HTTP/1.1\r\nContent-Length: 9\r\n\r\nsecrets!!")
        assert b"of this machine" in ask(place, "GET http://localhost/ HTTP/1.1\r\n\r\n")
        running.terminate()
        _, said = running.communicate(timeout=10)
    refused = [line.split()[2] for line in said.decode().splitlines()]
    assert refused == [f"127.0.0.1:{other.port}", "evil.example:80", "localhost:80"]
    assert other.heard == []


@pytest.mark.parametrize(
    "text",
    [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET https://example.org/ HTTP/1.1\r\n\r\n",
        "CONNECT example.org HTTP/1.1\r\n\r\n",
        "GET http://user@example.org/ HTTP/1.1\r\n\r\n",
        "CONNECT example.org:443\x1b[2J HTTP/1.1\r\n\r\n",
        "GET http://example.org/ HTTP/1.1\r\nA: b\nHost: c\r\n\r\n",
        "\x16\x03\x01\r\n\r\n",
        "A" * 40_000,
    ],
)
def test_what_is_no_proxys_request_gets_400(place: Path, text: str) -> None:
    with proxy(place, "example.org"):
        assert ask(place, text).startswith(b"HTTP/1.1 400 ")


def test_a_listed_host_that_does_not_answer_is_502(place: Path, listed: Server) -> None:
    listed.close()
    with proxy(place, f"127.0.0.1:{listed.port}"):
        assert ask(place, f"CONNECT 127.0.0.1:{listed.port} HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 502 ")


def test_much_goes_both_ways_at_once_and_little_is_held(place: Path, listed: Server) -> None:
    with proxy(place, f"127.0.0.1:{listed.port}") as running:
        _, client = tunnel(place, f"127.0.0.1:{listed.port}")
        with client:
            client.setblocking(False)
            block, sent, got = b"x" * 65536, 0, 0
            deadline = time.monotonic() + 20
            while got < 20_000_000 and time.monotonic() < deadline:
                with suppress(BlockingIOError):
                    sent += client.send(block) if sent < 20_000_000 else 0
                with suppress(BlockingIOError):
                    got += len(client.recv(1 << 20))
        assert got >= 20_000_000
        assert psutil.Process(running.pid).memory_info().rss < 25_000_000


def test_connections_beyond_the_most_wait_and_are_served_when_others_end(place: Path, listed: Server) -> None:
    with proxy(place, f"127.0.0.1:{listed.port}"):
        idle = [connect(place) for _ in range(64)]
        late = connect(place)
        late.sendall(f"CONNECT 127.0.0.1:{listed.port} HTTP/1.1\r\n\r\n".encode())
        late.settimeout(0.3)
        with pytest.raises(TimeoutError):
            late.recv(1)
        for client in idle:
            client.close()
        late.settimeout(10)
        assert late.recv(12) == b"HTTP/1.1 200"
        late.close()


def test_the_socket_is_its_users_alone_and_goes_with_the_program(place: Path) -> None:
    with proxy(place, argv=("sh", "-c", "sleep 1; exit 1")) as running:
        found = place.lstat()
        assert stat.S_ISSOCK(found.st_mode)
        assert (stat.S_IMODE(found.st_mode), stat.S_IMODE(place.parent.stat().st_mode)) == (0o600, 0o700)
        assert running.wait(10) == 1
        assert not place.exists()


def test_a_dead_proxys_socket_is_replaced_and_anything_else_is_left(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.parent.mkdir(mode=0o700)
    with monkeypatch.context() as patched, socket.socket(socket.AF_UNIX) as dead:
        patched.chdir(place.parent)
        dead.bind(place.name)
    with proxy(place):
        connect(place).close()
    place.write_text("a file")
    done = subprocess.run((*PROXY, "--socket", place, "--", "true"), check=False, capture_output=True)
    assert (done.returncode, place.read_text()) == (125, "a file")
    assert done.stderr.startswith(b"intake: the proxy could not be started: ")


def test_a_folder_that_others_may_enter_is_refused(place: Path) -> None:
    place.parent.mkdir(mode=0o755)
    done = subprocess.run((*PROXY, "--socket", place, "--", "true"), check=False, capture_output=True, text=True)
    assert (done.returncode, "is not this user's alone" in done.stderr) == (125, True)


@pytest.mark.parametrize(
    ("line", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", -9), ("kill -15 $$", -15), ("kill -6 $$", -6)]
)
def test_it_ends_as_its_program_ends(place: Path, line: str, code: int) -> None:
    done = subprocess.run((*PROXY, "--socket", place, "--", "sh", "-c", line), check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--socket", "{}", "--", "no-such-program"), 127),
        (("--socket", "{}", "--allow", "a b", "--", "true"), 125),
        (("--socket", "{}", "--alow", "a", "--", "true"), 125),
        (("--socket", "{}", "true"), 125),
        (("--", "true"), 125),
        (("--socket", "{}", "--"), 125),
        ((), 125),
    ],
)
def test_what_cannot_begin_says_so_in_a_line(place: Path, words: tuple[str, ...], code: int) -> None:
    command = (*PROXY, *(word.replace("{}", str(place)) for word in words))
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n"), done.stderr[:8]) == (code, 1, "intake: ")
    assert not place.exists()


def test_its_program_has_its_streams_and_hears_its_signals(place: Path) -> None:
    line = "trap 'echo heard; exit 5' USR1; echo ready; cat >/dev/null; while :; do sleep 0.05; done"
    command = (*PROXY, "--socket", place, "--", "sh", "-c", line)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stdout.readline() == b"ready\n"
        running.send_signal(signal.SIGUSR1)
        assert running.communicate(b"", timeout=10)[0] == b"heard\n"
        assert running.returncode == 5


def test_its_program_is_killed_when_whoever_started_it_vanishes(place: Path, tmp_path: Path) -> None:
    code = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    line = f"trap '' TERM; echo $$ > {tmp_path}/pid; exec sleep 600"
    command = (*PROXY, "--socket", str(place), "--", "sh", "-c", line)
    with subprocess.Popen((*PROXY[:1], "-c", code, *command)) as starter:
        kept = tmp_path / "pid"
        program = psutil.Process(int(until(lambda: (kept.exists() and kept.read_text()) or None)))
        between = program.parent()
        assert between
        starter.kill()
    until(lambda: True if not alive(program) and not alive(between) else None)
    assert not place.exists()
