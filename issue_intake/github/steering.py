"""Acts on a project's pull requests. Each act is sent once; where it may have worked all the same, GitHub is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from issue_intake.core.model import Repository
from issue_intake.core.review import Check, Merging
from issue_intake.core.text import one_line
from issue_intake.errors import GoneError, RefusedError, UnavailableError
from issue_intake.github import fields
from issue_intake.github.client import GitHub
from issue_intake.github.faults import ForbiddenError, InvalidError
from issue_intake.github.fields import Row
from issue_intake.github.graphql import change

_OURS = re.compile(r"agent/issue-[1-9][0-9]*(-[1-9][0-9]*)?")
_READY = "mutation($id:ID!){markPullRequestReadyForReview(input:{pullRequestId:$id}){pullRequest{isDraft}}}"
_TITLE = 256


class GitHubSteering:
    """Acts on one repository; `repository` gives its present name, for a write is not redirected."""

    def __init__(self, github: GitHub, repository: Callable[[], Repository]) -> None:
        self._github = github
        self._repository = repository

    def rerun(self, check: Check) -> bool:
        """Have an Actions job run again; False where the token may not, or the job is gone or too old."""
        if check.job is None:
            return False
        try:
            self._github.send("POST", f"{self._path()}/actions/jobs/{check.job}/rerun")
        except (ForbiddenError, GoneError):
            return False
        return True

    def mark_ready(self, number: int) -> None:
        """Take the pull request out of draft. REST cannot."""
        row = self._pull(number)
        if row.get("draft") is not True:
            return
        try:
            change(self._github, _READY, {"id": row.get("node_id")})
        except GoneError:
            said = "the server has no GraphQL, without which no pull request can be taken out of draft"
            raise RefusedError(said, "mark it ready by hand") from None
        except (RefusedError, UnavailableError):
            if self._pull(number).get("draft") is True:
                raise

    def merge(self, merging: Merging) -> None:
        """Merge it, if its head still is `merging.sha`."""
        body = {"sha": merging.sha, "merge_method": merging.method}
        if merging.title:
            body["commit_title"] = one_line(merging.title, _TITLE)
        try:
            self._github.send("PUT", f"{self._path()}/pulls/{merging.number}/merge", body)
        except (RefusedError, UnavailableError):
            if self._pull(merging.number).get("merged") is not True:
                raise

    def delete_branch(self, branch: str, sha: str) -> None:
        """Delete a branch of ours. Raises RefusedError where it is another's, or has another commit by now."""
        if not _OURS.fullmatch(branch):
            raise RefusedError(f"{one_line(branch)} is no branch of intake's, and is not deleted")
        try:
            found = self._head(branch)
            if found != sha:
                raise RefusedError(f"{branch} is at {found[:12]} by now, not at {sha[:12]}, and is not deleted")
            self._github.send("DELETE", f"{self._path()}/git/refs/heads/{branch}")
        except GoneError:
            return
        except InvalidError as error:
            if not any("does not exist" in reason.lower() for reason in error.reasons):
                raise

    def _head(self, branch: str) -> str:
        path = f"{self._path()}/git/ref/heads/{branch}"
        row = fields.some_object(self._github.read(path).data)
        sha = fields.some_object(row.get("object")).get("sha")
        if row.get("ref") != f"refs/heads/{branch}" or not isinstance(sha, str):
            raise self._github.strange(path, "no such ref")
        return sha

    def _pull(self, number: int) -> Row:
        """The pull request as it is now."""
        return fields.some_object(self._github.read(f"{self._path()}/pulls/{number}").data)

    def _path(self) -> str:
        return f"/repos/{quote(self._repository().name)}"
