"""What a configuration says, and what it stands for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.config.load import SMALLEST
from issue_intake.config.model import Unresolved
from issue_intake.config.publishing import PROTECTED
from issue_intake.core.leaving import Extent
from issue_intake.core.names import RepositoryName
from issue_intake.core.ports import Rule
from tests.config.loading import load_text, one_project

EVERYTHING = """\
version: 1
worktrees: ~/intake
limits: {running: 4, starts_per_day: 10, disk: 1GiB}
defaults: {}
projects:
  - repo: ~/src/webshop
    name: webshop
    enabled: true
    tracker: github
    github:
      repository: acme/webshop
      api_url: https://api.github.com
      token_env: WEBSHOP_TOKEN
      git: https
    intake:
      labels: [agent:queued]
      exclude_labels: [wip]
      assignee: octocat
    workflow: WORKFLOW.md
    agent: {preset: claude, model: best, args: [--verbose], allow: [make test], env: {LEVEL: 3}, pass_env: [NPM_HOME]}
    workspace: {base: main, hooks: {after_create: make setup, before_run: 'true', after_run: 'true', timeout: 60s}}
    limits: {running: 2, open_pulls: 3, attempts: 3, timeout: 2h, stall: 20m}
    publish:
      mode: draft
      author: "Octo Cat <octo@example.org>"
      unverified: draft
      protected: [deploy/, "!deploy/README.md"]
    verify:
    - make lint
    - {name: unit tests, run: [make, unit], timeout: 20m, required: false}
    verify_from_workflow: true
    review: {ci_fixes: 0, rounds: 1, verify_fixes: 5}
    merge: {mode: auto, method: rebase, require_approval: false, allow_no_checks: true, delete_branch: true}
    writes: full
    backoff: 5m
"""


def test_the_smallest_configuration_loads_with_the_defaults(tmp_path: Path) -> None:
    config = load_text(tmp_path, SMALLEST)
    (project,) = config.projects
    assert (config.worktrees, dict(config.env), config.unresolved) == (None, {}, ())
    assert (config.limits.running, config.limits.starts_per_day, config.limits.disk) == (4, 10, 2**30)
    assert config.limits.cost_per_day is None
    assert project.limits.model_dump() == {
        "running": 2,
        "open_pulls": 3,
        "attempts": 3,
        "timeout": 7200.0,
        "stall": 1200.0,
        "memory": None,
        "processes": None,
        "cost_per_issue": None,
    }
    assert (project.name, project.enabled, project.token_env) == ("webshop", True, None)
    assert project.rule == Rule(labels=("agent:queued",))
    assert (project.publish, project.unverified, project.writes, project.backoff) == ("draft", "off", "off", 300.0)
    assert (project.verify, project.verify_path, project.protected) == ((), None, PROTECTED)
    assert project.review.model_dump() == {"ci_fixes": 2, "rounds": 3, "verify_fixes": 2}
    assert project.merge.model_dump() == {
        "mode": "off",
        "method": "squash",
        "require_approval": True,
        "allow_no_checks": False,
        "delete_branch": False,
    }
    assert (project.workflow_file, project.workflow_path, project.author) == (None, None, None)
    assert project.workspace.hooks.timeout == 60.0
    assert project.workspace.base is None


def test_the_smallest_configuration_fits_on_one_line(tmp_path: Path) -> None:
    text = "projects: [{repo: acme/webshop, intake: {labels: agent:queued}, agent: claude}]"
    short, long = load_text(tmp_path, text), load_text(tmp_path, SMALLEST)
    assert short == long


def test_every_key_can_be_given(tmp_path: Path) -> None:
    config = load_text(tmp_path, EVERYTHING, lambda _: "git@github.com:acme/old.git")
    (project,) = config.projects
    assert config.worktrees == Path("/home/octo/intake")
    assert project.reference == Path("/home/octo/src/webshop")
    assert project.repository == RepositoryName(owner="acme", name="webshop")
    assert (project.token_env, project.transport) == ("WEBSHOP_TOKEN", "https")
    assert project.rule == Rule(labels=("agent:queued",), exclude_labels=("wip",), assignee="octocat")
    assert project.agent.env == {"LEVEL": "3"}
    assert project.agent.allow == ("make test",)
    assert project.workspace.hooks.before_run == "true"
    assert project.author == "Octo Cat <octo@example.org>"
    assert project.workflow_path == "WORKFLOW.md"
    assert (project.unverified, project.writes) == ("draft", "full")
    assert (project.verify_path, project.protected) == (
        "WORKFLOW.md",
        ("/WORKFLOW.md", "deploy/", "!deploy/README.md"),
    )
    assert project.review.model_dump() == {"ci_fixes": 0, "rounds": 1, "verify_fixes": 5}
    assert project.merge.model_dump() == {
        "mode": "auto",
        "method": "rebase",
        "require_approval": False,
        "allow_no_checks": True,
        "delete_branch": True,
    }


def test_one_word_stands_for_a_preset_and_for_a_mode(tmp_path: Path) -> None:
    project = one_project(tmp_path, "publish: off\nmerge: auto", agent="codex")
    assert (project.agent.preset, project.publish, project.merge.mode) == ("codex", "off", "auto")


@pytest.mark.parametrize(
    "word", ["off", "on", "no", "yes", "y", "2026-11-21", "010", "1e3", "0x10", "12:30", "3", "true"]
)
def test_words_stay_words_as_they_were_written(tmp_path: Path, word: str) -> None:
    project = one_project(tmp_path, f"intake: {{labels: {word}}}")
    assert project.rule == Rule(labels=(word,))


def test_a_project_without_a_rule_is_not_looked_at(tmp_path: Path) -> None:
    assert one_project(tmp_path).rule is None


@pytest.mark.parametrize("word", ["none", "None", '"*"', "octocat", "dependabot[bot]", "octo_acme"])
def test_an_assignee_is_a_login_anyone_or_nobody(tmp_path: Path, word: str) -> None:
    rule = one_project(tmp_path, f"intake: {{assignee: '{word}'}}".replace("'\"", "'").replace("\"'", "'")).rule
    assert rule == Rule(assignee=word.strip('"').replace("None", "none"))


def test_anchors_serve_as_elsewhere(tmp_path: Path) -> None:
    text = "projects:\n- {repo: a/b, agent: &a {preset: claude, model: m}}\n- {repo: a/c, agent: *a}\n"
    first, second = load_text(tmp_path, text).projects
    assert first.agent == second.agent


def test_defaults_are_merged_key_by_key_and_lists_are_replaced(tmp_path: Path) -> None:
    text = """\
defaults:
  agent: {preset: claude, env: {A: x, B: x}}
  limits: {running: 1, timeout: 30m}
  intake: {labels: [one, two], exclude_labels: wip}
projects:
- repo: a/plain
- repo: a/own
  agent: {model: best, env: {B: y}}
  limits: {running: 3}
  intake: {labels: three}
"""
    plain, own = load_text(tmp_path, text).projects
    assert plain.rule == Rule(labels=("one", "two"), exclude_labels=("wip",))
    assert own.rule == Rule(labels=("three",), exclude_labels=("wip",))
    assert (own.agent.preset, own.agent.model, own.agent.env) == ("claude", "best", {"A": "x", "B": "y"})
    assert (plain.limits.running, own.limits.running, own.limits.timeout) == (1, 3, 1800.0)


def test_defaults_reach_into_what_follows_a_pull_request(tmp_path: Path) -> None:
    text = """\
defaults:
  agent: claude
  publish: {unverified: draft, protected: [a, b], max_files: 9, max_bytes: 2MB, max_file: 1KiB}
  verify: [make lint, make test]
  verify_from_workflow: true
  review: {ci_fixes: 0, rounds: 9}
  merge: {method: merge, delete_branch: true}
  writes: labels
projects:
- repo: a/plain
- repo: a/own
  publish: {protected: c}
  verify: make all
  verify_from_workflow: false
  review: {rounds: 1}
  merge: auto
  writes: off
"""
    plain, own = load_text(tmp_path, text).projects
    assert [verify.name for verify in plain.verify] == ["make lint", "make test"]
    assert [verify.name for verify in own.verify] == ["make all"]
    assert (plain.protected, own.protected) == (("/WORKFLOW.md", "a", "b"), ("c",))
    assert (plain.unverified, own.unverified) == ("draft", "draft")
    assert plain.extent == own.extent == Extent(max_files=9, max_bytes=2_000_000, max_file=1024)
    assert (plain.verify_path, own.verify_path) == ("WORKFLOW.md", None)
    assert (own.review.ci_fixes, own.review.rounds, own.review.verify_fixes) == (0, 1, 2)
    assert (plain.merge.mode, own.merge.mode, own.merge.method, own.merge.delete_branch) == (
        *("off", "auto", "merge"),
        True,
    )
    assert (plain.writes, own.writes) == ("labels", "off")


def test_another_program_takes_nothing_over_that_belongs_to_the_defaults_program(tmp_path: Path) -> None:
    text = """\
defaults: {agent: {preset: claude, model: best, allow: [make], pass_env: [A]}}
projects:
- {repo: a/same, agent: claude}
- {repo: a/other, agent: codex}
- {repo: a/own, agent: {command: my-agent}}
"""
    same, other, own = (project.agent for project in load_text(tmp_path, text).projects)
    assert (same.model, same.allow) == ("best", ("make",))
    assert (other.preset, other.model, other.allow, other.pass_env) == ("codex", None, (), ("A",))
    assert (own.command, own.preset, own.pass_env) == (("my-agent",), None, ("A",))


def test_a_program_in_the_home_is_found_there(tmp_path: Path) -> None:
    project = one_project(tmp_path, agent='{command: [~/bin/my-agent, "{prompt_file}", "~/x"]}')
    assert project.agent.command == ("/home/octo/bin/my-agent", "{prompt_file}", "~/x")


@pytest.mark.parametrize("command", ['["my agent"]', '"my agent"', '"/opt/x --yes"', '"/opt/x {prompt_file}"'])
def test_a_command_line_in_one_text_is_refused(tmp_path: Path, command: str) -> None:
    with pytest.raises(Exception, match="one program's name with spaces"):
        one_project(tmp_path, agent=f"{{command: {command}}}")


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("my-agent", ("my-agent",)),
        ("[my-agent]", ("my-agent",)),
        ('"/opt/my agent/run"', ("/opt/my agent/run",)),
        ('[sh, -c, "echo ${HOME} {} {branch}"]', ("sh", "-c", "echo ${HOME} {} {branch}")),
    ],
)
def test_a_program_is_a_command_of_one_item_and_a_list_stays_as_it_is(
    tmp_path: Path, command: str, argv: tuple[str, ...]
) -> None:
    assert one_project(tmp_path, agent=f"{{command: {command}}}").agent.command == argv


@pytest.mark.parametrize(
    ("workflow", "file", "path"),
    [
        ("docs/WORKFLOW.md", None, "docs/WORKFLOW.md"),
        ("/etc/w.md", Path("/etc/w.md"), None),
        ("~/w.md", Path("/home/octo/w.md"), None),
    ],
)
def test_a_workflow_is_on_the_base_branch_or_on_disk(
    tmp_path: Path, workflow: str, file: Path | None, path: str | None
) -> None:
    project = one_project(tmp_path, f"workflow: {workflow}")
    assert (project.workflow_file, project.workflow_path) == (file, path)


def test_a_local_clone_gives_its_origin_and_serves_as_reference(tmp_path: Path) -> None:
    asked: list[Path] = []

    def origin(path: Path) -> str:
        asked.append(path)
        return "https://octo:hush@github.com/acme/webshop.git"

    config = load_text(tmp_path, "projects: [{repo: ./clone, agent: claude}]", origin)
    (project,) = config.projects
    assert asked == [tmp_path / "clone"] == [project.reference]
    assert (project.repository.full, project.git_url) == ("acme/webshop", "https://github.com/acme/webshop.git")


def test_a_local_clone_is_reached_over_https_unless_ssh_is_asked_for(tmp_path: Path) -> None:
    for keys, transport in (("", "https"), (", github: {git: ssh}", "ssh")):
        text = f"projects: [{{repo: ./clone, agent: claude{keys}}}]"
        (project,) = load_text(tmp_path, text, lambda _: "git@github.com:acme/webshop.git").projects
        assert project.transport == transport


@pytest.mark.parametrize("origin", [None, "/srv/webshop.git", "work:acme/webshop", "file:///srv/x.git", ""])
def test_a_clone_without_a_usable_origin_stops_its_project_alone(tmp_path: Path, origin: str | None) -> None:
    text = "projects:\n- {repo: ~/src/Web.Shop, agent: claude}\n- {repo: acme/other, agent: claude}\n"
    config = load_text(tmp_path, text, lambda _: origin)
    assert [project.name for project in config.projects] == ["other"]
    (stopped,) = config.unresolved
    assert isinstance(stopped, Unresolved)
    assert stopped.name == "web-shop"
    assert "/home/octo/src/Web.Shop" in stopped.reason
    assert stopped.reason.endswith(")")


def test_a_clone_without_origin_will_do_where_the_repository_is_named(tmp_path: Path) -> None:
    project = one_project(tmp_path, "github: {repository: acme/webshop}", repo="~/src/webshop")
    assert (project.repository.full, project.reference) == ("acme/webshop", Path("/home/octo/src/webshop"))


def test_a_named_repository_keeps_the_host_of_repo(tmp_path: Path) -> None:
    project = one_project(tmp_path, "github: {repository: New/Name}", repo="https://ghe.example.org/old/name")
    assert project.repository == RepositoryName(owner="New", name="Name", host="ghe.example.org")
    assert project.git_url == "https://ghe.example.org/New/Name.git"


def test_the_env_file_beside_the_configuration_is_read_without_being_named(tmp_path: Path) -> None:
    (tmp_path / "env").touch(mode=0o600)
    (tmp_path / "env").write_text("TOKEN=hush\n")
    config = load_text(tmp_path, SMALLEST)
    assert config.env == {"TOKEN": "hush"}
    assert "hush" not in repr(config)


def test_two_projects_of_one_name_on_different_hosts_are_told_apart_by_name(tmp_path: Path) -> None:
    text = (
        "defaults: {agent: claude}\nprojects:\n- repo: acme/webshop\n"
        "- {repo: https://ghe.example.org/acme/webshop, name: inner}\n"
    )
    assert [project.name for project in load_text(tmp_path, text).projects] == ["webshop", "inner"]


def test_a_configuration_never_changes(tmp_path: Path) -> None:
    config = load_text(tmp_path, SMALLEST)
    with pytest.raises(AttributeError):
        config.worktrees = tmp_path  # type: ignore[misc]  # the very thing that must not work
    assert replace(config, worktrees=tmp_path) != config
