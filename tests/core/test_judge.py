"""What may leave: nothing with a secret, a link out, a submodule or too much in it; protected paths under an eye."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.judge import judge, leads_out
from issue_intake.core.leaving import Barred, Extent, Guarded, Leaving, Outgoing, Secret

PATTERNS = (".github/**", "AGENTS.md")


def _path(path: str, kind: Any = "file", **facts: Any) -> Outgoing:
    return Outgoing(path=path, shown=path, kind=kind, **facts)


def _judge(*paths: Outgoing, **facts: Any) -> Guarded | Barred | None:
    return judge(Extent(), PATTERNS, Leaving(count=len(paths), paths=paths, **facts))


def _reasons(*paths: Outgoing, **facts: Any) -> tuple[str, ...]:
    verdict = _judge(*paths, **facts)
    return verdict.reasons if isinstance(verdict, Barred) else ()


def test_plain_work_leaves_freely() -> None:
    assert _judge() is None
    assert _judge(_path("src/a.py", size=1_000_000), _path("b", "gone"), _path("c", "link"), links={"c": "b"}) is None


def test_protected_paths_are_named_as_they_may_be_shown() -> None:
    touched = [Outgoing(path=f".github/{n}", shown=f"shown {n}", kind="gone") for n in range(5)]
    verdict = _judge(_path("src/a.py"), *reversed(touched))
    assert isinstance(verdict, Guarded)
    assert verdict.paths == tuple(f"shown {n}" for n in range(5))
    assert verdict.sentence == "it changes protected paths: shown 0, shown 1, shown 2 and 2 more"
    assert verdict.about == f"guarded/{verdict.mark}"


def test_the_mark_tells_other_changes_of_protected_paths_apart_and_minds_nothing_else() -> None:
    def mark(*paths: Outgoing) -> str:
        verdict = _judge(*paths)
        assert isinstance(verdict, Guarded)
        return verdict.mark

    one, two = _path("AGENTS.md", mark="1"), _path(".github/x", mark="1")
    assert mark(one, two) == mark(two, _path("src/a.py", mark="7"), one)
    assert len({mark(one), mark(two), mark(one, two), mark(_path("AGENTS.md", mark="2"))}) == 4


def test_a_folder_that_git_takes_for_a_repository_does_not_leave() -> None:
    files = (_path("docs/x/HEAD"), _path("docs/x/objects/info/y"), _path("docs/x/Refs/heads/z"), _path("docs/x/config"))
    assert _reasons(*files) == ("docs/x is a git repository of its own",)


def test_files_that_are_no_whole_repository_leave_freely() -> None:
    assert _judge(_path("a/HEAD"), _path("a/objects/x"), _path("b/refs/x"), _path("objects/y"), _path("refs/y")) is None
    gone = (_path("a/HEAD", "gone"), _path("a/objects/x"), _path("a/refs/x"))
    assert _judge(*gone) is None


THROUGH = {
    "AGENTS.md": "docs/../notes/agents.md",
    ".github": "ci",
    "x/AGENTS.md": "../way/a.md",
    "way": "far",
}


@pytest.mark.parametrize("path", ["notes/agents.md", "ci/workflows/a.yml", "ci", "far/a.md", "way"])
def test_what_a_protected_link_shows_is_protected_as_it_is(path: str) -> None:
    verdict = _judge(_path(path), links=THROUGH)
    assert isinstance(verdict, Guarded)
    assert verdict.paths == (path,)


@pytest.mark.parametrize("path", ["docs/a.md", "notes/b.md", "cia", "far/b.md", "notes/agents.md.old"])
def test_what_no_protected_link_shows_leaves_freely(path: str) -> None:
    assert _judge(_path(path), links=THROUGH | {"b": "notes"}) is None


def test_a_secret_is_named_by_its_place() -> None:
    secrets = (Secret(where="a.py", kind="GitHub Token", line=3), Secret(where="the file name ***", kind="Key"))
    assert _reasons(_path("a.py"), _path("AGENTS.md"), secrets=secrets) == (
        "a.py line 3 holds a secret (GitHub Token)",
        "the file name *** holds a secret (Key)",
    )


@pytest.mark.parametrize("path", [".gitmodules", ".GitModules"])
def test_a_change_of_submodules_does_not_leave(path: str) -> None:
    assert _reasons(_path(path), _path("libs/x", "submodule")) == (
        f"{path} changes a submodule",
        "libs/x changes a submodule",
    )


def test_the_bounds_hold_and_what_lies_on_them_leaves() -> None:
    assert _reasons(*(_path(str(n), size=40_000) for n in range(100))) == ()
    assert _reasons(*(_path(str(n)) for n in range(101))) == ("101 files are changed, 100 may be (publish.max_files)",)
    moved = [_path(f"old/{n}", "gone", moved=True) for n in range(100)]
    assert _reasons(*moved, *(_path(str(n)) for n in range(100))) == ()
    assert _reasons(*(_path(str(n), size=1_000_000) for n in range(5))) == (
        "the changed files have 5.0 MB together (publish.max_bytes)",
    )
    assert _reasons(_path("a", size=1), *(_path(str(n), size=1_000_000) for n in range(4))) == (
        "the changed files have 4.0 MB together (publish.max_bytes)",
    )
    assert _reasons(_path("a", size=1_000_001)) == ("a has 1.0 MB (publish.max_file)",)
    assert _reasons(_path("a", size=1_000_001, before=1_000_000)) != ()
    assert _reasons(_path("a", size=2_000_000, before=1_000_001)) == ()


def test_more_than_is_looked_at_does_not_leave() -> None:
    assert isinstance(judge(Extent(max_files=10_000), (), Leaving(count=10_001)), Barred)


def test_a_long_list_of_reasons_is_cut() -> None:
    verdict = Barred(tuple(f"reason {n}" for n in range(7)))
    assert verdict.sentence == "reason 0; reason 1; reason 2; reason 3; reason 4; and 2 more"
    assert Barred(("one", "two")).sentence == "one; two"


@pytest.mark.parametrize(
    ("links", "out"),
    [
        ({"l": "a/b"}, False),
        ({"d/l": "../x"}, False),
        ({"d/l": "./..//../x"}, True),
        ({"d/l": "../../x"}, True),
        ({"l": "/etc/passwd"}, True),
        ({"l": ".."}, True),
        ({"l": ""}, False),
        ({"l": ".git/config"}, True),
        ({"l": "sub/.GIT"}, True),
        ({"l": ".github"}, False),
        ({"l": "m/x", "m": "d"}, False),
        ({"l": "m/x", "m": "/etc"}, True),
        ({"a/b/c/l": "m/../../x", "a/b/c/m": "../../../top"}, True),
        ({"a/b/c/l": "m/../../x", "a/b/c/m": "in"}, False),
        ({"l": "m", "m": "l"}, True),
        ({"l": "l/x"}, True),
        ({"d/l": "m", "d/m": "../../x"}, True),
    ],
)
def test_where_a_link_leads_is_resolved_by_names_also_through_others(*, links: dict[str, str], out: bool) -> None:
    first = next(iter(links))
    assert (first in leads_out(first, links)) is out


def test_only_links_that_the_commit_changes_are_its_fault() -> None:
    links = {"old": "/etc", "fine": "a", "over": "fine/..", "through": "new/../../x", "new": "d/e/f"}
    assert _reasons(_path("fine", "link"), links=links) == ()
    assert _reasons(_path("old", "link"), links=links) == ("the link old leads out of the repository",)
    turned = {"d/new": "../../x", "d/stays": "new"}
    assert _reasons(_path("d/new", "link"), links=turned) == ("the link d/new leads out of the repository",)
    bent = {"d/e/new": "../../top", "d/e/stays": "new/../../x"}
    assert _reasons(_path("d/e/new", "link"), links=bent) == ("the link d/e/new leads out of the repository",)


NAMES = st.sampled_from(["", ".", "..", "a", "b", "c"])


@given(path=st.lists(st.sampled_from("abc"), min_size=1, max_size=4), target=st.lists(NAMES, max_size=8))
def test_a_link_without_others_leads_out_where_it_climbs_above_the_root(path: list[str], target: list[str]) -> None:
    depth, lowest = len(path) - 1, 0
    for name in target:
        depth += -1 if name == ".." else name not in {"", "."}
        lowest = min(lowest, depth)
    place, text = "/".join(path), "/".join(target)
    if text.startswith("/"):
        lowest = -1
    found = bool(leads_out(place, {place: text}))
    own = found and lowest == 0 and place in _walked(path, target)
    assert found == (lowest < 0) or own


def _walked(path: list[str], target: list[str]) -> set[str]:
    """The paths that the target's names pass: a link through itself goes in circles."""
    place, seen = path[:-1], set()
    for name in target:
        place = place[:-1] if name == ".." else place if name in {"", "."} else [*place, name]
        seen.add("/".join(place))
    return seen


@given(links=st.dictionaries(st.sampled_from("abcd"), st.lists(NAMES, max_size=5).map("/".join), min_size=1))
def test_any_tangle_of_links_comes_to_an_end(links: dict[str, str]) -> None:
    for link in links:
        leads_out(link, links)


@given(
    kinds=st.lists(st.sampled_from(["file", "link", "submodule", "gone"]), max_size=5),
    places=st.lists(st.tuples(st.text(max_size=5), st.integers(0, 9)), min_size=1, max_size=3),
)
def test_with_any_secret_nothing_leaves_whatever_else_is_in_the_commit(
    kinds: list[str], places: list[tuple[str, int]]
) -> None:
    secrets = tuple(Secret(where=where, kind="k", line=line) for where, line in places)
    assert isinstance(_judge(*(_path(f"{n}/AGENTS.md", kind) for n, kind in enumerate(kinds)), secrets=secrets), Barred)
