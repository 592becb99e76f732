"""The repository on the server: how it is reached, and what its branches stand at now."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.git.fault import GitError, redact
from issue_intake.git.program import Git
from issue_intake.git.run import Call, run

NETWORK_SECONDS = 300.0
_TOKEN_VARIABLE = "INTAKE_GIT_TOKEN"  # noqa: S105 - a variable's name
# The shell that git runs this in expands the variable, so the token is in no argument.
_HELPER = '!f() { test "$1" = get && printf "username=x-access-token\\npassword=%s\\n" "$' + _TOKEN_VARIABLE + '"; }; f'
_SSH_OPTIONS = "-o BatchMode=yes -o ControlMaster=no -o ControlPath=none -o ServerAliveInterval=15"
_NETWORK_SETTINGS = (
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
    ("fetch.recurseSubmodules", "false"),
    ("push.recurseSubmodules", "no"),
    ("push.followTags", "false"),
    # Helpers of the user's may open a window or a keyring that cron has not; an empty value clears the list.
    ("credential.helper", ""),
)
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CURES = (
    (r"could not read (Username|Password)|Authentication failed|returned error: 40[13]|Invalid username",
     "check that the token is valid and may read and write the repository's contents"),
    (r"not found|does not appear to be a git repository", "check the repository's name and the token's access to it"),
    (r"Host key verification failed", "connect to the host once by hand, with ssh"),
    (r"Permission denied \(publickey", "load a key that cron can use, without a passphrase or in the agent"),
    (r"Could not resolve|Couldn't resolve|unable to access|Connection (refused|reset|timed out)", "check the network"),
)  # fmt: skip


@record
class Credential:
    """A token, and the one origin (`https://host[:port]`) it may be shown to.

    A function gives a token that has to be fetched first, whenever one is needed; it may raise UnavailableError.
    """

    origin: str
    token: str | Callable[[], str] = field(repr=False)

    @property
    def secret(self) -> str:
        """The token as it is now."""
        return self.token if isinstance(self.token, str) else self.token()


@record
class Remote:
    """One repository on its server. `ssh`: reach it with the user's keys, the agent's included."""

    git: Git
    url: str
    credential: Credential | None = None
    ssh: bool = False

    def environment(self) -> dict[str, str]:
        """The whole environment for talking to it, the token included. Raises RefusedError on an unusable URL."""
        _check_url(self.url)
        settings: tuple[tuple[str, str], ...] = _NETWORK_SETTINGS
        env = self.git.network_environment()
        env["GIT_SSH_COMMAND"] = f"{self.git.environ.get('GIT_SSH_COMMAND', 'ssh')} {_SSH_OPTIONS}"
        if self.ssh and "SSH_AUTH_SOCK" in self.git.environ:
            env["SSH_AUTH_SOCK"] = self.git.environ["SSH_AUTH_SOCK"]
        if self.credential and not self.ssh:
            settings = (*settings, (f"credential.{self.credential.origin}.helper", _HELPER))
            env[_TOKEN_VARIABLE] = self.credential.secret
        return env | _as_environment(settings)

    def run(self, git_dir: Path | None, *arguments: str) -> bytes:
        """Run a git command that talks to the remote, on `git_dir` or on no repository; returns stdout.

        Raises GitError with a cure where one is known.
        """
        env = {**self.environment(), "GIT_DIR": os.fspath(git_dir or os.devnull)}
        try:
            return run(arguments, Call(env=env, seconds=NETWORK_SECONDS, secrets=self.secrets))
        except GitError as error:
            error.message, error.hint = f"{self.shown}: {error.message}", self.cure(error.reason)
            raise

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no text may show."""
        return (self.credential.secret,) if self.credential else ()

    @property
    def shown(self) -> str:
        """The URL, fit for a message."""
        return redact(self.url, self.secrets)

    def cure(self, reason: str) -> str:
        """What helps against a reason of git's, "" where nothing is known."""
        return next((cure for said, cure in _CURES if re.search(said, reason)), "")

    def head(self, branch: str) -> str | None:
        """The sha of refs/heads/`branch` now, None where there is no such branch. Raises GitError."""
        ref = f"refs/heads/{branch}"
        rows = (row.split("\t") for row in self._list(ref))
        return next((row[0] for row in rows if row[1:] == [ref] and is_sha(row[0])), None)

    def default_branch(self) -> str:
        """The branch HEAD stands for. Raises UnavailableError where there is none yet."""
        rows = [row.split("\t") for row in self._list("--symref", "HEAD")]
        for target, *names in rows:
            if names == ["HEAD"] and target.startswith("ref: refs/heads/"):
                return target.removeprefix("ref: refs/heads/")
        if not rows:
            raise UnavailableError(f"{self.shown} has no commits on its default branch", "push a first commit")
        raise UnavailableError(f"{self.shown} does not say which branch is its default", "set workspace.base")

    def _list(self, *what: str) -> list[str]:
        options, patterns = [w for w in what if w.startswith("--")], [w for w in what if not w.startswith("--")]
        output = self.run(None, "ls-remote", *options, "--", self.url, *patterns)
        return output.decode("utf-8", "replace").splitlines()


def is_sha(text: str) -> bool:
    """Whether `text` is a whole object name, and not the null one that stands for "none"."""
    return bool(_SHA.fullmatch(text)) and text.strip("0") != ""


def _check_url(url: str) -> None:
    cure = "use https://host/owner/name, or git@host:owner/name with git: ssh"
    if not url or re.match(r"-|[\w+.-]*::", url) or any(ord(c) < 32 for c in url):
        raise RefusedError(f"{redact(url)!r} is no URL git may be given", cure)
    if re.match(r"https?://[^/@]*@", url):
        raise RefusedError(f"the URL {redact(url)} carries a credential", "write it without, and name a token_env")


def _as_environment(settings: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Settings handed to git by its environment: they reach no file and no argument."""
    env = {"GIT_CONFIG_COUNT": str(len(settings))}
    for index, (key, value) in enumerate(settings):
        env |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return env
