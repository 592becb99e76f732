"""Which files of a repository run code by being there, whom they are kept from, and how they are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.folding import fold
from issue_intake.core.paths import protected
from issue_intake.core.results import CleanedUp, Committed, Prepared
from issue_intake.core.settings import RUN_CODE, found, named, neutralises, runs_code
from tests.builders import NOW, OTHER_SHA, SHA, ended, policy, running

_NAMES = sorted({name.replace("*", "x") for pattern in RUN_CODE for name in pattern.split("/") if name != "**"} - {""})


@pytest.mark.parametrize(
    "path",
    [".mcp.json", ".MCP.json", "a/b/.mcp.json", ".claude/settings.local.json", ".claude/skills/x/SKILL.md",
     ".vscode/tasks.json", ".envrc", ".config/mise/config.toml", "opencode.jsonc", ".codex/config.toml",
     ".devcontainer", "x.code-workspace", ".cursor/hooks.json", ".cursor/mcp.json", ".gemini/settings.json",
     ".opencode/plugin/a.ts", ".github/hooks/a.json", ".goose/x", ".aider.conf.yml", ".claude/hooks/a.sh",
     ".idea/workspace.xml", ".zed/tasks.json", ".dir-locals.el", ".exrc", "mise.toml", ".vscode/settings.json"],
)  # fmt: skip
def test_settings_that_run_code_are_known_in_any_folder_and_case(path: str) -> None:
    assert runs_code(path)
    assert runs_code(f"packages/a/{path.upper()}")


@pytest.mark.parametrize(
    "path",
    ["CLAUDE.md", "AGENTS.md", ".claude/CLAUDE.md", ".cursor/rules/a.mdc", ".github/workflows/ci.yml", "package.json",
     "Makefile", ".vscode/extensions.json", ".tool-versions", ".env", "mcp.json", "x.mcp.json", ".claude", ".vscode"],
)  # fmt: skip
def test_instructions_and_build_files_are_none(path: str) -> None:
    assert not runs_code(path)


def test_a_link_in_place_of_a_folder_of_settings_is_one() -> None:
    assert runs_code(".claude", link=True)
    assert runs_code("a/.VSCode", link=True)
    assert not runs_code("docs", link=True)
    assert not runs_code(".claude/CLAUDE.md", link=True)


def test_every_pattern_holds_at_any_depth() -> None:
    assert [pattern for pattern in RUN_CODE if not pattern.startswith("**/")] == []


def test_a_folder_of_settings_is_named_once() -> None:
    paths = (".codex/a", ".codex/b/c", "x/.mcp.json", ".claude/skills/a/SKILL.md")

    assert named(paths) == (".codex/", "x/.mcp.json", ".claude/skills/")


def test_what_is_said_of_them_is_one_line() -> None:
    assert found((), absent=True) == ""
    assert found((".mcp.json", "a\nb/.envrc"), absent=False) == (
        "the repository brings settings that run code: .mcp.json, a b/.envrc; in force"
    )
    assert found(tuple("abcdefg"), absent=True).endswith("a, b, c, d, e and 2 more; absent during the run")


@pytest.mark.parametrize("by_writer", [True, False, None])
def test_they_are_kept_from_a_strangers_session_unless_it_is_written(by_writer: bool | None) -> None:  # noqa: FBT001
    session = running(by_writer=by_writer)

    assert neutralises(policy(), session) is (by_writer is not True)
    assert neutralises(policy(neutralise=True), session)
    assert not neutralises(policy(neutralise=False), session)


def test_what_was_found_and_done_about_it_stays_with_the_worktree() -> None:
    made = Prepared("main", SHA, "/w", settings=(".mcp.json",), neutralised=True)

    after = fold(NOW, policy(), running(), made)

    assert (after.settings, after.neutralised) == ((".mcp.json",), True)
    assert fold(NOW, policy(), after, CleanedUp("it holds work")).settings == (".mcp.json",)
    assert fold(NOW, policy(), after, CleanedUp("")).settings == ()


@pytest.mark.parametrize(("changed", "said"), [(True, "did it; "), (False, "did it; ")])
def test_what_was_left_out_is_in_the_attempts_note(*, changed: bool, said: str) -> None:
    done = running(attempts=(ended(outcome=None, note="did it"),))

    after = fold(NOW, policy(), done, Committed(sha=OTHER_SHA, changed=changed, where="x", left_out=(".mcp.json",)))

    assert after.last
    assert after.last.note == f"{said}left out: .mcp.json"
    assert changed or "left out: .mcp.json" in after.note


@given(st.lists(st.sampled_from([*_NAMES, "src", "a.py", "docs"]), min_size=1, max_size=3), st.integers(0, 3))
def test_the_cheap_test_lets_no_setting_through(names: list[str], case: int) -> None:
    path = "/".join(names)
    odd = (path, path.upper(), path.replace("s", "\u017f"), path.replace("i", "\u0131").replace("k", "\u212a"))[case]

    assert runs_code(odd) is protected(odd, RUN_CODE)
