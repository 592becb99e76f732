"""What every look at a commit that is about to leave tells; the real part and the fake pass the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from issue_intake.core.leaving import Extent, Leaving, Outgoing

TOKEN = "xk9-Q2mZp7Lw4Rt8vB1n"
Work = Mapping[str, bytes | PurePosixPath]
Look = Callable[[Work, Extent], Leaving]
"""What a commit that adds this work to the base, links by their targets, holds beyond it; TOKEN is a known secret."""


def nothing_differs(look: Look) -> None:
    assert look({}, Extent()) == Leaving()


def files_and_links_are_told_apart_with_their_sizes(look: Look) -> None:
    leaving = look({"a/b.txt": b"12345", "link": PurePosixPath("a/b.txt")}, Extent())
    assert leaving.count == 2
    assert {each.path: _plain(each) for each in leaving.paths} == {
        "a/b.txt": ("a/b.txt", "file", 5, 0, False),
        "link": ("link", "link", 7, 0, False),
    }
    assert leaving.links == {"link": "a/b.txt"}
    assert leaving.secrets == ()


def other_content_has_another_mark(look: Look) -> None:
    first, second, third = (look({"a": content}, Extent()).paths[0].mark for content in (b"1", b"2", b"1"))
    assert first == third != second


def a_token_is_named_by_file_and_line_and_never_shown(look: Look) -> None:
    leaving = look({"a.py": f"one\ntwo = '{TOKEN}'\n".encode(), "b.bin": b"\0\xff" + TOKEN.encode()}, Extent())
    assert {(secret.where, secret.line) for secret in leaving.secrets} == {("a.py", 2), ("b.bin", 1)}
    assert TOKEN not in repr(leaving)


def a_token_in_a_name_or_a_link_is_found_and_never_shown(look: Look) -> None:
    leaving = look({f"keys/{TOKEN}/x": b"x", "link": PurePosixPath(f"to/{TOKEN}")}, Extent())
    assert {(secret.where, secret.line) for secret in leaving.secrets} == {("the file name keys/***/x", 0), ("link", 0)}
    assert TOKEN not in "".join(f"{secret}" for secret in leaving.secrets)
    assert TOKEN not in "".join(each.shown for each in leaving.paths)


def what_is_too_much_is_told_by_its_sizes_alone(look: Look) -> None:
    leaving = look({"a": TOKEN.encode(), "b": b"x" * 50}, Extent(max_file=49))
    assert sorted(each.size for each in leaving.paths) == [20, 50]
    assert leaving.secrets == ()


CONTRACT: list[Callable[[Look], None]] = [
    nothing_differs,
    files_and_links_are_told_apart_with_their_sizes,
    other_content_has_another_mark,
    a_token_is_named_by_file_and_line_and_never_shown,
    a_token_in_a_name_or_a_link_is_found_and_never_shown,
    what_is_too_much_is_told_by_its_sizes_alone,
]


def _plain(each: Outgoing) -> tuple[str, str, int, int, bool]:
    return each.shown, each.kind, each.size, each.before, each.moved
