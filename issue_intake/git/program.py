"""git as the user has it: which of the user's environment and configuration a command may see."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.git.fault import GitError
from issue_intake.git.files import is_directory
from issue_intake.git.run import LOCAL_SECONDS, Call, run

_EVERYWHERE = ("PATH", "TMPDIR")
_FOR_NETWORK = (
    *("HOME", "USER", "LOGNAME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
)
_ALWAYS = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
}
_NO_CONFIGURATION = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


@record
class Git:
    """The installed git. `environ`: where PATH, HOME, proxies and certificates are taken from."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def local(
        self,
        git_dir: Path,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        seconds: float = LOCAL_SECONDS,
    ) -> bytes:
        """Run git on a repository of ours under nobody's configuration but its own; returns stdout.

        Raises GitError.
        """
        environment = {**self._local_environment(), "GIT_DIR": os.fspath(git_dir), **(env or {})}
        return run(arguments, Call(env=environment, stdin=stdin, seconds=seconds))

    def network_environment(self) -> dict[str, str]:
        """The environment of a command that talks to a remote. The user's own git configuration holds in it:
        proxies, certificates and rewritten URLs may be what makes the remote reachable.
        """
        return {**self._taken(*_EVERYWHERE, *_FOR_NETWORK), **_ALWAYS}

    def setting(self, name: str) -> str | None:
        """A value of the user's own git configuration, None where it is not set. Raises GitError."""
        return _answer(("config", "--get", name), {**self.network_environment(), "GIT_DIR": os.devnull})

    def origin_url(self, path: Path) -> str | None:
        """The origin URL written in a user's local clone, None if `path` is no clone or has no origin.

        Nothing else of that clone is read: its branches are the user's own business. Raises UnavailableError
        where git cannot be started.
        """
        if not is_directory(path.expanduser().resolve()):
            return None
        try:
            return _answer(
                ("-C", os.fspath(path.expanduser().resolve()), "config", "--local", "--get", "remote.origin.url"),
                self._local_environment(),
            )
        except GitError as error:
            if error.code is None:
                raise
            return None

    def _local_environment(self) -> dict[str, str]:
        return {**self._taken(*_EVERYWHERE), **_ALWAYS, **_NO_CONFIGURATION}

    def _taken(self, *names: str) -> dict[str, str]:
        return {name: self.environ[name] for name in names if name in self.environ}


def origin_url(path: Path) -> str | None:
    """`Git.origin_url` with this process' own environment."""
    return Git().origin_url(path)


def line(output: bytes) -> str:
    """git's answer of one line."""
    return output.decode("utf-8", "replace").strip()


def _answer(arguments: tuple[str, ...], env: Mapping[str, str]) -> str | None:
    """What `git config --get` answers; exit code 1 means that it is not set."""
    try:
        return line(run(arguments, Call(env=env))) or None
    except GitError as error:
        if error.code == 1:
            return None
        raise
