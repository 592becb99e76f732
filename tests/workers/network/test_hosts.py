"""Which hosts are listed, however they are written, and which addresses a name may stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.workers.network.hosts import Forbidden, Hosts, authority, is_public
from issue_intake.workers.network.request_head import parse


def _permitted(listed: list[str], asked: str, otherwise: int = 443) -> bool:
    host, port = authority(asked)
    try:
        Hosts(listed).permit(host, port or otherwise)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("example.org", "example.org"),
        ("example.org", "EXAMPLE.org.:80"),
        ("Example.org.", "example.org:443"),
        ("example.org:8080", "example.org:8080"),
        ("*.example.org", "a.example.org"),
        ("*.example.org", "b.a.example.org:80"),
        ("*.example.org:22", "a.example.org:22"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8::1]", "[2001:DB8:0::1]:80"),
        ("[::1]:3000", "[0:0::1]:3000"),
    ],
)
def test_a_listed_host_is_permitted_however_it_is_written(listed: str, asked: str) -> None:
    assert _permitted([listed], asked)


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("example.org", "a.example.org"),
        ("example.org", "example.org.evil.net"),
        ("example.org", "notexample.org"),
        ("example.org", "example.org:8080"),
        ("example.org:8080", "example.org:443"),
        ("*.example.org", "example.org"),
        ("*.example.org", "aexample.org"),
        ("*.example.org", "a.example.org:22"),
        ("127.0.0.1", "127.1"),
        ("127.0.0.1:80", "127.0.0.2:80"),
        ("*.0.0.1", "127.0.0.1"),
        ("[::1]", "[::ffff:127.0.0.1]"),
    ],
)
def test_any_other_is_not(listed: str, asked: str) -> None:
    assert not _permitted([listed], asked)


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "*", "*.", "a b", "a/b", "http://a", "user@a", "a:", "a:0", "a:65536", "a:-1", "a:8 0", "::1"),
        *("[a]", "[::1]x", "[::1", "[127.0.0.1]", "*.127.0.0.1", "a" * 254, "a\n", "b\u00fccher.example", "a:\u0663"),
    ],
)
def test_what_is_no_host_is_refused_when_it_is_listed(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        Hosts([text])


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1%eth0", "fd00::1", "fec0::1", "ff02::1"),
        *("::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::a9fe:a9fe"),
        "64:ff9b:1::1",
    ],
)
def test_addresses_of_this_machine_and_its_networks_are_not_the_worlds(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["140.82.121.3", "2606:50c0:8000::153", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_world_are(address: str) -> None:
    assert is_public(address)


def test_a_listed_name_for_this_machine_is_refused_unless_its_port_is_listed_too() -> None:
    with pytest.raises(Forbidden, match="of this machine"):
        Hosts(["localhost"]).addresses("localhost", 80)
    assert Hosts(["localhost:80"]).addresses("localhost", 80)
    with pytest.raises(Forbidden, match="of this machine"):
        Hosts(["localhost:80", "localhost"]).addresses("localhost", 443)
    assert Hosts(["127.0.0.1"]).addresses("127.0.0.1", 443)


@given(st.binary(max_size=80), st.sampled_from([b"CONNECT %b HTTP/1.1", b"GET http://%b HTTP/1.1\r\nHost: x", b"%b"]))
def test_any_request_is_read_or_refused(wild: bytes, around: bytes) -> None:
    try:
        asked = parse(around.replace(b"%b", wild))
    except ValueError:
        return
    assert authority(f"[{asked.host}]" if ":" in asked.host else asked.host)[0] == asked.host
    assert asked.head.count(b"\r\n\r\n") == (0 if asked.tunnel else 1)
