"""Patterns as in a .gitignore: the last that matches decides, and in doubt a path is protected."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from issue_intake.config.publishing import PROTECTED
from issue_intake.core.paths import protected

NAMES = st.text(st.sampled_from("ab.*?"), min_size=1, max_size=4).filter(lambda name: name not in {".", ".."})
PATTERNS = st.tuples(
    st.sampled_from(["", "/", "**/"]), st.lists(NAMES | st.just("**"), min_size=1, max_size=4).map("/".join)
).map("".join)
PATH_NAMES = st.text(st.sampled_from("ab.AB\n"), min_size=1, max_size=4).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(PATH_NAMES, min_size=1, max_size=5).map("/".join)


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("AGENTS.md", ["AGENTS.md", "a/b/AGENTS.md", "agents.md", "AGENTS.md/x"], ["AGENTS.md.txt", "XAGENTS.md"]),
        ("/AGENTS.md", ["AGENTS.md"], ["a/AGENTS.md"]),
        ("docs/CODEOWNERS", ["docs/CODEOWNERS"], ["CODEOWNERS", "a/docs/CODEOWNERS"]),
        (".github/**", [".github", ".github/a", ".github/a/b", ".GitHub/a"], ["a/.github/b", "x.github/a"]),
        (".claude/", [".claude", ".claude/a/b", "a/.claude/b"], [".claude.json"]),
        ("docs", ["docs", "docs/a", "a/docs/b"], ["docs.md"]),
        ("**/x", ["x", "a/b/x", "a/x/b"], ["a/bx"]),
        ("a/**/z", ["a/z", "a/b/c/z", "a/z/b"], ["b/a/z", "a/bz"]),
        ("a/**/b/**/z", ["a/b/z", "a/x/b/y/b/z"], ["a/z", "b/a/z"]),
        ("*.lock", ["x.lock", "a/.lock"], ["x.lock2"]),
        ("a/*.y?ml", ["a/b.yaml", "a/.yzml"], ["a/b/c.yaml", "a/b.yml"]),
        ("a*b*c", ["abc", "axbxbxc", "x/abcbc"], ["ab", "abcd", "a/bc"]),
        ("**", ["a", "a/b"], []),
        ("./a", ["a"], ["b/a"]),
        ("app/[id]/x", ["app/[id]/x"], ["app/i/x"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_a_pattern_covers_what_it_matches_and_all_below(pattern: str, inside: list[str], outside: list[str]) -> None:
    assert [path for path in inside if not protected(path, (pattern,))] == []
    assert [path for path in outside if protected(path, (pattern,))] == []


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        (("docs/", "!docs/a.md"), "docs/a.md", False),
        (("docs/", "!docs/a.md"), "docs/b.md", True),
        (("docs/", "!docs/a.md"), "docs/A.md", True),
        (("!docs/a.md", "docs/"), "docs/a.md", True),
        (("docs/", "!docs/x/"), "docs/x/y/z", False),
        (("docs/", "!docs/x/"), "docs/x", True),
        (("docs/", "!docs/x/"), "a/docs/x/y", True),
        (("docs/", "!docs/x/**"), "docs/x/y/z", False),
        (("docs/", "!docs/x"), "docs/x/y", True),
        (("docs/", "!x/"), "docs/x/y", False),
        (("docs/", "!x/"), "docs/x", True),
        (("**", "!**"), "a", False),
        (("**", "!**/a/**/b"), "x/a/y/b", False),
        ((".git*", "!.gitignore"), "a/.gitignore", False),
        ((".git*", "!.gitignore"), ".gitignore/.gitattributes", True),
        ((".git*", "!.gitignore"), ".gitmodules", True),
        (("a", "!"), "a", True),
        (("a", "!/"), "a", True),
        (("", "/"), "a", False),
        ((), ".github/x", False),
    ],
)
def test_the_last_pattern_that_matches_decides(patterns: tuple[str, ...], path: str, *, expected: bool) -> None:
    assert protected(path, patterns) is expected


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".github/CODEOWNERS",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        "AGENTS.md",
        "packages/a/CLAUDE.md",
        "GEMINI.md",
        ".cursorrules",
        ".github/copilot-instructions.md",
        ".claude/settings.json",
        "a/.cursor/rules/x.mdc",
        ".claude",
        "claude.MD",
        ".gitattributes",
        "a/.gitmodules",
        ".gitignore/x",
        "WORKFLOW.md",
    ],
)
def test_what_steers_github_git_or_an_agent_is_protected_by_default(path: str) -> None:
    assert protected(path, PROTECTED)


@pytest.mark.parametrize("path", [".gitignore", "a/.gitignore", "a/.gitkeep", "README.md", "src/github/x", "git/x"])
def test_work_as_usual_is_not_protected_by_default(path: str) -> None:
    assert not protected(path, PROTECTED)


@given(PATHS, st.lists(PATTERNS, max_size=3), PATTERNS, PATHS)
def test_whatever_is_added_protects_more_and_what_lies_below_as_well(
    path: str, patterns: list[str], more: str, below: str
) -> None:
    before = tuple(patterns)
    assert protected(path, (*before, more)) == (protected(path, before) or protected(path, (more,)))
    assert not protected(path, before) or protected(f"{path}/{below}", before)


@given(PATHS, st.lists(PATTERNS, min_size=1, max_size=3), PATTERNS)
def test_a_pattern_takes_out_nothing_but_what_it_would_cover(path: str, patterns: list[str], exempt: str) -> None:
    before = tuple(patterns)
    after = (*before, f"!{exempt}")
    assert protected(path, after) <= protected(path, before)
    assert protected(path, after) == protected(path, before) or protected(path, (exempt,))


@given(PATHS)
def test_a_path_covers_itself_and_can_be_taken_out(path: str) -> None:
    assert protected(path, (f"/{path}",))
    assert not protected(path, ("**", f"!/{path}"))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ignored")
    subprocess.run(["git", "init", "-q", os.fspath(folder)], check=True, timeout=30)
    return folder


def _ignored(repository: Path, pattern: str, paths: list[str]) -> set[str]:
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "exclude").write_text(f"{pattern}\n")
    argv = [
        "git",
        "-C",
        os.fspath(repository),
        "-c",
        "core.ignoreCase=true",
        "check-ignore",
        "--no-index",
        "-z",
        "--stdin",
    ]
    done = subprocess.run(argv, input="\0".join(paths), capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return set(done.stdout.split("\0")) - {""}


@settings(max_examples=120, deadline=None)
@given(PATTERNS, st.lists(PATHS, min_size=1, max_size=12))
@example("a/**/b", ["a/b", "a/a/b", "a/b/b", "b/a/b", "a/bb"])
@example("**/a*b*/**/?", ["a", "ab/a", "b/axbx/b/a", "ab/ab"])
@example("a**b", ["ab", "a/b", "aab"])
def test_a_pattern_covers_what_it_covers_for_git(repository: Path, pattern: str, paths: list[str]) -> None:
    found, expected = {path for path in paths if protected(path, (pattern,))}, _ignored(repository, pattern, paths)
    assert found >= expected
    # Here a/** covers a itself as well: a link could stand in its place.
    assert found == expected or pattern.endswith("/**")


def test_no_name_an_agent_could_choose_takes_long() -> None:
    hostile = ("a" * 254 + "/") * 15 + "a" * 200
    assert not protected(
        hostile, ("*a" * 40 + "b", "**/*a*a*b/" * 10 + "c", "**/a*/" * 20 + "b", "!" + "**/*a" * 20 + "b")
    )
