"""What `agents:` says becomes the preset that a project's agent is made of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from issue_intake.config.model import Project
from issue_intake.errors import UsageError
from issue_intake.wiring.choice import chosen
from issue_intake.wiring.policies import policy_of
from issue_intake.wiring.projects import agent_of
from issue_intake.workers.agents import Agent, Places
from tests.config.loading import load_text

PLACES = Places(
    prompt_file=Path("/s/1/prompt.md"),
    worktree=Path("/w"),
    result_file=Path("/s/1/out/result.json"),
    private=Path("/s/private/1"),
    issue_number=7,
    branch="agent/issue-7",
    home=Path("/home/octo"),
)


def project(folder: Path, agents: str, agent: str) -> Project:
    return load_text(folder, f"agents:\n  {agents}\nprojects:\n- repo: acme/webshop\n  agent: {agent}\n").projects[0]


def agent(folder: Path, agents: str, chosen: str) -> Agent:
    return agent_of(project(folder, agents, chosen), frozenset())


def test_an_agent_of_ones_own_is_started_as_it_says(tmp_path: Path) -> None:
    own = (
        "deckhand: {program: deckhand, run: [work, '{permissions}', '{model}', '{limits}', '{args}', '{home}/x'],"
        " resume: [work, --on, '{conversation}'], commands: {words: [--may, '{commands}'], command: 'sh:{command}'},"
        " turns: [--turns, '{turns}'], model: ['--llm={model}'], fixed: {DECK: '{worktree}'}, variables: [DECK_URL],"
        " reader: codex, currency: EUR}"
    )
    chosen = "{preset: deckhand, model: m, allow: [make, npm test], max_turns: 3, args: [-v]}"
    made = agent(tmp_path, own, chosen)
    words = ("work", "--may", "sh:make", "sh:npm test", "--llm=m", "--turns", "3", "-v", "/home/octo/x")
    assert made.argv(PLACES) == ("deckhand", *words)
    assert made.resumed("c-1", PLACES) == ("deckhand", "work", "--on", "c-1")
    assert (made.name, made.reader, made.environment(PLACES)["DECK"]) == ("deckhand", "codex", "/w")
    assert made.share.vendor == ("DECK_URL",)
    assert policy_of(project(tmp_path, own, chosen)).currencies == {"deckhand": "EUR"}


def test_a_known_agent_is_changed_in_what_is_said_and_in_nothing_else(tmp_path: Path) -> None:
    made = agent(tmp_path, "claude: {program: /opt/claude, made_for: '3.0'}", "claude")
    plain = agent(tmp_path, "codex: {made_for: '1.0'}", "claude")
    assert made.argv(PLACES) == ("/opt/claude", *plain.argv(PLACES)[1:])
    assert made.resumed("c-1", PLACES) == ("/opt/claude", *(plain.resumed("c-1", PLACES) or ())[1:])
    assert made.preset is not None
    assert (made.name, made.preset.made_for) == ("claude", "3.0")


def test_an_agent_like_another_has_a_name_of_its_own_and_the_others_reader(tmp_path: Path) -> None:
    own = "fast: {base: claude, fixed: {ANTHROPIC_MODEL: haiku}}"
    made = agent(tmp_path, own, "fast")
    assert (made.name, made.reader, made.program) == ("fast", "claude", "claude")
    assert policy_of(project(tmp_path, own, "fast")).currencies == {"fast": "USD"}


def test_a_run_of_its_own_goes_on_with_no_conversation_of_the_others(tmp_path: Path) -> None:
    made = agent(tmp_path, "claude: {run: [-p, '{permissions}']}", "claude")
    assert made.resumed("c-1", PLACES) is None


def test_a_label_may_choose_an_agent_of_ones_own(tmp_path: Path) -> None:
    own = "fast: {base: claude, fixed: {ANTHROPIC_MODEL: haiku}}"
    text = f"agents: {{{own}}}\nprojects:\n- {{repo: a/b, agent: codex, agent_by_label: {{quick: fast}}}}\n"
    (each,) = load_text(tmp_path, text).projects
    assert agent_of(chosen(each, ("quick",)), frozenset()).name == "fast"
    assert policy_of(each).currencies == {"fast": "USD"}
    with pytest.raises(UsageError, match="the agents known here are"):
        load_text(tmp_path, text.replace("quick: fast", "quick: fats"))


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("a: {base: claude, stdin: false}", "agents.a never gets its prompt"),
        ("a: {base: claude, chosen: true}", "agents.a: its run lacks {conversation}"),
        ("a: {base: claude, edits: {words: [--dangerously-skip-permissions]}}", "takes every limit off the agent"),
        ("a: {base: claude, run: [--yolo]}", "takes every limit off the agent"),
        ("a: {base: claude, fixed: {SSH_AUTH_SOCK: /run/agent}}", "agents.a: SSH_AUTH_SOCK is not handed to agents"),
        ("a: {base: claude, edits: {variables: {MINE: x}}}", "agents.a: MINE is not handed to agents"),
    ],
)
def test_an_agent_that_cannot_work_is_refused_with_its_cure(tmp_path: Path, own: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        agent_of(project(tmp_path, own, "a"), frozenset({"MINE"}))


def test_an_agent_that_is_not_worked_with_disturbs_nobody(tmp_path: Path) -> None:
    assert agent(tmp_path, "a: {base: claude, stdin: false}", "codex").name == "codex"
