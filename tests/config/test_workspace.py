"""Which sandboxes can be asked for, and what none may be shown."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from issue_intake.config.load import ConfigError, load
from tests.config.loading import faults_of, no_origin, one_project

_BASE = "projects:\n- repo: acme/webshop\n  agent: claude\n  workspace: "
_KEEP = "(show a folder that holds only what the project needs)"


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ("{sandbox: docker}", "workspace.sandbox: must be none, bwrap, podman or command (write one of them)"),
        (
            "{sandbox: podman}",
            "workspace: needs image with sandbox: podman, and with it alone (give both, or neither)",
        ),
        (
            "{sandbox: bwrap, image: node}",
            "workspace: needs image with sandbox: podman, and with it alone (give both, or neither)",
        ),
        ("{image: -v}", 'workspace.image: "-v" is not an image (write it like docker.io/library/node:22)'),
        (
            "{sandbox: command}",
            "workspace: needs command with sandbox: command, and with it alone (give both, or neither)",
        ),
        (
            "{command: [jail]}",
            "workspace: needs command with sandbox: command, and with it alone (give both, or neither)",
        ),
        (
            "{sandbox: command, command: [./jail]}",
            'workspace.command: "./jail" is a relative path (write it from / or ~/ on, or a name on PATH)',
        ),
        (
            "{sandbox: command, command: jail --}",
            "workspace.command: is one program's name with spaces in it"
            " (write a list: [my-sandbox, --, …]; what it shall run is added at its end)",
        ),
        (
            "{sandbox: command, command: []}",
            "workspace.command: names no program"
            " (write a list: [my-sandbox, --, …]; what it shall run is added at its end)",
        ),
        (
            '{sandbox: command, command: [jail, "{worktre}"]}',
            'workspace.command[1]: {worktre} is not a placeholder (did you mean "worktree"?)',
        ),
        (
            "{sandbox: command, command: [jail], network: [a.org]}",
            "workspace: cannot limit the network with sandbox: command (let the command do it)",
        ),
        (
            "{network: off}",
            "workspace: cannot limit the network with sandbox: none (write sandbox: bwrap or podman)",
        ),
        (
            "{binds: {read: /data}}",
            "workspace: has binds, which mean nothing with sandbox: none (write sandbox: bwrap or podman)",
        ),
        ("{sandbox: bwrap, network: []}", "workspace.network: is an empty list"),
        ("{sandbox: bwrap, network: false}", "workspace.network: must be on, off or a list of hosts"),
        (
            "{sandbox: bwrap, network: ['https://a.org']}",
            'workspace.network: "https://a.org" is not a host (write names in lower case, such as registry.npmjs.org)',
        ),
        (
            "{sandbox: bwrap, binds: {read: data}}",
            'workspace.binds.read: "data" is a relative path (write it from / or ~/ on)',
        ),
        (
            "{sandbox: bwrap, binds: {write: [/data/../x]}}",
            'workspace.binds.write[0]: "/data/../x" has .., a colon or a control character in it',
        ),
        (
            "{sandbox: bwrap, binds: {read: [/data/cache/fixed, /data/cache2], write: [/data/cache]}}",
            f'workspace.binds.read[0]: "/data/cache/fixed" lies in /data/cache, which an agent may change {_KEEP}',
        ),
        (
            "{sandbox: bwrap, binds: {read: [/data, ~/.ssh]}}",
            f'workspace.binds.read[1]: "/home/octo/.ssh" lies in /home/octo/.ssh, which is kept from agents {_KEEP}',
        ),
        (
            "{sandbox: bwrap, binds: {write: '~'}}",
            f'workspace.binds.write: "/home/octo" contains /home/octo/.ssh, which is kept from agents {_KEEP}',
        ),
        ("{sandbox: bwrap, binds: {read: /}}", 'workspace.binds.read: "/" contains /proc, which is kept'),
        ("{sandbox: bwrap, binds: {read: /run/docker.sock}}", "lies in /run, which is kept from agents"),
        ("{sandbox: bwrap, binds: {read: ~/.aws/sso/cache}}", "lies in /home/octo/.aws, which is kept from agents"),
        ("{sandbox: bwrap, binds: {read: ~/.config}}", "contains /home/octo/.config/gh, which is kept from agents"),
    ],
)
def test_what_cannot_be_is_a_fault_with_its_cure(tmp_path: Path, keys: str, fault: str) -> None:
    (line,) = faults_of(tmp_path, _BASE + keys)
    assert fault in line


@pytest.mark.parametrize("place", ["", "sessions", "elsewhere/worktrees"])
def test_intakes_own_places_are_never_shown_by_whatever_name(tmp_path: Path, place: str) -> None:
    kept = tmp_path / "intake"
    (kept / place).mkdir(parents=True)
    (tmp_path / "nickname").symlink_to(kept / place)
    config = tmp_path / "c" / "config.yaml"
    config.parent.mkdir()
    for shown in (kept / place, tmp_path / "nickname", config.parent):
        config.write_text(f"{_BASE}{{sandbox: bwrap, binds: {{read: '{shown}'}}}}\n")
        with pytest.raises(ConfigError, match="which is kept from agents"):
            load(config, environ={"HOME": "/home/octo"}, origin_url=no_origin, kept=(kept,))


def test_a_link_to_keys_is_what_it_leads_to(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (tmp_path / "data").symlink_to(home / ".ssh")
    config = tmp_path / "config.yaml"
    config.write_text(f"{_BASE}{{sandbox: bwrap, binds: {{read: {tmp_path}/data}}}}\n")
    with pytest.raises(ConfigError, match=r"lies in .*/home/\.ssh, which is kept"):
        load(config, environ={"HOME": str(home)}, origin_url=no_origin)


def test_places_that_variables_name_are_kept_as_well(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"{_BASE}{{sandbox: bwrap, binds: {{read: /opt/kube}}}}\n")
    with pytest.raises(ConfigError, match="contains /opt/kube/config, which is kept"):
        load(config, environ={"HOME": "/home/octo", "KUBECONFIG": "/opt/kube/config"}, origin_url=no_origin)


def test_a_socket_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("s")
        (line,) = faults_of(tmp_path, f"{_BASE}{{sandbox: bwrap, binds: {{write: {tmp_path}/s}}}}")
    assert "is a socket" in line


def test_what_can_be_is_worked_out(tmp_path: Path) -> None:
    hosts = "[a.org, '*.b.org', 'c.org:8443']"
    keys = f"workspace: {{sandbox: podman, image: node, network: {hosts}, binds: {{read: ~/data, write: /c}}}}"
    found = one_project(tmp_path, keys).workspace
    assert (found.image, found.network) == ("node", ("a.org", "*.b.org", "c.org:8443"))
    assert (found.binds.read, found.binds.write) == (("/home/octo/data",), ("/c",))
    wrapper = "workspace: {sandbox: command, command: [~/jail, '{result_folder}']}"
    assert one_project(tmp_path, wrapper).workspace.command == ("/home/octo/jail", "{result_folder}")
    assert one_project(tmp_path, "workspace: {sandbox: bwrap, network: a.org}").workspace.network == ("a.org",)
