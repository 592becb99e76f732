"""Presets as commands: what each is started with, goes on with, may do, and cannot be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from issue_intake.errors import UsageError
from issue_intake.workers.agents import Places, resolve
from issue_intake.workers.presets import NAMES, preset
from issue_intake.workers.presets.choice import AgentChoice
from issue_intake.workers.presets.preset import Preset

PLACES = Places(
    prompt_file=Path("/home/a/7/1/prompt.md"),
    worktree=Path("/home/a/issue-7"),
    result_file=Path("/home/a/7/1/out/result.json"),
    private=Path("/home/a/7/private/1"),
    issue_number=7,
    branch="agent/issue-7",
    home=Path("/home/octo"),
)


def known(name: str) -> Preset:
    found = preset(name)
    assert found is not None
    return found


def test_aider_gets_the_prompt_as_a_file_and_runs_nothing_a_repository_names() -> None:
    agent = resolve(AgentChoice(preset="aider", model="openai/gpt-4o"))
    argv = agent.argv(PLACES, "c0ffee-1")
    assert argv[:3] == ("aider", "--message-file", "/home/a/7/1/prompt.md")
    assert agent.stdin(PLACES) is None
    assert {"--no-auto-test", "--no-auto-lint", "--no-notifications", "--no-suggest-shell-commands"} <= set(argv)
    assert argv[argv.index("--load") + 1] == "/dev/null"
    assert argv[-2:] == ("--model", "openai/gpt-4o")
    assert agent.environment(PLACES)["COLUMNS"] == "1000"


def test_aider_goes_on_with_the_file_its_conversation_is() -> None:
    agent = resolve(AgentChoice(preset="aider", model="m"))
    history = "/home/octo/.aider/intake/c0ffee-1.md"
    fresh, resumed = agent.argv(PLACES, "c0ffee-1"), agent.resumed("c0ffee-1", PLACES)
    assert resumed is not None
    assert fresh[fresh.index("--chat-history-file") + 1] == resumed[resumed.index("--chat-history-file") + 1] == history
    assert set(resumed) - set(fresh) == {"--restore-chat-history"}
    assert known("aider").kept == (".aider/intake/{conversation}.md",)


def test_aider_wants_a_model_named_and_has_no_commands_to_allow() -> None:
    with pytest.raises(UsageError, match=r"agent\.model: aider needs one named"):
        resolve(AgentChoice(preset="aider"))
    for choice in (
        AgentChoice(preset="aider", model="m", allow=("make",)),
        AgentChoice(preset="aider", model="m", permissions="everything"),
    ):
        with pytest.raises(UsageError, match="runs no command at all"):
            resolve(choice)


def test_mini_swe_agent_does_everything_within_limits_and_leaves_its_record_beside_the_report() -> None:
    choice = AgentChoice(preset="mini-swe-agent", model="m", permissions="everything", turns=40, cost=2.5)
    agent = resolve(choice)
    argv = agent.argv(PLACES)
    assert argv[:4] == ("mini", "-c", "../config/mini.yaml", "--yolo")
    assert argv[argv.index("-t") + 1] == "Read /home/a/7/1/prompt.md and do what it says."
    assert argv[argv.index("-o") + 1] == "/home/a/7/1/out/mini.traj.json"
    assert argv[-6:] == ("--model", "m", "-c", "agent.step_limit=40", "-l", "2.5")
    assert agent.environment(PLACES)["MSWEA_CONFIGURED"] == "true"
    assert agent.resumed("c0ffee-1", PLACES) is None


def test_goose_is_given_the_name_of_its_conversation() -> None:
    agent = resolve(AgentChoice(preset="goose", permissions="everything", turns=9))
    argv, resumed = agent.argv(PLACES, "c0ffee-1"), agent.resumed("c0ffee-1", PLACES)
    assert argv[:4] == ("goose", "run", "-i", "/home/a/7/1/prompt.md")
    assert argv[argv.index("--name") + 1] == "c0ffee-1"
    assert argv[-2:] == ("--max-turns", "9")
    assert resumed is not None
    assert set(resumed) - set(argv) == {"--resume"}
    assert agent.environment(PLACES)["GOOSE_MODE"] == "auto"


def test_cursor_agent_goes_on_with_the_id_it_told() -> None:
    agent = resolve(AgentChoice(preset="cursor-agent", model="auto", permissions="everything"))
    argv = agent.argv(PLACES)
    assert argv == (*("cursor-agent", "-p", "--output-format", "stream-json", "--trust", "--force", "--model", "auto"),)
    assert agent.resumed("c0ffee-1", PLACES) == (*argv[:5], "--resume", "c0ffee-1", *argv[5:])
    assert agent.stdin(PLACES) == "/home/a/7/1/prompt.md"


@pytest.mark.parametrize("name", ["cursor-agent", "goose", "mini-swe-agent"])
@pytest.mark.parametrize("choice", [{}, {"allow": ("make",)}, {"permissions": "edits"}])
def test_an_agent_that_can_do_only_everything_says_what_to_write(name: str, choice: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"write permissions: everything, and workspace: \{sandbox: bwrap\}"):
        resolve(AgentChoice(preset=name, **choice))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_whole(name: str) -> None:
    found = known(name)
    assert found.name == name
    assert found.reader in (*NAMES, "command")
    assert found.edits or found.commands or found.everything
    assert found.made_for
    assert found.login
    assert found.stdin or any("{prompt_file}" in word for word in found.run)
    assert all(any("{conversation}" in word for word in words) for words in (found.resume,) if words)
    assert not found.chosen or any("{conversation}" in word for word in found.run)
    for group in ("{permissions}", "{model}", "{args}"):
        assert group in found.run
        assert not found.resume or group in found.resume
    assert not (found.turns or found.cost) or "{limits}" in found.run or name == "codex"
