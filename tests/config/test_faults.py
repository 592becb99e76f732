"""Every fault has its line, its key, what is wrong and how to cure it; all of them come at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from issue_intake.config import yamlsyntax
from issue_intake.config.load import ConfigError, load
from issue_intake.errors import ExitCode, UsageError
from tests.config.fault_table import (
    AGENT_FAULTS,
    DOCUMENT_FAULTS,
    PROJECT_FAULTS,
    REPO_FAULTS,
    SECRET,
    TOKEN,
    TOP_FAULTS,
)
from tests.config.loading import faults_of, load_text, no_origin


@pytest.fixture(params=["c", "python"], autouse=True)
def _both_parsers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same sentences whether PyYAML was built with libyaml or not."""
    if request.param == "python":
        monkeypatch.setattr(yamlsyntax, "_LOADER", yaml.SafeLoader)


@pytest.mark.parametrize(("keys", "line"), PROJECT_FAULTS)
def test_a_fault_of_a_project_is_one_line_with_its_cure(tmp_path: Path, keys: str, line: str) -> None:
    assert faults_of(tmp_path, f"projects:\n- repo: acme/webshop\n  agent: claude\n  {keys}\n") == [line]


@pytest.mark.parametrize(("agent", "line"), AGENT_FAULTS)
def test_a_fault_of_an_agent_is_one_line_with_its_cure(tmp_path: Path, agent: str, line: str) -> None:
    assert faults_of(tmp_path, f"projects:\n- repo: acme/webshop\n  agent: {agent}\n") == [line]


@pytest.mark.parametrize(("repo", "line"), REPO_FAULTS)
def test_a_repository_that_cannot_be_used_is_one_line_with_its_cure(tmp_path: Path, repo: str, line: str) -> None:
    assert faults_of(tmp_path, f"projects:\n- repo: {repo}\n  agent: claude\n") == [line]


@pytest.mark.parametrize(("keys", "line"), TOP_FAULTS)
def test_a_fault_at_the_top_is_one_line_with_its_cure(tmp_path: Path, keys: str, line: str) -> None:
    assert faults_of(tmp_path, f"{keys}\nprojects:\n- {{repo: acme/webshop, agent: claude}}\n") == [line]


@pytest.mark.parametrize(("text", "line"), DOCUMENT_FAULTS)
def test_a_fault_of_the_document_is_one_line_with_its_cure(tmp_path: Path, text: str, line: str) -> None:
    assert faults_of(tmp_path, text) == [line]


def test_all_faults_come_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    keys = [(key, line) for key, line in PROJECT_FAULTS if "\n" not in key]
    text = "projects:\n" + "".join(
        f"- {{repo: acme/shop{n}, agent: claude}}\n" if n % 2 else f"- repo: acme/shop{n}\n  agent: claude\n  {key}\n"
        for n, (key, _) in enumerate(keys)
    )
    text = text.replace("{repo: acme/shop1, agent: claude}", "{repo: shop, agent: claude}")
    found = faults_of(tmp_path, text)
    expected = [line.partition(": ")[2].partition(": ")[2] for n, (_, line) in enumerate(keys) if n % 2 == 0]
    assert [
        line.partition(": ")[2].partition(": ")[2] for line in found if "names no repository" not in line
    ] == expected
    assert [int(line.split(":")[1]) for line in found] == sorted(int(line.split(":")[1]) for line in found)
    assert sum("names no repository" in line for line in found) == 1


def test_a_reserved_character_does_not_hide_the_faults_after_it(tmp_path: Path) -> None:
    text = "projects:\n- repo: ü/@\n  intake: {labels: ü, assignee: *}\n  agent: @codex\n  writes: all\n"
    assert [line.split(": ")[1] for line in faults_of(tmp_path, text)] == [
        "projects[0].repo",
        "projects[0].intake.assignee",
        "projects[0].agent",
        "projects[0].writes",
    ]


def test_a_fault_in_the_defaults_is_told_once_and_at_its_own_line(tmp_path: Path) -> None:
    projects = "".join(f"- repo: acme/shop{n}\n" for n in range(3))
    text = f"defaults:\n  agent: claude\n  limits:\n    running: 0\n    stal: 3m\nprojects:\n{projects}"
    assert faults_of(tmp_path, text) == [
        ":4: defaults.limits.running: must be at least 1 (write 1 or more)",
        ':5: defaults.limits.stal: is not a known key (did you mean "stall"?)',
    ]


def test_a_fault_in_the_defaults_is_told_even_where_every_project_overrides_it(tmp_path: Path) -> None:
    text = (
        "defaults: {limits: {running: 0}, agent: {model: m}, intake: {exclude_labels: wip}}\n"
        "projects:\n- {repo: a/b, agent: codex, limits: {running: 1}, intake: {labels: x}}\n"
    )
    assert faults_of(tmp_path, text) == [":1: defaults.limits.running: must be at least 1 (write 1 or more)"]


def test_a_fault_in_the_defaults_commands_and_modes_is_told_at_its_own_line(tmp_path: Path) -> None:
    text = "defaults:\n  merge: on\n  verify:\n  - make lint\n  - [make test]\n  review: {rounds: many}\n"
    keys = [line.split(": ")[:2] for line in faults_of(tmp_path, f"{text}projects: [{{repo: a/b, agent: claude}}]\n")]
    assert keys == [[":2", "defaults.merge"], [":5", "defaults.verify[1]"], [":6", "defaults.review.rounds"]]


def test_a_project_without_repo_or_agent_is_told_at_its_first_line(tmp_path: Path) -> None:
    assert faults_of(tmp_path, "projects:\n\n- name: a\n  enabled: true\n") == [
        ":3: projects[0].repo: is missing (add repo: owner/name)",
        ":3: projects[0].agent: is missing (add agent: claude)",
    ]


def test_a_projects_own_token_is_not_handed_to_its_agent(tmp_path: Path) -> None:
    text = (
        "defaults: {github: {token_env: T}}\nprojects:\n"
        "- {repo: a/b, agent: {preset: claude, pass_env: T}}\n- {repo: a/c, agent: {preset: claude, env: {T: x}}}\n"
    )
    cure = "hands the agent T, the project's own token (remove it from pass_env and env)"
    assert faults_of(tmp_path, text) == [f":3: projects[0]: {cure}", f":4: projects[1]: {cure}"]


def test_a_repository_belongs_to_one_project(tmp_path: Path) -> None:
    text = (
        "defaults: {agent: claude}\nprojects:\n- repo: acme/webshop\n"
        "- repo: git@github.com:ACME/Webshop.git\n  name: second\n"
    )
    assert faults_of(tmp_path, text) == [
        ":4: projects[1].repo: acme/webshop is already the project on line 3 (make one project of the two)"
    ]


def test_names_tell_projects_apart(tmp_path: Path) -> None:
    text = "defaults: {agent: claude}\nprojects:\n- repo: acme/webshop\n- repo: other/webshop\n"
    assert faults_of(tmp_path, text) == [
        ':4: projects[1].name: "webshop" is already the name of the project on line 3 (give this one another name:)'
    ]


def test_a_second_document_is_not_read_in_silence(tmp_path: Path) -> None:
    text = "projects: [{repo: a/b, agent: claude}]\n---\nprojects: []\n"
    assert faults_of(tmp_path, text) == [":2: starts a second document (keep one, without ---)"]


def test_aliases_that_multiply_are_stopped_before_they_cost_anything(tmp_path: Path) -> None:
    laughs = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 12))
    assert faults_of(tmp_path, f"l0: &l0 ha\n{laughs}")[-1].endswith("holds more than 20000 values (use fewer aliases)")


def test_an_alias_of_itself_is_a_fault(tmp_path: Path) -> None:
    text = "projects: [{repo: a/b, agent: claude, intake: {labels: &l [*l]}}]\n"
    assert 'without an anchor: "*l"' in faults_of(tmp_path, text)[0]


@pytest.mark.parametrize(
    "secret",
    [TOKEN, "github_pat_11ABCDE_x", "gho_" + "x" * 36, "sk-ant-api03-abc", "sk-1234567890abcdefgh"],
)
@pytest.mark.parametrize("place", ["name", "workflow", "repo", "agent", "oops", "intake"])
def test_a_secret_is_refused_wherever_it_stands_and_never_repeated(tmp_path: Path, secret: str, place: str) -> None:
    found = faults_of(tmp_path, f'projects:\n- name: a\n  {place}: ["x {secret}"]\n  "{secret}": 1\n')
    assert any(SECRET in line for line in found)
    assert secret not in "\n".join(found)


def test_a_hook_may_name_a_variable_that_holds_a_secret(tmp_path: Path) -> None:
    hook = "git clone https://x:$LIB_TOKEN@example.org/lib"
    text = f"projects: [{{repo: a/b, agent: claude, workspace: {{hooks: {{after_create: '{hook}'}}}}}}]"
    assert load_text(tmp_path, text).projects[0].workspace.hooks.after_create == hook


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "\ufeff"])
def test_an_empty_file_gets_the_smallest_configuration(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="is empty") as caught:
        load_text(tmp_path, text)
    assert "agent: claude" in str(caught.value)


def _message(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        load(path, environ={}, origin_url=no_origin)
    assert caught.value.exit_code == ExitCode.USAGE
    return str(caught.value)


def test_a_missing_file_names_the_path_and_the_smallest_configuration(tmp_path: Path) -> None:
    message = _message(tmp_path / "config.yaml")
    assert message.startswith(f"there is no configuration at {tmp_path}/config.yaml; the smallest one")
    assert "labels: agent:queued" in message


def test_a_folder_is_not_a_configuration(tmp_path: Path) -> None:
    assert _message(tmp_path) == f"{tmp_path} is a folder (name the configuration file in it)"


def test_a_path_through_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be read: Not a directory" in _message(tmp_path / "file" / "config.yaml")


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"projects:\n- repo: caf\xe9/b\n")
    assert _message(path) == f"{path}:2: is not UTF-8 (save the file as UTF-8)"


def test_a_file_too_large_to_be_a_configuration_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"#" * (256 * 1024 + 1))
    assert _message(path) == f"{path} is larger than 256 KiB (name the configuration, not another file)"


def test_every_fault_can_be_read_one_by_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(tmp_path, "version: 2\nprojects: []\n")
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [(1, "version"), (2, "projects")]
