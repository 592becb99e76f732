"""A worker's environment is an allow-list, and no GitHub credential is ever in it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.errors import UsageError
from issue_intake.workers.agents import resolve
from issue_intake.workers.environment import Share, Withheld, worker_environment, write_private
from issue_intake.workers.presets.choice import AgentChoice

PRIVATE = Path("/state/7/1/private")
TOKEN = "ghp_0123456789abcdef"
CREDENTIALS = (
    *("GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITHUB_PAT"),
    *("COPILOT_GITHUB_TOKEN", "HOMEBREW_GITHUB_API_TOKEN", "my_gh_token"),
    *("INTAKE_GITHUB_TOKEN", "INTAKE_TOKEN", "SSH_AUTH_SOCK", "GIT_ASKPASS", "SSH_ASKPASS"),
    *("GIT_SSH", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "gh_token"),
)
RULED = ("GH_CONFIG_DIR", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_SSH_COMMAND", "GIT_TERMINAL_PROMPT")


def environment(choice: AgentChoice, environ: Mapping[str, str]) -> dict[str, str]:
    return worker_environment(resolve(choice).share, environ, PRIVATE)


def test_only_listed_variables_come_through() -> None:
    environ = {
        "PATH": "/bin",
        "HOME": "/h",
        "LANG": "C",
        "LC_TIME": "de",
        "TERM": "xterm",
        "SHELL": "/bin/sh",
        "https_proxy": "http://p",
        "NO_PROXY": "x",
        "SSL_CERT_FILE": "/c",
        "NODE_EXTRA_CA_CERTS": "/n",
    }
    others = {"AWS_SECRET_ACCESS_KEY": "s", "OPENAI_API_KEY": "o", "EDITOR": "vi", "PYTHONPATH": "."}
    got = environment(AgentChoice(preset="claude"), {**environ, **others})
    assert {name: value for name, value in got.items() if name not in RULED} == environ


def test_git_and_gh_have_no_way_to_a_credential() -> None:
    got = environment(AgentChoice(preset="claude"), {"GIT_CONFIG_GLOBAL": "/mine", "GH_CONFIG_DIR": "/mine"})
    assert got == {
        "GH_CONFIG_DIR": "/state/7/1/private/gh",
        "GIT_CONFIG_GLOBAL": "/state/7/1/private/gitconfig",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_SSH_COMMAND": "false",
        "GIT_TERMINAL_PROMPT": "0",
    }


@pytest.mark.parametrize(
    ("preset", "name"),
    [
        *(("claude", name) for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "CLAUDE_CODE_OAUTH_TOKEN")),
        *(("codex", name) for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "CODEX_HOME", "CODEX_API_KEY")),
    ],
)
def test_a_preset_hands_over_its_own_vendors_variables_alone(preset: str, name: str) -> None:
    other = {"claude": "codex", "codex": "claude"}[preset]
    assert environment(AgentChoice(preset=preset), {name: "v"})[name] == "v"
    assert name not in environment(AgentChoice(preset=other), {name: "v"})
    assert name not in environment(AgentChoice(command=("bot",)), {name: "v"})


def test_a_clouds_keys_come_only_with_its_switch() -> None:
    keys = {"AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "eu-west-1"}
    choice = AgentChoice(preset="claude")
    assert not keys.keys() & environment(choice, keys).keys()
    assert keys.items() <= environment(choice, {**keys, "CLAUDE_CODE_USE_BEDROCK": "1"}).items()


def test_env_and_pass_env_add_what_the_project_names() -> None:
    choice = AgentChoice(command=("bot",), env={"MODE": "fast"}, pass_env=("BOT_KEY", "UNSET"))
    got = environment(choice, {"BOT_KEY": "k", "MODE": "slow"})
    assert (got["MODE"], got["BOT_KEY"]) == ("fast", "k")
    assert "UNSET" not in got


@pytest.mark.parametrize("name", [*CREDENTIALS, *RULED])
def test_a_credential_is_refused_by_name(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        resolve(AgentChoice(preset="claude", pass_env=(name,)))
    with pytest.raises(UsageError, match=name):
        resolve(AgentChoice(preset="claude", env={name: "x"}))


def test_the_variable_that_holds_a_projects_token_is_refused() -> None:
    with pytest.raises(UsageError, match="WEBSHOP_TOKEN"):
        resolve(AgentChoice(preset="claude", pass_env=("WEBSHOP_TOKEN",)), frozenset({"WEBSHOP_TOKEN"}))


@pytest.mark.parametrize("name", ["", "A=B", "A B", "1A", "Ä", "A\n"])
def test_what_is_no_variables_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is not the name of a variable"):
        resolve(AgentChoice(preset="claude", pass_env=(name,)))


names = st.sampled_from((*CREDENTIALS, *RULED, "PATH", "HOME", "LC_ALL", "ANTHROPIC_API_KEY", "WEBSHOP_TOKEN", "OTHER"))
values = st.sampled_from((TOKEN, f"https://x:{TOKEN}@github.com", "/usr/bin", "", "."))
variables = st.dictionaries(names, values)


@given(environ=variables, given_=variables, passed=st.lists(names).map(tuple), vendor=st.lists(names).map(tuple))
def test_no_environment_and_no_choice_hands_over_a_credential(
    environ: dict[str, str], given_: dict[str, str], passed: tuple[str, ...], vendor: tuple[str, ...]
) -> None:
    share = Share(vendor=vendor, given=given_, passed=passed)
    withheld = Withheld(names=frozenset({"WEBSHOP_TOKEN"}), values=frozenset({TOKEN}))
    got = worker_environment(share, environ, PRIVATE, withheld)
    assert not got.keys() & {*CREDENTIALS, "WEBSHOP_TOKEN"}
    assert not any(TOKEN in value for value in got.values())
    assert {name: got[name] for name in RULED} == environment(AgentChoice(command=("bot",)), {})


def test_tokens_do_not_show_in_what_is_printed_of_the_rules() -> None:
    assert TOKEN not in repr(Withheld(values=frozenset({TOKEN})))
    assert TOKEN not in repr(resolve(AgentChoice(command=("bot",), env={"KEY": TOKEN})))


def test_the_path_holds_no_relative_entry_since_the_worker_starts_in_the_worktree() -> None:
    got = environment(AgentChoice(preset="claude"), {"PATH": ".:/usr/bin::node_modules/.bin:/bin:"})
    assert got["PATH"] == "/usr/bin:/bin"


@pytest.mark.parametrize(
    ("identity", "name", "mail"),
    [
        ("Ada Lovelace <ada@example.org>", "Ada Lovelace", "ada@example.org"),
        ('A "quoted" \\ name; # <a@b>', 'A "quoted" \\ name; #', "a@b"),
        ("Zoë\n[core] x <z@b>", "Zoë [core] x", "z@b"),
    ],
)
def test_git_reads_the_identity_and_nothing_else_from_ours(tmp_path: Path, identity: str, name: str, mail: str) -> None:
    private = tmp_path / "private"
    write_private(private, identity)
    write_private(private, identity)
    share = Share(passed=("PATH",))
    variables = worker_environment(share, {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}, private)

    def setting(key: str) -> str:
        argv = ("git", "config", "--get", key)
        return subprocess.run(argv, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False).stdout[
            :-1
        ]

    assert (setting("user.name"), setting("user.email")) == (name, mail)
    assert (setting("commit.gpgsign"), setting("credential.helper"), setting("core.x")) == ("false", "", "")
    assert sorted(path.name for path in private.iterdir()) == ["gh", "gitconfig"]
    assert not list((private / "gh").iterdir())


@pytest.mark.parametrize("identity", ["", "Ada", "<a@b>", "Ada <>", "Ada <a b>", "Ada <a@b> x", "\x1b <a@b>"])
def test_what_is_no_identity_is_refused(tmp_path: Path, identity: str) -> None:
    with pytest.raises(UsageError, match="Name <mail>"):
        write_private(tmp_path, identity)
