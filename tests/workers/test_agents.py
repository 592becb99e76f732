"""Presets and own commands become argv lists; nothing takes the limits off an agent."""

from __future__ import annotations

import string
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.errors import UsageError
from issue_intake.workers.agents import Places, missing_program, resolve
from issue_intake.workers.presets.choice import AgentChoice

PLACES = Places(
    prompt_file=Path("/home/a/7/1/prompt.md"),
    worktree=Path("/home/a/issue-7"),
    result_file=Path("/home/a/7/1/out/result.json"),
    private=Path("/home/a/7/private/1"),
    issue_number=7,
    branch="agent/issue-7",
)

PLAIN = string.ascii_letters + string.digits + "_-"


def test_claude_edits_uses_git_and_writes_its_report_and_nothing_more() -> None:
    argv = resolve(AgentChoice(preset="claude")).argv(PLACES)
    assert argv[:5] == ("claude", "-p", "--output-format", "stream-json", "--verbose")
    assert argv[-4:] == ("--add-dir", "/home/a/7/1/out", "--permission-mode", "acceptEdits")
    rules = argv[argv.index("--allowedTools") + 1 : argv.index("--add-dir")]
    assert {"Bash(git add:*)", "Bash(git commit:*)", "Bash(git status:*)"} <= set(rules)
    assert all(rule.startswith("Bash(git ") for rule in rules)
    assert not any("push" in rule for rule in rules)


def test_claude_takes_model_allowed_commands_and_arguments() -> None:
    choice = AgentChoice(preset="claude", model="opus", allow=("npm test", "make"), args=("--max-turns", "40"))
    argv = resolve(choice).argv(PLACES)
    assert {"Bash(npm test:*)", "Bash(make:*)"} <= set(argv)
    assert argv[-4:] == ("--model", "opus", "--max-turns", "40")


@pytest.mark.parametrize("command", ["", "  ", "make) Bash(*", "a\nb", "rm *", "make, curl", "\x1b[2J"])
def test_what_is_no_command_is_not_made_into_a_permission(command: str) -> None:
    with pytest.raises(UsageError, match=r"agent\.allow"):
        resolve(AgentChoice(preset="claude", allow=(command,)))


def test_codex_works_in_its_sandbox_and_reads_the_prompt_from_stdin() -> None:
    argv = resolve(AgentChoice(preset="codex", model="gpt-5", args=("--ephemeral",))).argv(PLACES)
    assert argv == (
        *("codex", "exec", "--json", "--sandbox", "workspace-write"),
        *("--add-dir", "/home/a/7/1/out", "-C", "/home/a/issue-7", "-m", "gpt-5", "--ephemeral", "-"),
    )


def test_codex_says_that_it_has_no_list_of_commands() -> None:
    with pytest.raises(UsageError, match="network_access"):
        resolve(AgentChoice(preset="codex", allow=("make",)))


def test_claude_goes_on_with_a_conversation_and_may_do_no_more_than_before() -> None:
    agent = resolve(AgentChoice(preset="claude", model="opus", allow=("make",)))
    fresh, resumed = agent.argv(PLACES), agent.resumed("c0ffee-1", PLACES)
    assert resumed == (*fresh[:5], "--resume", "c0ffee-1", *fresh[5:])


def test_codex_goes_on_with_a_conversation_in_the_same_sandbox() -> None:
    agent = resolve(AgentChoice(preset="codex", model="gpt-5", args=("-c", "a=b")))
    fresh, resumed = agent.argv(PLACES), agent.resumed("0199a-b", PLACES)
    assert resumed == (*fresh[:-1], "resume", "0199a-b", "-")
    assert resumed[:5] == ("codex", "exec", "--json", "--sandbox", "workspace-write")


@pytest.mark.parametrize(
    "choice",
    [
        AgentChoice(command=("claude", "-p")),
        AgentChoice(preset="claude", args=("--no-session-persistence",)),
        AgentChoice(preset="codex", args=("--ephemeral",)),
    ],
)
def test_an_agent_that_keeps_no_conversation_cannot_go_on_with_one(choice: AgentChoice) -> None:
    assert resolve(choice).resumed("c0ffee-1", PLACES) is None


@given(st.text(max_size=5) | st.sampled_from(["", "-c", "--last", "a b", "a\n", "{branch}", "../x", "é", "x" * 101]))
@pytest.mark.parametrize("preset", ["claude", "codex"])
def test_no_id_but_a_plain_one_is_ever_put_into_a_command(preset: str, conversation: str) -> None:
    resumed = resolve(AgentChoice(preset=preset)).resumed(conversation, PLACES)
    plain = set(conversation) <= set(PLAIN) and 0 < len(conversation) <= 100 and conversation[0] != "-"
    assert (resumed is not None) == plain
    assert resumed is None or conversation in resumed


@pytest.mark.parametrize("preset", ["claude", "codex"])
def test_no_preset_puts_the_prompt_into_its_arguments(preset: str) -> None:
    agent = resolve(AgentChoice(preset=preset))
    assert not any("prompt.md" in word for word in agent.argv(PLACES))
    assert agent.stdin(PLACES) == "/home/a/7/1/prompt.md"


@pytest.mark.parametrize(
    "args",
    [
        ("--dangerously-skip-permissions",),
        ("--allow-dangerously-skip-permissions",),
        ("--permission-mode", "bypassPermissions"),
        ("--permission-mode=bypassPermissions",),
        ("--dangerously-bypass-approvals-and-sandbox",),
        ("--sandbox", "danger-full-access"),
        ("--yolo",),
    ],
)
def test_full_bypass_is_refused(args: tuple[str, ...]) -> None:
    for preset in ("claude", "codex"):
        with pytest.raises(UsageError, match="takes every limit off"):
            resolve(AgentChoice(preset=preset, args=args))


def test_an_own_command_is_filled_in_and_read_by_its_exit_code() -> None:
    command = ("/opt/bot", "--in={prompt_file}", "{worktree}", "{result_file}", "#{issue_number}", "{branch}", "{x} {}")
    agent = resolve(AgentChoice(command=command))
    assert agent.argv(PLACES) == (
        *("/opt/bot", "--in=/home/a/7/1/prompt.md", "/home/a/issue-7", "/home/a/7/1/out/result.json"),
        *("#7", "agent/issue-7", "{x} {}"),
    )
    assert (agent.name, agent.reader, agent.program) == ("command:bot", "command", "/opt/bot")


def test_braces_in_a_filled_in_value_are_not_filled_in_again() -> None:
    places = replace(PLACES, worktree=Path("/w/{branch}"))
    assert resolve(AgentChoice(command=("run", "{worktree}"))).argv(places) == ("run", "/w/{branch}")


@given(st.lists(st.text().filter(lambda word: "{" not in word), min_size=1, max_size=4))
def test_words_without_places_reach_the_program_as_they_are(words: list[str]) -> None:
    agent = resolve(AgentChoice(command=("program", *words)))
    assert agent.argv(PLACES) == ("program", *words)


def test_a_real_process_gets_the_words_unsplit() -> None:
    code = "import sys; sys.stdout.write('|'.join(sys.argv[1:]))"
    agent = resolve(AgentChoice(command=(sys.executable, "-c", code, "a b; rm -rf $HOME", "{branch}")))
    ran = subprocess.run(agent.argv(PLACES), capture_output=True, text=True, check=True)
    assert ran.stdout == "a b; rm -rf $HOME|agent/issue-7"


@pytest.mark.parametrize("program", ["./bot", "bin/bot", "../bot", "~/bot", ""])
def test_a_relative_program_is_refused_because_the_repository_could_hold_it(program: str) -> None:
    with pytest.raises(UsageError, match="relative path"):
        resolve(AgentChoice(command=(program,)))


@pytest.mark.parametrize(
    "choice",
    [
        AgentChoice(),
        AgentChoice(preset="claude", command=("claude",)),
        AgentChoice(preset="gpt"),
        AgentChoice(preset=""),
        AgentChoice(command=("bot",), model="m"),
        AgentChoice(command=("bot",), allow=("make",)),
    ],
)
def test_a_choice_that_cannot_work_is_a_fault_of_the_configuration(choice: AgentChoice) -> None:
    with pytest.raises(UsageError):
        resolve(choice)


def test_a_program_is_looked_for_where_the_worker_will_look(tmp_path: Path) -> None:
    program = tmp_path / "bot"
    program.write_text("#!/bin/sh\n")
    agent = resolve(AgentChoice(command=("bot",)))
    assert "bot is not on PATH" in (missing_program(agent, {"PATH": str(tmp_path)}) or "")
    program.chmod(0o755)
    assert missing_program(agent, {"PATH": str(tmp_path)}) is None
    assert "not on PATH (empty)" in (missing_program(agent, {}) or "")


def test_an_absolute_program_needs_no_path(tmp_path: Path) -> None:
    agent = resolve(AgentChoice(command=(str(tmp_path / "bot"),)))
    assert "is missing or may not be run" in (missing_program(agent, {"PATH": "/usr/bin"}) or "")
    (tmp_path / "bot").touch(mode=0o755)
    assert missing_program(agent, {}) is None
