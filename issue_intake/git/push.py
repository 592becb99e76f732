"""The push of one of intake's commits to one of intake's branches: never a force, never another branch."""

from __future__ import annotations

import re
from pathlib import Path

from issue_intake.core.model import Session
from issue_intake.errors import IntakeError, RefusedError, UnavailableError
from issue_intake.git.fault import GitError, passing
from issue_intake.git.remote import Remote, is_sha

_OURS = re.compile(r"agent/issue-[1-9]\d*(?:-[1-9]\d*)?", re.ASCII)
_REJECTED = re.compile(
    r"^!\t[^\t]*\t\[(?P<by>rejected|remote rejected|remote failure)\] ?\(?(?P<why>.*?)\)?$", re.MULTILINE
)


def push(remote: Remote, folder: Path, session: Session, sha: str) -> None:
    """Push `sha`, which the repository `folder` has, to the session's branch; being there already is success.

    Raises RefusedError where the branch is not intake's, was moved or taken away by somebody else, or the remote says
    no; GitError where it may go better later.
    """
    check_branch(session.branch)
    if not is_sha(sha):
        raise RefusedError(f"{sha!r} is no commit")
    head = remote.head(session.branch)
    if head == sha:
        return
    _check_hands_off(session, head)
    ref = f"refs/heads/{session.branch}"
    options = ("--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no")
    try:
        remote.run(folder, "push", *options, "--", remote.url, f"{sha}:{ref}")
    except GitError as error:
        raise _verdict(error, session.branch) from None


def check_branch(branch: str) -> None:
    """Raises RefusedError unless `branch` has the form of intake's own."""
    if not _OURS.fullmatch(branch):
        raise RefusedError(f"{branch!r} is no branch of intake's, so nothing is pushed to it")


def _check_hands_off(session: Session, head: str | None) -> None:
    """The remote may only stand where intake left it, or was about to leave it."""
    if head is None and session.pushed_sha is None:
        return
    if head is None:
        raise RefusedError(f"{session.branch} was deleted on the remote after intake had pushed it: hands off")
    if head not in {session.pushed_sha, session.announced_sha}:
        raise RefusedError(f"somebody else's commits are on {session.branch} ({head[:12]}): hands off")


def _verdict(error: GitError, branch: str) -> IntakeError:
    """What git's porcelain answer means; without one the remote was not reached."""
    found = _REJECTED.search(error.output.decode("utf-8", "replace"))
    if not found or found["by"] == "remote failure":
        return error
    if found["by"] == "rejected":
        return RefusedError(f"somebody else's commits came onto {branch} ({found['why']}): hands off")
    said = next((line for line in error.remote if re.match(r"error:|GH\d+", line)), "").removeprefix("error:").strip()
    if passing(found["why"]):
        return UnavailableError(f"the remote could not take the push to {branch}: {found['why']}")
    return RefusedError(f"the remote refused the push to {branch}: {said or found['why']}")
