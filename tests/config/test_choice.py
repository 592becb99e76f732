"""What labels of an issue may say of its agent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.loading import faults_of, load_text

AT = ":4: projects[0].agent_by_label"


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("{model: {a: b}}", '."agent:x".model: must be text (write a word or a line of text)'),
        ("{modle: opus}", '."agent:x".modle: is not a known key (did you mean "model"?)'),
        ("{preset: codex, command: [x]}", '."agent:x": names both a preset and a command (keep one of them)'),
        (
            "{command: [x], model: best}",
            '."agent:x": has model, args or allow, which belong to a preset (write them into the command)',
        ),
        (
            "{env: {GH_TOKEN: x}}",
            '."agent:x".env.GH_TOKEN: is kept from agents (remove it: intake itself pushes and talks to GitHub)',
        ),
        (
            "{}",
            '."agent:x": sets nothing (write a preset, such as codex, or any part of agent:, such as {model: opus})',
        ),
        ("[codex]", '."agent:x": must be a mapping (write "key: value" lines below it)'),
    ],
)
def test_a_fault_of_what_a_label_says_is_one_line_with_its_cure(tmp_path: Path, said: str, fault: str) -> None:
    text = f"projects:\n- repo: a/b\n  agent: claude\n  agent_by_label: {{'agent:x': {said}}}\n"
    assert faults_of(tmp_path, text) == [f"{AT}{fault}"]


def test_a_misspelt_preset_gets_the_nearest(tmp_path: Path) -> None:
    text = "projects:\n- repo: a/b\n  agent: claude\n  agent_by_label:\n    agent:x: codx\n"
    (line,) = faults_of(tmp_path, text)
    assert line.startswith(':5: projects[0].agent_by_label."agent:x": ')
    assert line.endswith('(did you mean "codex"?)')


@pytest.mark.parametrize("label", ["agent:queued", "Agent:In-Progress", "agent:review", "intake:hold"])
def test_labels_that_intake_goes_by_choose_nothing(tmp_path: Path, label: str) -> None:
    text = f"projects:\n- repo: a/b\n  agent: claude\n  agent_by_label: {{'{label}': codex}}\n"
    cure = "(choose another, such as agent:codex or model:opus)"
    assert faults_of(tmp_path, text) == [f'{AT}."{label}": is a label that intake itself goes by {cure}']


def test_a_label_that_is_used_up_at_the_claim_chooses_nothing(tmp_path: Path) -> None:
    text = "projects:\n- repo: a/b\n  agent: claude\n  agent_by_label: {'agent:x': codex, 'fast': {model: m}}\n"
    assert faults_of(tmp_path, f"{text}  intake: {{labels: [Agent:X, fast]}}\n") == [
        f'{AT}."agent:x": is a label of the rule, which is used up when an issue is taken on'
        " (choose another label, or write it under agent:)"
    ]


def test_a_label_stands_once_whatever_its_case(tmp_path: Path) -> None:
    text = "projects:\n- repo: a/b\n  agent: claude\n  agent_by_label: {fast: codex, Fast: {model: m}}\n"
    assert faults_of(tmp_path, text) == [f'{AT}.Fast: "Fast" is there in another case already (keep one of them)']


def test_parts_of_a_preset_need_one(tmp_path: Path) -> None:
    text = "projects:\n- repo: a/b\n  agent: {command: [x]}\n  agent_by_label: {fast: {model: m}}\n"
    assert faults_of(tmp_path, text) == [
        f"{AT}.fast: has model, args or allow, and the project's agent is a command (name a preset here, too)"
    ]


def test_no_label_hands_an_agent_the_projects_own_token(tmp_path: Path) -> None:
    text = (
        "projects:\n- repo: a/b\n  github: {token_env: T}\n  agent: claude\n"
        "  agent_by_label: {fast: {preset: codex, pass_env: T}}\n"
    )
    (line,) = faults_of(tmp_path, text)
    assert "hands the agent T, the project's own token" in line


def test_no_label_lets_an_agent_do_everything_without_a_sandbox(tmp_path: Path) -> None:
    text = "projects:\n- repo: a/b\n  agent: claude\n  agent_by_label: {all: {permissions: everything}}\n"
    (line,) = faults_of(tmp_path, text)
    assert line.startswith(":2: projects[0]: lets the agent do everything with nothing around it")
    load_text(tmp_path, f"{text}  workspace: {{sandbox: bwrap}}\n")


def test_what_a_label_says_in_the_defaults_is_replaced_whole_and_comes_first(tmp_path: Path) -> None:
    text = """\
defaults: {agent: claude, agent_by_label: {one: codex, two: {model: m}}}
projects:
- {repo: a/b, agent_by_label: {three: {model: n}, one: {command: [~/x]}}}
- {repo: a/c}
"""
    own, plain = load_text(tmp_path, text).projects
    assert list(own.agent_by_label) == ["one", "two", "three"]
    assert own.agent_by_label["one"].command == ("/home/octo/x",)
    assert plain.agent_by_label["one"].preset == "codex"


def test_a_fault_in_the_defaults_is_told_once(tmp_path: Path) -> None:
    text = "defaults: {agent: claude, agent_by_label: {one: {}}}\nprojects: [{repo: a/b}, {repo: a/c}]\n"
    (line,) = faults_of(tmp_path, text)
    assert line.startswith(":1: defaults.agent_by_label.one: sets nothing")
