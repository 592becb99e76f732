"""A program without a network: through the proxy it reaches what is listed, and nothing else in any way."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workers.network.loopback import FORWARD, PROXY, server

PORT = "3128"
BWRAP = ("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-net", "--unshare-pid")


def _no_namespaces() -> str:
    """Why there is no private network to be had here, "" if there is."""
    if shutil.which("bwrap") is None:
        return "bwrap is not installed"
    tried = subprocess.run((*BWRAP, "true"), capture_output=True, text=True, check=False, timeout=20)
    return tried.stderr.strip() if tried.returncode else ""


WHY_NOT = _no_namespaces()
needs_bwrap = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "none")

# Tries each address of argv in each way of argv's rest; a line of JSON on stdout.
CLIENT = """
import json, os, socket, subprocess, sys, urllib.request
listed, other = map(int, sys.argv[1:3])
found = {}
def attempt(name, way):
    try: found[name] = way()
    except Exception as error: found[name] = f"{type(error).__name__} {getattr(error, 'code', '')}".strip()
def by_urllib(url):
    with urllib.request.urlopen(url, timeout=5) as answer: return answer.read().decode()
def directly(port):
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n"); return client.recv(99).decode()
def by_curl(url, *options):
    done = subprocess.run(("curl", "-sS", "-m", "5", *options, url), capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else f"curl {done.returncode}"
attempt("urllib listed", lambda: by_urllib(f"http://127.0.0.1:{listed}/"))
attempt("urllib other", lambda: by_urllib(f"http://127.0.0.1:{other}/"))
attempt("urllib by name", lambda: by_urllib(f"http://localhost.:{listed}/"))
attempt("urllib out", lambda: by_urllib("https://example.com/"))
attempt("curl listed", lambda: by_curl(f"http://127.0.0.1:{listed}/"))
attempt("curl tunnel", lambda: by_curl(f"http://127.0.0.1:{listed}/", "--proxytunnel"))
attempt("curl other", lambda: by_curl(f"http://127.0.0.1:{other}/", "--proxytunnel"))
attempt("curl directly", lambda: by_curl(f"http://127.0.0.1:{listed}/", "--noproxy", "*"))
attempt("directly", lambda: directly(listed))
attempt("out directly", lambda: str(socket.create_connection(("192.0.2.1", 80), 5)))
attempt("names", lambda: str(socket.getaddrinfo("example.com", 80)))
attempt("exit", lambda: found)
print(json.dumps({name: what for name, what in found.items() if name != "exit"}))
"""


@needs_bwrap
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_inside_a_network_of_its_own_only_what_is_listed_is_reached(tmp_path: Path) -> None:
    place = tmp_path / "private" / "socket"
    with server("listed") as listed, server("other") as other:
        options = ("--socket", str(place), "--port", PORT, "--proxied", "127.0.0.1", "--proxied", "localhost")
        client = (sys.executable, "-c", CLIENT, str(listed.port), str(other.port))
        inside = (*BWRAP, "--die-with-parent", *FORWARD, *options, "--", *client)
        outside = (*PROXY, "--socket", str(place), "--allow", f"127.0.0.1:{listed.port}", "--", *inside)
        done = subprocess.run(outside, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "urllib listed": "from listed",
        "urllib other": "HTTPError 403",
        "urllib by name": "HTTPError 403",
        "urllib out": "URLError",
        "curl listed": "from listed",
        "curl tunnel": "from listed",
        "curl other": "curl 56",
        "curl directly": "curl 7",
        "directly": "ConnectionRefusedError",
        "out directly": "OSError",
        "names": "gaierror",
    }
    assert other.heard == []
    assert len(done.stderr.splitlines()) == 3


def test_its_program_is_told_of_the_proxy_in_every_way(tmp_path: Path) -> None:
    line = "env; exit 3"
    with_proxy = (*PROXY, "--socket", str(tmp_path / "private" / "socket"), "--")
    options = ("--socket", str(tmp_path / "private" / "socket"), "--port", "0")
    environ = {"PATH": "/usr/bin:/bin", "NO_PROXY": "*", "HTTP_PROXY": "http://elsewhere"}
    command = (*with_proxy, *FORWARD, *options, "--proxied", "localhost", "--", "sh", "-c", line)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    told = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert done.returncode == 3
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    assert {told[name].rpartition(":")[0] for name in names} == {"http://127.0.0.1"}
    assert told["NO_PROXY"] == told["no_proxy"] == "127.0.0.1,::1"


@pytest.mark.parametrize(
    "words", [("--socket", "/nowhere", "--port", "0"), ("--socket", "/etc/passwd", "--port", "0"), ("--port", "x")]
)
def test_without_a_way_to_the_proxy_nothing_is_run(tmp_path: Path, words: tuple[str, ...]) -> None:
    command = (*FORWARD, *words, "--", "touch", str(tmp_path / "ran"))
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n"), list(tmp_path.iterdir())) == (125, 1, [])


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is not installed")
def test_a_loopback_that_is_off_is_switched_on(tmp_path: Path) -> None:
    unshare = ("unshare", "--user", "--map-root-user", "--net")
    if subprocess.run((*unshare, "true"), capture_output=True, check=False).returncode:
        pytest.skip("user namespaces are not allowed here")
    place = tmp_path / "private" / "socket"
    options = ("--socket", str(place), "--port", PORT)
    ask = f"import socket; socket.create_connection(('127.0.0.1', {PORT}), 5).close()"
    inside = (*unshare, *FORWARD, *options, "--", sys.executable, "-I", "-S", "-c", ask)
    done = subprocess.run((*PROXY, "--socket", str(place), "--", *inside), check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
