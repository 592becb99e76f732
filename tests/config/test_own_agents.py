"""`agents:` defines agents and changes known ones, in checked words; what it names may be named in `agent:`."""

from __future__ import annotations

from pathlib import Path

import pytest

from issue_intake.config.agent import PRESETS
from issue_intake.config.presets import PLACES, READERS, OwnAgent
from issue_intake.workers import agents, presets
from issue_intake.workers.presets.preset import Belongings, Level, Preset
from tests.config.loading import faults_of, load_text
from tests.config.test_schema import fields

PROJECT = "projects:\n- repo: acme/webshop\n  agent: deckhand\n"
WHOLE = "{program: deckhand, run: ['{permissions}', '{args}'], edits: {}}"


def test_an_agents_keys_are_the_fields_of_a_preset() -> None:
    keys = {name for name, _ in fields(OwnAgent) if "." not in name}
    assert keys == {*Preset.__slots__, "base"} - {"name"}  # type: ignore[attr-defined]
    for level in ("edits", "commands", "everything"):
        assert {name for name, _ in fields(OwnAgent) if name.startswith(f"{level}.")} == {
            f"{level}.{name}"
            for name in Level.__slots__  # type: ignore[attr-defined]
        }
    assert {f"belongings.{name}" for name in Belongings.__slots__} <= {name for name, _ in fields(OwnAgent)}  # type: ignore[attr-defined]


def test_every_key_of_an_agent_is_described_in_a_sentence() -> None:
    for key, field in fields(OwnAgent):
        assert field.description, key
        assert field.description[0].isalpha(), key
        assert field.description.endswith("."), key


def test_the_readers_and_places_that_may_be_named_are_there() -> None:
    assert {*presets.NAMES, "command"} == set(READERS)
    assert set(presets.NAMES) == set(PRESETS)
    assert all(agents._PLACE.fullmatch(f"{{{name}}}") for name in PLACES)


def test_an_agent_of_ones_own_may_be_named(tmp_path: Path) -> None:
    config = load_text(tmp_path, f"agents: {{deckhand: {WHOLE}}}\n{PROJECT}")
    (project,) = config.projects
    assert project.agent.preset == "deckhand"
    assert project.agents == config.agents
    assert config.agents["deckhand"].run == ("{permissions}", "{args}")
    with_default = f"agents: {{deckhand: {WHOLE}}}\ndefaults: {{agent: deckhand}}\nprojects: [{{repo: a/b}}]\n"
    assert load_text(tmp_path, with_default).projects[0].agent.preset == "deckhand"


def test_a_programs_home_is_worked_out(tmp_path: Path) -> None:
    config = load_text(tmp_path, f"agents: {{codex: {{program: ~/bin/codex}}}}\n{PROJECT.replace('deckhand', 'codex')}")
    assert config.agents["codex"].program == "/home/octo/bin/codex"


@pytest.mark.parametrize(
    ("agent", "lines"),
    [
        ("{programm: x, base: claude}", ['.programm: is not a known key (did you mean "program"?)']),
        (
            "{}",
            [
                '.program: is missing (add program: "deckhand", or a base)',
                '.run: is missing (add run: ["{permissions}", "{args}"], or a base)',
                ".edits: is missing, and nothing else says what it may do"
                " (add words that do, or edits: {} where nothing needs saying)",
            ],
        ),
        (
            "{base: claude, run: ['{promt_file}']}",
            ['.run: {promt_file} is not a placeholder (did you mean "prompt_file"?)'],
        ),
        (
            "{base: claude, run: ['--x={permissions}']}",
            [".run: {permissions} stands for several words (write it as a word of its own)"],
        ),
        ("{base: claude, resume: [go, on]}", [": has a resume without {conversation} (write it where the id belongs)"]),
        (
            "{base: claude, run: [go], stdin: false}",
            [": never gets its prompt (write {prompt_file} into run, or stdin: true)"],
        ),
        ("{base: claude, model: [-m]}", [".model: lacks {model} (write it where the value belongs)"]),
        (
            "{base: claude, commands: {command: 'Bash(*)'}}",
            [".commands.command: lacks {command} (write it where a command of allow belongs)"],
        ),
        (
            "{base: claude, fixed: {MY_API_KEY: x}}",
            [
                ".fixed: MY_API_KEY would be written here"
                " (put it in the env_file, and its name into variables: [MY_API_KEY])"
            ],
        ),
        (
            "{base: claude, variables: [GITHUB_TOKEN]}",
            [".variables[0]: is kept from agents (remove it: intake itself pushes and talks to GitHub)"],
        ),
        (
            "{base: claude, program: bin/claude}",
            ['.program: "bin/claude" is a relative path (write it from / or ~/ on, or a name on PATH)'],
        ),
        (
            "{base: claude, kept: [../x]}",
            ['.kept[0]: "../x" is no path from there on (leave out what stands above it, and ..)'],
        ),
        (
            "{base: claude, files: {a/b: x}}",
            [""".files."a/b": "a/b" is no file's name (use letters, digits, . _ and -)"""],
        ),
        ("{base: claude, files: {gh: x}}", ['.files.gh: "gh" is intake\'s own there (use another name)']),
        (
            "{base: claude, needs_model: yes}",
            [".needs_model: must be true or false (write one of them, without quotes)"],
        ),
    ],
)
def test_a_fault_of_an_agent_names_its_line_and_its_cure(tmp_path: Path, agent: str, lines: list[str]) -> None:
    text = f"agents:\n  deckhand: {agent}\n{PROJECT}"
    assert faults_of(tmp_path, text) == [f":2: agents.deckhand{line}" for line in lines]


def test_a_base_or_reader_that_is_not_known_is_refused(tmp_path: Path) -> None:
    (line,) = faults_of(tmp_path, f"agents: {{deckhand: {{base: claud}}}}\n{PROJECT}")
    assert line.startswith(":1: agents.deckhand.base: must be aider, claude, codex")
    (line,) = faults_of(tmp_path, f"agents: {{deckhand: {{base: claude, reader: text}}}}\n{PROJECT}")
    assert line.startswith(":1: agents.deckhand.reader: must be aider, claude, codex")


def test_an_agents_name_is_plain(tmp_path: Path) -> None:
    (line,) = faults_of(tmp_path, f"agents: {{Deck Hand: {{base: claude}}}}\n{PROJECT.replace('deckhand', 'codex')}")
    assert line == ':1: agents."Deck Hand": is no agent\'s name (use a-z, 0-9 and -, such as my-agent)'


def test_a_misspelt_own_agent_is_told_from_the_known_ones(tmp_path: Path) -> None:
    (line,) = faults_of(
        tmp_path, f"agents: {{deckhand: {WHOLE}}}\n{PROJECT.replace('agent: deckhand', 'agent: dekhand')}"
    )
    assert line.endswith('(did you mean "deckhand"?)')
    assert ":4: projects[0].agent: the agents known here are aider, " in line


def test_agents_of_the_wrong_kind_are_faults(tmp_path: Path) -> None:
    assert faults_of(tmp_path, "agents: [claude]\nprojects: [{repo: a/b, agent: codex}]\n") == [
        ':1: agents: must be a mapping (write "key: value" lines below it)'
    ]
    assert faults_of(tmp_path, "agents: {claude: fast}\nprojects: [{repo: a/b, agent: codex}]\n") == [
        ':1: agents.claude: must be a mapping (write "key: value" lines below it)'
    ]
