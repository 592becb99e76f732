"""What a worker's environment holds: an allow-list, a git of its own without credentials, and never a GitHub one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType

from issue_intake.core.names import name_and_mail
from issue_intake.core.record import record
from issue_intake.core.text import one_line
from issue_intake.errors import UsageError
from issue_intake.files import write_atomically

_COMMON = ("PATH", "HOME", "LANG", "TERM", "TMPDIR", "USER", "LOGNAME", "SHELL")
PROXIES = tuple(f"{kind}_proxy" for kind in ("http", "https", "no", "all"))
"""Variables that name proxies; in capitals, too."""

_CERTIFICATES = (
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
)
ALLOWED = frozenset((*_COMMON, *PROXIES, *map(str.upper, PROXIES), *_CERTIFICATES))

# Tokens, and the ways to reach or replace the credentials and settings of git and ssh.
_CREDENTIAL = re.compile(
    r"(.*_)?(GH|GITHUB)_(.*_)?(TOKEN|PAT)|INTAKE_.*TOKEN|SSH_AUTH_SOCK|SSH_AGENT_PID|(GIT|SSH)_ASKPASS|GIT_SSH.*"
    r"|GIT_CONFIG.*|GIT_TERMINAL_PROMPT|GH_CONFIG_DIR",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHORTEST_SECRET = 8
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_CLOUDS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@record
class Share:
    """What one agent gets beside the common variables: `given` values, and from intake's own environment the rest.

    `vendor` and `passed` are names, handed over when set; `clouds` maps a switch to the names it brings along.
    """

    vendor: tuple[str, ...] = ()
    clouds: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_CLOUDS)
    given: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    passed: tuple[str, ...] = ()


@record
class Withheld:
    """What no worker gets, besides the usual GitHub variables: `names` of variables, `values` of tokens."""

    names: frozenset[str] = frozenset()
    values: frozenset[str] = field(default=frozenset(), repr=False)

    def covers(self, name: str, value: str) -> bool:
        """Whether a variable may not be handed over, be it for its name or for a token in its value."""
        if is_credential(name) or name in self.names:
            return True
        return any(value == token or (len(token) >= _SHORTEST_SECRET and token in value) for token in self.values)


def is_credential(name: str) -> bool:
    """Whether a variable of that name carries, or leads to, a GitHub or git credential."""
    return _CREDENTIAL.fullmatch(name) is not None


def refuse_variables(names: Iterable[str], key: str, token_names: frozenset[str]) -> None:
    """Raise UsageError if `key` of the configuration names a variable that no worker may get."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise UsageError(f"{key}: {name!r} is not the name of a variable", "letters, digits and _")
        if is_credential(name) or name in token_names:
            raise UsageError(
                f"{key}: {name} is not handed to agents", "intake itself pushes and opens the pull request; remove it"
            )


def worker_environment(
    share: Share, environ: Mapping[str, str], private: Path, withheld: Withheld | None = None
) -> dict[str, str]:
    """The whole environment of an attempt's steps. `private` is the folder that `write_private` filled."""
    wanted = {*ALLOWED, *share.vendor, *share.passed}
    wanted.update(name for switch, names in share.clouds.items() if environ.get(switch) for name in names)
    chosen = {name: value for name, value in environ.items() if name in wanted or name.startswith("LC_")}
    chosen.update(share.given)
    hidden = withheld or Withheld()
    kept = {name: value for name, value in chosen.items() if not hidden.covers(name, value)}
    return {**_with_absolute_path(kept), **_rules(private)}


def _with_absolute_path(variables: dict[str, str]) -> dict[str, str]:
    # The worker runs in the worktree: a relative entry would run programs that the repository holds.
    if "PATH" in variables:
        entries = variables["PATH"].split(os.pathsep)
        variables["PATH"] = os.pathsep.join(entry for entry in entries if entry.startswith("/"))
    return variables


def _rules(private: Path) -> dict[str, str]:
    return {
        "GH_CONFIG_DIR": str(private / "gh"),
        "GIT_CONFIG_GLOBAL": str(private / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_SSH_COMMAND": "false",
        "GIT_TERMINAL_PROMPT": "0",
    }


def identity_of(text: str) -> tuple[str, str]:
    """Name and mail of "Name <mail>". Raises UsageError for anything else."""
    found = name_and_mail(one_line(text))
    if found is None:
        raise UsageError(f"publish.author: {one_line(text)!r} is not an identity", 'write it as "Name <mail>"')
    return found


def write_private(private: Path, identity: str, files: Mapping[str, str] = _NOTHING) -> None:
    """Make the folder that the environment points to: an empty one for gh, git settings with `identity`, and `files`.

    `identity` is "Name <mail>"; raises UsageError for anything else. `files`: names and contents. May be repeated.
    """
    text = _git_settings(identity)
    (private / "gh").mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in {**files, "gitconfig": text}.items():
        write_atomically(private / name, content.encode(), durable=False)


def _git_settings(identity: str) -> str:
    name, mail = (part.replace("\\", "\\\\").replace('"', '\\"') for part in identity_of(identity))
    return (
        f'[user]\n\tname = "{name}"\n\temail = "{mail}"\n'
        "[commit]\n\tgpgSign = false\n[tag]\n\tgpgSign = false\n"
        "[credential]\n\thelper =\n[core]\n\taskPass =\n"
        "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
    )
