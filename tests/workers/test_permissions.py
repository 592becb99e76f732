"""What gemini, opencode and copilot may do is what their project says, in the words of each; and what they remember."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.errors import UsageError
from issue_intake.workers.agents import Places, resolve
from issue_intake.workers.conversations import remembered
from issue_intake.workers.presets import preset
from issue_intake.workers.presets.choice import AgentChoice

PLACES = Places(
    prompt_file=Path("/home/a/7/1/prompt.md"),
    worktree=Path("/home/a/issue-7"),
    result_file=Path("/home/a/7/1/out/result.json"),
    private=Path("/home/a/7/private/1"),
    issue_number=7,
    branch="agent/issue-7",
)
ID = "0c0ffee0-2222-4333-8444-555555555555"


def permission(choice: AgentChoice, places: Places = PLACES) -> dict[str, object]:
    found: dict[str, object] = json.loads(resolve(choice).environment(places)["OPENCODE_PERMISSION"])
    return found


def test_gemini_edits_and_runs_no_command_unless_some_are_named() -> None:
    edits = resolve(AgentChoice(preset="gemini", model="gemini-2.5-flash")).argv(PLACES)
    assert edits == (
        *("gemini", "-o", "stream-json", "--skip-trust", "--approval-mode", "auto_edit"),
        *("--include-directories", "/home/a/7/1/out", "-m", "gemini-2.5-flash"),
    )
    named = resolve(AgentChoice(preset="gemini", allow=("npm test",))).argv(PLACES)
    tools = [word for word in named if word.startswith("--allowed-tools")]
    assert "--allowed-tools=run_shell_command(npm test)" in tools
    assert "--allowed-tools=run_shell_command(git status)" in tools
    assert not any("push" in tool for tool in tools)
    everything = resolve(AgentChoice(preset="gemini", permissions="everything")).argv(PLACES)
    assert everything[everything.index("--approval-mode") + 1] == "yolo"


def test_gemini_goes_on_with_a_conversation() -> None:
    resumed = resolve(AgentChoice(preset="gemini")).resumed(ID, PLACES)
    assert resumed is not None
    assert resumed[resumed.index("--resume") + 1] == ID


def test_a_repositorys_env_sends_geminis_prompts_nowhere_else_and_the_users_own_word_holds() -> None:
    agent = resolve(AgentChoice(preset="gemini"))
    assert agent.environment(PLACES) == {"GOOGLE_GEMINI_BASE_URL": "", "GOOGLE_VERTEX_BASE_URL": ""}
    assert "GOOGLE_GEMINI_BASE_URL" in agent.share.vendor


@pytest.mark.parametrize("name", ["gemini", "opencode"])
def test_a_limit_that_an_agent_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"agent\.max_turns"):
        resolve(AgentChoice(preset=name, model="a/b", turns=3))
    with pytest.raises(UsageError, match=r"agent\.max_cost"):
        resolve(AgentChoice(preset=name, model="a/b", cost=3))


def test_opencode_may_only_edit_here_and_in_the_folder_of_its_report() -> None:
    assert permission(AgentChoice(preset="opencode", model="a/b")) == {
        "bash": "deny",
        "webfetch": "deny",
        "external_directory": {"*": "deny", "/home/a/7/1/out/**": "allow"},
    }


def test_opencode_runs_the_named_commands_and_git_and_the_rule_for_all_others_stands_first() -> None:
    bash = permission(AgentChoice(preset="opencode", model="a/b", allow=("npm test", "make")))["bash"]
    assert isinstance(bash, dict)
    assert next(iter(bash.items())) == ("*", "deny")
    allowed = [command for command, rule in bash.items() if rule == "allow"]
    assert {"npm test", "npm test *", "make", "make *", "git status", "git status *"} <= set(allowed)
    assert not any("push" in command for command in allowed)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12))
def test_what_opencode_may_do_is_json_whatever_the_folders_are_called(name: str) -> None:
    places = replace(PLACES, result_file=Path(f"/home/{name}/out/result.json"))
    outside = permission(AgentChoice(preset="opencode", model="a/b"), places)["external_directory"]
    assert outside == {"*": "deny", f"{places.result_file.parent}/**": "allow"}


def test_opencode_is_not_left_to_choose_a_model() -> None:
    with pytest.raises(UsageError, match=r"agent\.model"):
        resolve(AgentChoice(preset="opencode"))


@pytest.mark.parametrize("name", ["OPENCODE_PERMISSION", "COPILOT_ALLOW_ALL"])
def test_permissions_are_not_widened_by_a_variable(name: str) -> None:
    with pytest.raises(UsageError, match=r"agent\.env: \w+ says what the agent may do"):
        resolve(AgentChoice(preset="opencode", model="a/b", env={name: "{}"}))
    with pytest.raises(UsageError, match=r"agent\.pass_env"):
        resolve(AgentChoice(preset="opencode", model="a/b", pass_env=(name,)))


@pytest.mark.parametrize("word", ["-y", "yolo", "--approval-mode=yolo", "--allow-all", "--allow-all-tools"])
def test_nor_by_an_argument(word: str) -> None:
    with pytest.raises(UsageError, match=r"agent\.args"):
        resolve(AgentChoice(preset="gemini", args=(word,)))


def test_copilot_is_told_its_conversation_and_where_to_write_what_it_used() -> None:
    agent = resolve(AgentChoice(preset="copilot", model="gpt-5.4", cost=40))
    argv = agent.argv(PLACES, ID)
    assert argv[argv.index("--session-id") + 1] == ID
    assert argv[argv.index("--usage-output-file") + 1] == "/home/a/7/1/out/copilot-usage.json"
    assert argv[-5:] == ("--allow-tool=write", "--model", "gpt-5.4", "--max-ai-credits", "40")
    resumed = agent.resumed(ID, PLACES)
    assert resumed is not None
    assert f"--resume={ID}" in resumed
    assert "--session-id" not in resumed


def test_copilot_runs_the_named_commands_and_git() -> None:
    argv = resolve(AgentChoice(preset="copilot", allow=("npm test",))).argv(PLACES, ID)
    allowed = {word for word in argv if word.startswith("--allow-tool=")}
    assert {"--allow-tool=write", "--allow-tool=shell(npm test:*)", "--allow-tool=shell(git status:*)"} <= allowed
    assert "--allow-all" in resolve(AgentChoice(preset="copilot", permissions="everything")).argv(PLACES, ID)


def test_a_token_of_githubs_is_not_copilots_to_have() -> None:
    known = preset("copilot")
    assert known is not None
    assert not [name for name in known.variables if "GITHUB" in name]


@pytest.mark.parametrize(
    ("name", "file", "variable"),
    [
        ("aider", ".aider/intake/{id}.md", ""),
        ("claude", ".claude/projects/-work-1/{id}.jsonl", "CLAUDE_CONFIG_DIR"),
        ("codex", ".codex/sessions/2026/11/21/rollout-2026-{id}.jsonl", "CODEX_HOME"),
        ("copilot", ".copilot/session-state/{id}/events.jsonl", "COPILOT_HOME"),
        ("cursor-agent", ".cursor/chats/5d1e/{id}", ""),
        ("gemini", ".gemini/tmp/issue-1/chats/session-2026-11-21T17-00-0c0ffee0.jsonl", ""),
        ("opencode", ".local/share/opencode/opencode.db", "XDG_DATA_HOME"),
    ],
)
def test_a_conversation_is_gone_on_with_where_its_record_is_there(
    name: str, file: str, variable: str, tmp_path: Path
) -> None:
    known, home = preset(name), {"HOME": str(tmp_path / "h[o]me")}
    assert known is not None
    assert known.belongings is not None
    assert not remembered(known, ID, home)
    record = tmp_path / "h[o]me" / file.format(id=ID)
    record.parent.mkdir(parents=True)
    record.touch()
    assert remembered(known, ID, home)
    assert not remembered(known, "../" + ID, home)
    if variable:
        moved = {"HOME": "/nowhere", variable: str(tmp_path / "h[o]me" / known.belongings.folder)}
        assert remembered(known, ID, moved)
        assert not remembered(known, ID, {**home, variable: "/nowhere"})


def test_what_gemini_remembers_may_lie_in_another_home(tmp_path: Path) -> None:
    known, file = preset("gemini"), tmp_path / ".gemini/tmp/issue-1/chats/session-1-0c0ffee0.jsonl"
    file.parent.mkdir(parents=True)
    file.touch()
    assert known is not None
    assert remembered(known, ID, {"HOME": "/nowhere", "GEMINI_CLI_HOME": str(tmp_path)})
    assert not remembered(known, "1" + ID[1:], {"HOME": str(tmp_path)})
