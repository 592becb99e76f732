"""In a neutralised worktree settings that run code are absent, and what is published has them as they were."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issue_intake.core.model import Session
from issue_intake.core.settings import RUN_CODE, runs_code
from tests.git.places import TEXT, Place, a_place, a_session, git, make_origin
from tests.git.test_take_in import MERGE, attempt, pushed

BRINGS = {
    ".mcp.json": '{"mcpServers": {}}\n',
    ".claude/settings.json": '{"hooks": {}}\n',
    ".claude/CLAUDE.md": "Be kind.\n",
    ".vscode/tasks.json": "{}\n",
    "packages/a/.envrc": "touch canary\n",
    "opencode.JSON": "{}\n",
}
ABSENT = tuple(path for path in BRINGS if path != ".claude/CLAUDE.md")


def prepared(place: Place, number: int = 7) -> Session:
    """A session whose neutralised worktree is ready."""
    base = place.base()
    session = replace(a_session(number), base=base.branch, base_sha=base.sha, neutralised=True)
    found = place.worktrees.prepare(session, base)
    return replace(session, workspace="ready", worktree=str(place.worktree(number)), settings=found)


@pytest.fixture
def session(place: Place) -> Session:
    """One over a repository that brings settings."""
    place.origin.commit(BRINGS)
    return prepared(place)


def raw(place: Place, session: Session, sha: str) -> dict[str, str]:
    """Mode and blob of each file in a commit of intake's."""
    rows = git(place.session_folder(session.number) / "publish.git", "ls-tree", "-r", "-z", sha).split("\0")
    return {path: about for about, _, path in (row.partition("\t") for row in rows if row)}


def test_settings_are_absent_the_rest_is_there_and_status_is_clean(place: Place, session: Session) -> None:
    tree = place.worktree()

    assert not [path for path in ABSENT if (tree / path).exists()]
    assert (tree / ".claude/CLAUDE.md").exists()
    assert (tree / "src/a.py").exists()
    assert git(tree, "status", "--porcelain") == ""
    assert set(session.settings) == set(ABSENT)


def test_every_pattern_is_left_out_at_any_depth_and_in_any_case(place: Place) -> None:
    plain = [re.sub(r"\*+", "x", pattern.removeprefix("**/")) for pattern in RUN_CODE]
    paths = [f"{path}x" if path.endswith("/") else path for path in plain]
    place.origin.commit(dict.fromkeys((*paths, *(f"a/b/{path.upper()}" for path in paths)), "x\n"))

    prepared(place)

    assert sorted(path.name for path in place.worktree().iterdir()) == [".git", ".gitignore", "README.md", "src"]
    assert git(place.worktree(), "status", "--porcelain") == ""


def test_a_worktree_that_is_not_neutralised_has_them_and_they_are_told_all_the_same(place: Place) -> None:
    place.origin.commit(BRINGS)
    base = place.base()

    found = place.worktrees.prepare(a_session(), base)

    assert (place.worktree() / ".mcp.json").exists()
    assert set(found) == set(ABSENT)


def test_neither_the_agents_commit_nor_what_is_published_deletes_them(place: Place, session: Session) -> None:
    tree = place.worktree()
    (tree / "new").write_text("x\n")
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "mine")
    assert git(tree, "diff", "--name-only", "HEAD~1", "HEAD") == "new"

    commit = place.worktrees.commit(session, TEXT)

    assert commit.left_out == ()
    assert git(place.session_folder() / "publish.git", "diff", "--name-only", f"{commit.sha}~1", commit.sha) == "new"
    after = pushed(place, session)
    assert not place.worktrees.commit(after, TEXT).changed
    assert place.worktrees.remove(after) == ""


@pytest.mark.parametrize("how", ["kept index", "index lost"])
def test_without_a_change_nothing_is_published(place: Place, session: Session, how: str) -> None:
    if how == "index lost":
        (place.session_folder() / "index").unlink()

    assert not place.worktrees.commit(session, TEXT).changed
    assert place.worktrees.remove(session) == ""


def test_what_an_agent_writes_there_is_left_out_and_told(place: Place, session: Session) -> None:
    tree = place.worktree()
    for path in (".mcp.json", ".MCP.json", "deep/er/.envrc", ".codex/config.toml", "x.code-workspace"):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text("touch canary\n")
    (tree / "opencode.JSON").mkdir()
    (tree / "opencode.JSON" / "x").write_text("x\n")
    (tree / "new").write_text("x\n")

    for _ in range(2):
        commit = place.worktrees.commit(session, TEXT)

        files = place.published(session, commit.sha)
        assert files == {**files, **{path: text.strip() for path, text in BRINGS.items()}}
        assert set(files) == {*BRINGS, "README.md", "src/a.py", ".gitignore", "new"}
        assert set(commit.left_out) == {
            *(".mcp.json", ".MCP.json", "deep/er/.envrc", ".codex/", "x.code-workspace", "opencode.JSON/"),
        }
        session = pushed(place, session)


def test_an_agent_that_wrote_nothing_else_has_changed_nothing(place: Place, session: Session) -> None:
    (place.worktree() / ".mcp.json").write_text("{}\n")

    commit = place.worktrees.commit(session, TEXT)

    assert not commit.changed
    assert commit.left_out == (".mcp.json",)


def test_a_link_in_place_of_a_folder_of_settings_is_left_out(place: Place, session: Session) -> None:
    tree = place.worktree()
    (tree / "evil").mkdir()
    (tree / "evil" / "hooks.json").write_text("{}")
    (tree / ".cursor").symlink_to("evil")
    shutil.rmtree(tree / ".claude")
    (tree / ".claude").symlink_to("evil")

    commit = place.worktrees.commit(session, TEXT)

    files = place.published(session, commit.sha)
    assert ".cursor" not in files
    assert files[".claude/settings.json"] == BRINGS[".claude/settings.json"].strip()
    assert set(commit.left_out) == {".cursor", ".claude"}


def test_a_link_of_the_repositorys_own_is_absent_and_kept(place: Place) -> None:
    place.origin.desk.joinpath(".vscode").symlink_to("tools/editor")
    place.origin.commit({"tools/editor/tasks.json": "{}\n"})
    session = prepared(place)
    (place.worktree() / "new").write_text("x\n")

    commit = place.worktrees.commit(session, TEXT)

    assert not (place.worktree() / ".vscode").is_symlink()
    assert session.settings == (".vscode",)
    assert raw(place, session, commit.sha)[".vscode"].startswith("120000 ")


def test_a_submodule_of_settings_is_kept(place: Place, session: Session) -> None:
    git(place.origin.desk, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},.claude/skills")
    git(place.origin.desk, "commit", "-q", "-m", "skills")
    git(place.origin.desk, "push", "-q", "origin", "main")
    session = prepared(place, 8)
    (place.worktree(8) / "new").write_text("x\n")

    commit = place.worktrees.commit(session, TEXT)

    assert raw(place, session, commit.sha)[".claude/skills"] == f"160000 commit {'1' * 40}"
    assert not (place.worktree(8) / ".claude/skills").exists()


def test_a_clean_merge_of_the_base_that_changes_them_is_taken_in(place: Place, session: Session) -> None:
    (place.worktree() / "mine").write_text("mine\n")
    session = pushed(place, session)
    git(place.origin.desk, "rm", "-q", ".vscode/tasks.json")
    place.origin.commit({".mcp.json": "changed\n", ".codex/config.toml": "new\n", "other": "x\n"})
    merge = place.worktrees.merge(session, place.base(), MERGE)
    assert merge.sha
    place.worktrees.push(replace(session, announced_sha=merge.sha), merge.sha)
    session = replace(session, pushed_sha=merge.sha, announced_sha=merge.sha, attempts=(attempt(merge.sha),))

    take_in(place, session)

    tree = place.worktree()
    assert (tree / "other").exists()
    assert not [path for path in (*ABSENT, ".codex") if (tree / path).exists()]
    assert not place.worktrees.commit(session, TEXT).changed
    (tree / "fix").write_text("x\n")
    (tree / ".mcp.json").write_text("mine\n")
    commit = place.worktrees.commit(session, TEXT)
    files = place.published(session, commit.sha)
    assert (files[".mcp.json"], files[".codex/config.toml"], files["fix"]) == ("changed", "new", "x")
    assert ".vscode/tasks.json" not in files
    assert commit.left_out == (".mcp.json",)


def test_settings_that_a_base_brings_for_the_first_time_are_absent_too(place: Place) -> None:
    session = prepared(place)
    (place.worktree() / "mine").write_text("mine\n")
    session = pushed(place, session)
    place.origin.commit(BRINGS)
    merge = place.worktrees.merge(session, place.base(), MERGE)
    assert merge.sha
    session = replace(session, pushed_sha=merge.sha, announced_sha=merge.sha, attempts=(attempt(merge.sha),))

    take_in(place, session)

    tree = place.worktree()
    assert (tree / ".claude/CLAUDE.md").exists()
    assert not [path for path in ABSENT if (tree / path).exists()]
    assert git(tree, "status", "--porcelain") == ""
    assert not place.worktrees.commit(session, TEXT).changed


@pytest.mark.parametrize("wrote", [False, True])
def test_a_base_that_conflicts_elsewhere_brings_its_settings(place: Place, session: Session, *, wrote: bool) -> None:
    tree = place.worktree()
    (tree / "README.md").write_text("mine\n")
    if wrote:
        (tree / ".mcp.json").write_text("mine\n")
    session = pushed(place, session)
    git(place.origin.desk, "rm", "-q", ".vscode/tasks.json")
    place.origin.commit({"README.md": "theirs\n", ".mcp.json": "changed\n", ".codex/config.toml": "new\n"})
    base = place.base()
    assert place.worktrees.merge(session, base, MERGE).sha is None
    session = replace(session, attempts=(attempt(base.sha),))

    take_in(place, session)
    (tree / "README.md").write_text("both\n")

    commit = place.worktrees.commit(session, TEXT)
    files = place.published(session, commit.sha)
    assert (files["README.md"], files[".mcp.json"], files[".codex/config.toml"]) == ("both", "changed", "new")
    assert ".vscode/tasks.json" not in files


def take_in(place: Place, session: Session) -> None:
    """What the worker runs before the agent."""
    assert session.last
    assert session.last.takes
    script = Path(__file__).parents[2] / "issue_intake" / "workers" / "take_in.py"
    bundle = place.worktrees.bundle(session, session.last.takes)
    argv = ("python3", "-I", "-S", str(script), str(bundle), session.last.takes, "Intake", "intake@example.org")
    env = {**os.environ, "INTAKE_RUN": "acme-webshop/7/2"}
    subprocess.run(argv, cwd=place.worktree(), env=env, check=True, capture_output=True)


PATHS = st.sampled_from([*BRINGS, ".MCP.JSON", ".codex/x", ".claude", ".vscode", ".claude/skills/a/b", "a/.mcp.json"])
KINDS = st.sampled_from(["file", "program", "folder", "link", "nothing"])
ACTS = st.lists(
    st.one_of(
        st.tuples(PATHS, KINDS),
        st.tuples(
            st.just("git"), st.sampled_from(["add -A", "add -A --sparse", "commit -qm x", "sparse-checkout disable"])
        ),
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory, identity: None) -> Place:
    root = tmp_path_factory.mktemp("neutral")
    place = a_place(root / "home", make_origin(root / "server"))
    place.origin.commit(BRINGS)
    return place


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_an_agent_does_to_them_the_published_tree_has_them_as_the_base(
    brought: Place, acts: list[tuple[str, str]]
) -> None:
    session, tree = prepared(brought), brought.worktree()
    (tree / "new").write_text("x\n")
    for path, what in acts:
        if path == "git":
            subprocess.run(("git", "-C", str(tree), *what.split()), check=False, capture_output=True)
        else:
            _put(tree / path, what)

    commit = brought.worktrees.commit(session, TEXT)

    assert session.base_sha
    before, after = raw(brought, session, session.base_sha), raw(brought, session, commit.sha)
    assert "new" in after
    assert {p: e for p, e in after.items() if _setting(p, e)} == {p: e for p, e in before.items() if _setting(p, e)}
    shutil.rmtree(tree)


def _setting(path: str, entry: str) -> bool:
    return runs_code(path, link=entry.startswith("120000"))


def _put(path: Path, kind: str) -> None:
    """Whatever is in the way goes."""
    for place in (*reversed(path.parents), path):
        if place.is_symlink() or place.is_file():
            place.unlink()
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "file" | "program":
            path.write_text("#!/bin/sh\ntouch canary\n")
            path.chmod(0o755 if kind == "program" else 0o644)
        case "folder":
            path.mkdir()
            (path / "settings.json").write_text("{}")
        case "link":
            path.symlink_to("src")
        case _:
            return


def obeying(place: Place, *patterns: str) -> Place:
    """The same place, where the project's agent would obey these files, too."""
    return replace(place, worktrees=replace(place.worktrees, obeys=patterns))


def test_what_the_chosen_agent_would_obey_is_absent_too_and_stays_what_it_was(place: Place) -> None:
    place.origin.commit({".env": "HOST=evil\n", "app/.ENV": "x\n", "app/.gemini/GEMINI.md": "x\n"})
    place = obeying(place, "**/.env", "**/.gemini/")
    session = prepared(place)
    tree = place.worktree()

    assert set(session.settings) == {".env", "app/.ENV", "app/.gemini/"}
    assert not [path for path in (".env", "app/.ENV", "app/.gemini") if (tree / path).exists()]
    (tree / ".env").write_text("HOST=worse\n")
    (tree / "src" / "a.py").write_text("changed\n")
    made = place.worktrees.commit(session, TEXT)

    assert made.changed
    assert made.left_out == (".env",)
    before = raw(place, session, session.base_sha or "")
    assert {path for path, about in raw(place, session, made.sha).items() if before[path] != about} == {"src/a.py"}


def test_what_was_absent_is_not_deleted_by_the_next_agent_which_would_not_obey_it(place: Place) -> None:
    place.origin.commit({".env": "HOST=evil\n"})
    session = prepared(obeying(place, "**/.env"))

    assert not place.worktrees.commit(session, TEXT).changed
    assert place.worktrees.remove(session) == ""
    assert not (place.session_folder(session.number) / "obeyed").exists()
