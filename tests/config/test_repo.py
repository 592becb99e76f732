"""Every way to name a repository leads to the same name, API and git URL."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.config.repo import (
    Address,
    AddressError,
    api_url,
    git_url,
    is_local,
    parse_address,
    remote_of,
    without_login,
)
from issue_intake.core.names import RepositoryName, issue_key, parse_key

GITHUB = RepositoryName(owner="acme", name="webshop")
INNER = RepositoryName(owner="acme", name="webshop", host="ghe.example.org")
LOCAL = RepositoryName(owner="acme", name="webshop", host="127.0.0.1:8080")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("acme/webshop", GITHUB),
        ("acme/webshop.git", GITHUB),
        ("acme/webshop/", GITHUB),
        ("https://github.com/acme/webshop", GITHUB),
        ("https://github.com/acme/webshop.git", GITHUB),
        ("https://github.com/acme/webshop.git/", GITHUB),
        ("https://www.github.com/acme/webshop", GITHUB),
        ("https://GitHub.com:443/acme/webshop", GITHUB),
        ("ssh://git@github.com/acme/webshop.git", GITHUB),
        ("ssh://git@ssh.github.com:443/acme/webshop.git", GITHUB),
        ("git@github.com:acme/webshop.git", GITHUB),
        ("git@github.com:/acme/webshop", GITHUB),
        ("github.com:acme/webshop", GITHUB),
        ("https://ghe.example.org/acme/webshop", INNER),
        ("ssh://git@ghe.example.org:2222/acme/webshop", INNER),
        ("octo@ghe.example.org:acme/webshop.git", INNER),
        ("http://127.0.0.1:8080/acme/webshop.git", LOCAL),
    ],
)
def test_a_repository_has_one_name_however_it_is_written(text: str, name: RepositoryName) -> None:
    assert parse_address(text).repository == name


@pytest.mark.parametrize(
    ("text", "api", "https", "ssh"),
    [
        (
            "acme/webshop",
            "https://api.github.com",
            "https://github.com/acme/webshop.git",
            "git@github.com:acme/webshop.git",
        ),
        (
            "ssh://git@ssh.github.com:443/acme/webshop",
            "https://api.github.com",
            "https://github.com/acme/webshop.git",
            "ssh://git@ssh.github.com:443/acme/webshop.git",
        ),
        (
            "https://ghe.example.org:8443/acme/webshop",
            "https://ghe.example.org:8443/api/v3",
            "https://ghe.example.org:8443/acme/webshop.git",
            "git@ghe.example.org:acme/webshop.git",
        ),
        (
            "ssh://octo@ghe.example.org:2222/acme/webshop",
            "https://ghe.example.org/api/v3",
            "https://ghe.example.org/acme/webshop.git",
            "ssh://octo@ghe.example.org:2222/acme/webshop.git",
        ),
        (
            "https://octo.ghe.com/acme/webshop",
            "https://api.octo.ghe.com",
            "https://octo.ghe.com/acme/webshop.git",
            "git@octo.ghe.com:acme/webshop.git",
        ),
        (
            "http://127.0.0.1:8080/acme/webshop.git",
            "http://127.0.0.1:8080/api/v3",
            "http://127.0.0.1:8080/acme/webshop.git",
            "git@127.0.0.1:acme/webshop.git",
        ),
    ],
)
def test_a_repository_has_one_api_and_one_url_for_each_transport(text: str, api: str, https: str, ssh: str) -> None:
    address = parse_address(text)
    assert (api_url(address), git_url(address, "https"), git_url(address, "ssh")) == (api, https, ssh)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9:1", "localhost:8080", "[::1]:8080"])
def test_plain_http_is_for_loopback_alone(host: str) -> None:
    assert git_url(parse_address(f"http://{host}/a/b"), "https") == f"http://{host}/a/b.git"


@pytest.mark.parametrize("host", ["github.com", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org"])
def test_a_token_is_never_sent_over_plain_http(host: str) -> None:
    with pytest.raises(AddressError, match="plain http"):
        parse_address(f"http://{host}/a/b")


@pytest.mark.parametrize("text", ["/srv/webshop", "~/webshop", "~", ".", "./webshop", "../webshop", ".."])
def test_a_path_is_a_local_clone(text: str) -> None:
    assert is_local(text)


@pytest.mark.parametrize("text", ["acme/webshop", "git@host.org:a/b", "https://github.com/a/b", ".github/x"])
def test_a_name_or_url_is_no_local_clone(text: str) -> None:
    assert not is_local(text)


def test_a_login_is_taken_out_of_an_origin() -> None:
    assert without_login("https://octo:hush@github.com/a/b") == "https://github.com/a/b"
    assert without_login("git@github.com:a/b") == "git@github.com:a/b"


_PIECES = st.sampled_from(["https://", "http://", "ssh://", "git@", "github.com", ":", "/", "a", "b.git", "..", "@"])


@given(st.one_of(st.text(max_size=40), st.lists(_PIECES, max_size=8).map("".join)))
def test_any_text_is_an_address_that_makes_sound_names_or_one_sentence(text: str) -> None:
    with suppress(AddressError):
        _assert_sound(parse_address(text))


def _assert_sound(address: Address) -> None:
    assert parse_key(issue_key(address.repository, 1))[0].path == address.repository.path
    url = urlsplit(git_url(address, "https"))
    assert url.path == f"/{address.repository.full}.git"
    assert url.username is None
    assert ".." not in address.repository.full.split("/")


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8080/git/acme/webshop.git",
        "https://git.example.org/scm/team/acme/webshop.git",
        "file:///srv/git/webshop.git",
        "/srv/git/webshop.git",
    ],
)
def test_where_the_repository_is_named_apart_any_remote_is_taken_as_it_stands(text: str) -> None:
    address = remote_of(text, "acme/webshop")
    assert (address.repository.full, git_url(address, "https")) == ("acme/webshop", text)


@pytest.mark.parametrize("text", ["ext::sh -c touch", "http://git.example.org/a/b/c", "https://u:p@host/a/b/c", "-u"])
def test_what_git_must_not_be_handed_stays_refused(text: str) -> None:
    with pytest.raises(AddressError):
        remote_of(text, "acme/webshop")
