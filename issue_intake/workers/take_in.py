"""Brings a commit into the worktree: `python -I -S take_in.py <bundle> <sha> <name> <mail>`, run by a worker there.

The bundle holds it as refs/intake/incoming. What was not committed is, first; conflicts are left to the agent. Exits
with 1 and one line where it cannot be done. Killed at any point, it can be run again.
"""

from __future__ import annotations

import os
import subprocess
import sys

_INCOMING = "refs/intake/incoming"
_TORN = "refs/intake/torn"
_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")
_OPTIONS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.quotePath=false", "core.safecrlf=false"),
    *("gc.auto=0", "maintenance.auto=false", "submodule.recurse=false", "protocol.file.allow=always"),
    *("commit.gpgSign=false", "merge.verifySignatures=false", "rerere.enabled=false"),
)


class TakeInError(Exception):
    """It cannot be done; the message is one line that says why."""


class Git:
    """git in the worktree that is the working directory, with hooks and whatever asks or lingers switched off."""

    def __init__(self, name: str, mail: str) -> None:
        options = (*_OPTIONS, f"user.name={name}", f"user.email={mail}")
        self._argv = ("git", *(part for option in options for part in ("-c", option)))
        self._env = {**os.environ, "LC_ALL": "C", "GIT_EDITOR": "true", "GIT_LFS_SKIP_SMUDGE": "1"}

    def says(self, *arguments: str, good: tuple[int, ...] = (0,)) -> str:
        """Its stdout, stripped. Raises TakeInError for an exit code that is not `good`."""
        ran = self._run(arguments)
        if ran.returncode not in good:
            lines = os.fsdecode(ran.stderr).splitlines()
            worst = [line for line in lines if line.startswith(("fatal:", "error:"))]
            said = (worst or lines or [f"exit code {ran.returncode}"])[0]
            raise TakeInError(f"git {arguments[0]}: {said}")
        return os.fsdecode(ran.stdout).strip()

    def agrees(self, *arguments: str) -> bool:
        """Whether it answers with exit code 0; any other is a no."""
        return self._run(arguments).returncode == 0

    def sha(self, name: str) -> str:
        """The commit of that name, "" where there is none."""
        return os.fsdecode(self._run(("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")).stdout).strip()

    def _run(self, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[bytes]:
        argv = (*self._argv, *arguments)
        try:
            return subprocess.run(argv, env=self._env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        except OSError as error:
            raise TakeInError(f"git cannot be started: {error.strerror}") from None


def main(bundle: str, sha: str, name: str, mail: str) -> int:
    """Take `sha` in; the exit code."""
    code = 0
    try:
        lines = take_in(Git(name, mail), bundle, sha)
    except (TakeInError, OSError) as error:
        lines, code = [f"{sha[:12]} could not be taken in: {error}"], 1
    sys.stdout.buffer.write(b"".join(os.fsencode(line) + b"\n" for line in lines))
    return code


def take_in(git: Git, bundle: str, sha: str) -> list[str]:
    """What there is to say: the conflicts, if any. Raises TakeInError, OSError."""
    folder = git.says("rev-parse", "--absolute-git-dir")
    _drop_locks(folder, git.says("rev-parse", "--path-format=absolute", "--git-common-dir"))
    note = f"{folder}/intake-take-in"
    left: set[str] = set()
    if not _is_in(git, sha):
        _put_back(git, _read(note))
        left = _commit_all(git)
        _fetch(git, bundle, sha)
        _write(note, f"{git.sha('HEAD')} {_attempt()}\n")
        _merge(git, sha, note)
    _unlink(note)
    conflicts = sorted(left | _unmerged(git))
    return ["conflicts are left in:", *conflicts] if conflicts else []


def _is_in(git: Git, sha: str) -> bool:
    if git.sha("MERGE_HEAD") == sha:
        return True
    return bool(git.sha(sha)) and git.agrees("merge-base", "--is-ancestor", sha, "HEAD")


def _put_back(git: Git, note: str) -> None:
    """Undo a merge that was killed, as `note` tells: half-written files would pass for the agent's work.

    They are kept in a ref all the same. Nothing is undone where an agent may have worked since.
    """
    before, _, attempt = note.partition(" ")
    if not attempt.isdecimal() or _attempt() - int(attempt) > 1 or git.sha("HEAD") != before:
        return
    _add_all(git)
    torn = git.says("commit-tree", "-m", "Torn", "-p", before, git.says("write-tree"))
    git.says("update-ref", _TORN, torn)
    git.says("reset", "--quiet", "--hard", before)


def _commit_all(git: Git) -> set[str]:
    """Commit all that is not; the paths in which another merge under way was still in conflict."""
    left = _unmerged(git)
    _add_all(git)
    unchanged = git.agrees("diff", "--cached", "--quiet", "--no-ext-diff", "--ignore-submodules=none", "HEAD")
    if not unchanged or any(git.sha(name) for name in _UNDER_WAY):
        git.says("commit", "--quiet", "--no-verify", "--allow-empty", "-m", "Work so far")
    return left


def _add_all(git: Git) -> None:
    # What cannot be added shall not keep the rest out; --sparse: nor what lies where the checkout leaves files out.
    git.says("add", "-A", "--sparse", "--ignore-errors", good=(0, 1))


def _fetch(git: Git, bundle: str, sha: str) -> None:
    git.says("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--", bundle, _INCOMING)
    found = git.sha("FETCH_HEAD")
    if found != sha:
        raise TakeInError(f"the bundle holds {found[:12]}")


def _merge(git: Git, sha: str, note: str) -> None:
    options = ("--quiet", "--no-edit", "--no-verify", "--no-stat", "--ff", "--commit", "--no-squash", "--no-autostash")
    try:
        git.says("merge", *options, sha)
    except TakeInError:
        if git.sha("MERGE_HEAD") == sha:
            return
        if not git.says("status", "--porcelain", "--ignore-submodules=all"):
            _unlink(note)  # refused before a file was touched: what changes from here on is somebody's work
        raise


def _unmerged(git: Git) -> set[str]:
    return {line.partition("\t")[2] for line in git.says("ls-files", "--unmerged").splitlines()}


def _drop_locks(*folders: str) -> None:
    """A git that was killed leaves its lock files; nothing else is at work here before the agent is."""
    for folder in folders:
        for place, _, names in (*os.walk(f"{folder}/refs"), (folder, (), os.listdir(folder))):  # noqa: PTH208
            for name in names:
                if name.endswith(".lock"):
                    _unlink(f"{place}/{name}")


def _attempt() -> int:
    number = os.environ.get("INTAKE_RUN", "").rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123
            return file.read(300).strip()
    except FileNotFoundError:
        return ""


def _write(path: str, text: str) -> None:
    with open(f"{path}.part", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.part", path)  # noqa: PTH105


def _unlink(path: str) -> None:
    try:
        os.unlink(path)  # noqa: PTH108
    except FileNotFoundError:
        return


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
