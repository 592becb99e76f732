"""Which token a project uses, and where it came from. A token is never printed, stored or quoted."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cache
from typing import Protocol

from issue_intake.core.record import record
from issue_intake.errors import UnavailableError

VARIABLES = ("INTAKE_GITHUB_TOKEN", "GITHUB_TOKEN", "GH_TOKEN")
GH_TIMEOUT = 5.0


class Credential(Protocol):
    """What requests are signed with. `source` is its name in sentences; `fingerprint` tells it from others."""

    @property
    def source(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def secret(self) -> str:
        """The token as it is now; it may have to be fetched. Raises UnavailableError."""
        ...


@record(kw_only=False)
class Token:
    """A token that stays as it is, and the name of its source: a variable, or the gh command line."""

    value: str = field(repr=False)
    source: str

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that tell credentials apart and give none away."""
        return fingerprint(self.value)

    def secret(self) -> str:
        """The token."""
        return self.value


def find_token(
    environ: Mapping[str, str], token_env: str | None, host: str, run_gh: Callable[[str], str | None]
) -> Token:
    """The project's token: from `token_env` alone where that is named, else the usual variables, else `gh`.

    `host` is the web host (github.com, ghe.example.org); `run_gh(host)` is called only where no variable is set.
    Raises UnavailableError that names every place looked at.
    """
    names = (token_env,) if token_env else VARIABLES
    for name in names:
        if value := environ.get(name):
            return checked_token(value, name)
    command = f"gh auth token --hostname {host}"
    if not token_env and (value := run_gh(host)):
        return checked_token(value, f"`{command}`")
    looked = ", ".join(names) + ("" if token_env else f", `{command}`")
    raise UnavailableError(f"no GitHub token found; looked at {looked}", f"set {names[0]}, for cron in the env_file")


def fingerprint(text: str) -> str:
    """Sixteen hex digits that tell texts apart and give none away."""
    return hashlib.blake2b(text.encode(), digest_size=8, person=b"issue-intake").hexdigest()


def gh_asker(environ: Mapping[str, str]) -> Callable[[str], str | None]:
    """Asks the gh command line for a host's token, at most once per host, within 5 s, and never interactively."""

    @cache
    def ask(host: str) -> str | None:
        try:
            done = subprocess.run(
                ["gh", "auth", "token", "--hostname", host],
                env={**environ, "GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=GH_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None

    return ask


def checked_token(value: str, source: str) -> Token:
    """Refuse what cannot be a header's value, saying where it came from and nothing of what it is."""
    if not (value.isascii() and value.isprintable() and " " not in value):
        cure = "set it again, without quotes around it and without a line break"
        raise UnavailableError(f"the token from {source} has spaces, line breaks or non-ASCII characters", cure)
    return Token(value, source)
