"""What a worker may see and do: what is kept of the places asked for, and in how far it is a boundary."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.sandbox import (
    PRIVATE,
    Access,
    Kind,
    Link,
    Mount,
    Network,
    Sandbox,
    boundary,
    inside,
    lost,
    meets,
    nearest,
    settled,
    variables,
)

_ACCESS: st.SearchStrategy[Access] = st.sampled_from(("read", "write", "empty", "closed", "hidden", "copy"))
_PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(lambda names: Path("/", *names))
_MOUNTS = st.lists(
    st.builds(Mount, path=_PATHS, access=_ACCESS, what=st.just(""), source=st.none() | st.just(Path("/else")))
)


def _mount(path: str, access: Access, source: str | None = None) -> Mount:
    return Mount(path=Path(path), access=access, what="", source=Path(source) if source else None)


def _kept(*mounts: Mount) -> list[str]:
    return [f"{mount.access} {mount.path}" for mount in settled(mounts)]


def test_parents_come_first_so_that_nothing_covers_what_is_shown_in_it() -> None:
    assert _kept(_mount("/home/o/w", "write"), _mount("/home", "empty")) == ["empty /home", "write /home/o/w"]


def test_what_can_be_read_anyway_needs_no_mount() -> None:
    assert _kept(_mount("/usr/bin", "read")) == []
    assert _kept(_mount("/d", "write"), _mount("/d/e", "write"), _mount("/d/f", "read")) == ["write /d", "read /d/f"]


def test_what_an_empty_folder_took_away_need_not_be_hidden() -> None:
    assert _kept(_mount("/home", "empty"), _mount("/home/o/.ssh", "closed"), _mount("/home/o/k", "hidden")) == [
        "empty /home"
    ]
    assert _kept(_mount("/home", "closed"), _mount("/home/o", "empty")) == ["closed /home", "empty /home/o"]


def test_what_lies_elsewhere_is_always_mounted_and_so_is_what_lies_in_it() -> None:
    mounts = (_mount("/home", "empty"), _mount("/home/c", "read", "/dot/c"), _mount("/home/c/d", "read"))
    assert _kept(*mounts) == ["empty /home", "read /home/c", "read /home/c/d"]
    assert mounts[1].origin == Path("/dot/c")
    assert mounts[2].origin == Path("/home/c/d")


@given(_MOUNTS)
def test_no_place_is_ever_shown_otherwise_than_the_last_word_on_it_says(mounts: list[Mount]) -> None:
    found = settled(mounts)
    for path, asked in {mount.path: mount for mount in mounts}.items():
        kept = nearest(path, found)
        if asked.access in {"closed", "hidden"}:
            assert kept is not None
            assert kept.access in {"closed", "hidden", "empty"}
        elif kept is None:
            assert asked.access == "read"
        else:
            assert kept.access == asked.access


def test_a_link_is_made_again_where_an_empty_folder_took_it_away() -> None:
    mounts = (_mount("/home", "empty"), _mount("/home/o/real", "read"), _mount("/home/o/shown", "read"))
    taken, there, under, way = (
        Link(path=Path(path), target="real") for path in ("/home/o/l", "/opt/l", "/home/o/shown/l", "/home/o/real")
    )
    assert lost((taken, taken, there, under, way), mounts) == (taken,)


@pytest.mark.parametrize(("path", "met"), [("/k", "/k"), ("/k/in", "/k"), ("/", "/k"), ("/kk", None), ("/other", None)])
def test_a_place_meets_what_it_lies_in_or_contains(path: str, met: str | None) -> None:
    assert meets(Path(path), [Path("/k")]) == (Path(met) if met else None)
    assert inside(Path(path), [Path("/k")]) == (path in {"/k", "/k/in"})


def test_keys_and_logins_are_private() -> None:
    keys = {".ssh", ".gnupg", ".netrc", ".git-credentials", ".npmrc", ".pypirc", ".config/gh", ".config/git"}
    clouds = {".aws", ".azure", ".kube", ".docker", ".oci", ".config/gcloud", ".config/containers"}
    assert keys | clouds <= set(PRIVATE)


@pytest.mark.parametrize(
    ("sandbox", "line"),
    [
        (Sandbox(kind="none", home=Path("/h")), "no boundary: the agent may read and change all that you may"),
        (
            Sandbox(kind="command", home=Path("/h"), command=("jail", "--")),
            "as good a boundary as jail makes: intake does not know what it keeps away",
        ),
        (
            Sandbox(kind="bwrap", home=Path("/h")),
            "a boundary: it reads the rest of the file system; the network is none: what it reads can leave, and"
            " services on this machine answer it",
        ),
        (
            Sandbox(kind="bwrap", home=Path("/h"), network="off"),
            "a boundary: it reads the rest of the file system, sockets in it answer, and reaches no network",
        ),
        (
            Sandbox(kind="podman", home=Path("/h"), network="off"),
            "a boundary: it sees the image and what is listed, and reaches no network",
        ),
        (
            Sandbox(kind="podman", home=Path("/h"), network=("a.org", "b.org")),
            "a boundary: it sees the image and what is listed, and reaches a.org, b.org alone: what it reads can"
            " leave that way",
        ),
    ],
)
def test_one_line_says_how_far_it_is_a_boundary(sandbox: Sandbox, line: str) -> None:
    assert boundary(sandbox) == line


@pytest.mark.parametrize(
    ("kind", "network", "found"),
    [
        ("none", "on", {"HOME", "SHELL"}),
        ("bwrap", "off", {"HOME", "SHELL", "TMPDIR", "PWD"}),
        ("podman", "on", {"HOME", "PATH"}),
        (
            "podman",
            ("a.org",),
            {"HOME", "PATH", "NODE_USE_ENV_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"}
            | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"},
        ),
    ],
)
def test_an_agent_finds_what_is_handed_over_and_what_its_wall_and_its_proxy_set(
    kind: Kind, network: Network, found: set[str]
) -> None:
    sandbox = Sandbox(kind=kind, home=Path("/h"), network=network, environment=("HOME", "SHELL"))
    assert set(variables(sandbox)) == found
