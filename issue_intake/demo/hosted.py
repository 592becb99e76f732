"""One repository at the stand-in, as its people see and use it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from issue_intake.demo.hosted_issues import HostedIssues
from issue_intake.demo.hosted_pulls import HostedPulls, PullFacts
from issue_intake.demo.hosted_verdicts import HostedVerdicts

__all__ = ["Hosted", "PullFacts"]


class Hosted(HostedIssues, HostedPulls, HostedVerdicts):
    """Acts on a repository as a person with every right would, and looks at it. Safe to use from any thread.

    What GitHub would refuse raises RejectedError.
    """

    @property
    def bare(self) -> Path:
        """The bare repository on disk."""
        return self._repository.bare.path

    @property
    def full_name(self) -> str:
        """`owner/name`, as of now."""
        return self._repository.full_name

    @property
    def git_url(self) -> str:
        """What to clone."""
        return f"{self._world.web}/{self.full_name}.git"

    def rename(self, new: str) -> None:
        """Give the repository a new name, `name` or `owner/name`; the old one redirects."""
        owner, _, name = new.rpartition("/")
        with self._world.lock:
            self._world.rename(self._repository, owner or self._repository.owner, name)

    def fork(self, owner: str, name: str | None = None) -> Hosted:
        """A copy that belongs to `owner`."""
        with self._world.lock:
            parent = self._repository
            copy = self._world.add(owner, name or parent.name, private=parent.private, parent=parent.id)
            copy.bare.run("fetch", "--quiet", str(parent.bare.path), "refs/heads/*:refs/heads/*")
        return Hosted(self._world, copy)

    def delete(self) -> None:
        """Delete the repository."""
        with self._world.lock:
            del self._world.repositories[self._repository.id]
            shutil.rmtree(self._repository.bare.path)

    def branches(self) -> dict[str, str]:
        """Sha by branch, read from git."""
        return self._repository.bare.branches()

    def commits(self, branch: str = "main") -> list[str]:
        """Subjects of a branch's commits, the newest first."""
        return self._repository.bare.commits(branch)

    def read(self, path: str, *, branch: str = "main") -> str:
        """The text of a file on a branch, stripped."""
        return self._repository.bare.read(branch, path)

    def commit(
        self,
        files: Mapping[str, str | None],
        *,
        branch: str = "main",
        message: str = "A change",
        by: str | None = None,
    ) -> str:
        """Commit files (None removes one) onto a branch, a new one starting from main; returns the sha.

        `by`: the commit's author, the server itself unless given.
        """
        with self._world.lock:
            bare, known = self._repository.bare, self.branches()
            if branch not in known:
                bare.run("update-ref", f"refs/heads/{branch}", known[self._repository.default_branch])
            return bare.commit(branch, files, message, self._world.now(), by)

    def delete_branch(self, branch: str) -> None:
        """Delete a branch; an open pull request from it is closed by that."""
        self._repository.bare.run("update-ref", "-d", f"refs/heads/{branch}")

    def protect(self, branch: str) -> None:
        """Refuse every push to a branch from now on."""
        self._repository.bare.protect(branch)
