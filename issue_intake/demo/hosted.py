"""One repository at the stand-in, as its people see and use it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from issue_intake.demo import issues, pulls
from issue_intake.demo.model import Issue, Repository
from issue_intake.demo.world import World


@dataclass(frozen=True, slots=True)
class PullFacts:
    """A pull request as it stands now; `state` is open, closed or merged."""

    number: int
    state: str
    title: str
    body: str
    branch: str
    base: str
    head_sha: str
    draft: bool
    author: str | None


class Hosted:
    """Acts on a repository as a person with every right would, and looks at it. Safe to use from any thread."""

    def __init__(self, world: World, repository: Repository) -> None:
        self._world = world
        self._repository = repository

    @property
    def id(self) -> int:
        """The id, which survives a rename."""
        return self._repository.id

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

    def add_issue(
        self,
        title: str,
        body: str | None = "",
        *,
        labels: Iterable[str] = (),
        assignees: Iterable[str] = (),
        author: str | None = "octocat",
        created_at: datetime | None = None,
    ) -> int:
        """A new issue; returns its number. `author` None is a deleted account."""
        draft = issues.Draft(
            title=title,
            body=body,
            author=author,
            labels=tuple(labels),
            assignees=tuple(assignees),
            created_at=created_at,
        )
        with self._world.lock:
            return issues.create_issue(self._world, self._repository, draft).number

    def add_label(self, name: str) -> None:
        """Make sure that the label exists."""
        with self._world.lock:
            issues.ensure_label(self._world, self._repository, name)

    def issue(self, number: int) -> Issue:
        """An issue or pull request as the stand-in keeps it; to be read, not changed."""
        with self._world.lock:
            pulls.keep_in_step(self._world, self._repository)
            return issues.find_issue(self._repository, number)

    def close_issue(self, number: int, *, by: str = "octocat", reason: str = "completed") -> None:
        """Close an issue."""
        with self._world.lock:
            found = issues.find_issue(self._repository, number)
            issues.set_state(self._world, found, "closed", by=by, reason=reason)

    def reopen_issue(self, number: int, *, by: str = "octocat") -> None:
        """Open an issue again."""
        with self._world.lock:
            issues.set_state(self._world, issues.find_issue(self._repository, number), "open", by=by)

    def delete_issue(self, number: int) -> None:
        """Delete an issue: asking for it gives 410 from now on."""
        with self._world.lock:
            del self._repository.issues[number]
            self._repository.deleted.add(number)

    def set_labels(self, number: int, labels: Iterable[str]) -> None:
        """Replace an issue's labels."""
        with self._world.lock:
            found = issues.find_issue(self._repository, number)
            issues.set_labels(self._world, self._repository, found, labels)

    def set_assignees(self, number: int, assignees: Iterable[str]) -> None:
        """Replace an issue's assignees."""
        with self._world.lock:
            found = issues.find_issue(self._repository, number)
            found.assignees, found.updated_at = list(assignees), self._world.now()

    def comment(self, number: int, body: str, *, author: str | None = "octocat") -> int:
        """Comment on an issue or pull request; returns the comment's id."""
        with self._world.lock:
            return issues.add_comment(self._world, issues.find_issue(self._repository, number), author, body).id

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

    def add_pull(
        self, title: str, head: str, *, base: str = "main", body: str = "", draft: bool = False, author: str = "octocat"
    ) -> int:
        """Open a pull request from a branch, or `owner:branch` of a fork; returns its number."""
        content = issues.Draft(title=title, body=body, author=author)
        with self._world.lock:
            new = pulls.NewPull(draft=content, head=head, base=base, is_draft=draft)
            return pulls.open_pull(self._world, self._repository, new)[0].number

    def merge(self, number: int, *, by: str = "reviewer", method: str = "merge") -> str:
        """Merge a pull request, out of draft if need be; returns the new commit's sha."""
        self.mark_ready(number)
        with self._world.lock:
            return pulls.merge_pull(self._world, self._repository, number, pulls.Merge(by=by, method=method))

    def mark_ready(self, number: int) -> None:
        """Take a pull request out of draft."""
        with self._world.lock:
            pulls.find_pull(self._repository, number)[1].draft = False

    def close_pull(self, number: int, *, by: str = "reviewer") -> None:
        """Close a pull request without merging it."""
        with self._world.lock:
            issues.set_state(self._world, pulls.find_pull(self._repository, number)[0], "closed", by=by)

    def pulls(self) -> list[PullFacts]:
        """All pull requests, the oldest first."""
        with self._world.lock:
            pulls.keep_in_step(self._world, self._repository)
            found = pulls.matching_pulls(self._repository, {"state": "all", "direction": "asc"})
            return [_facts(issue) for issue, _ in found]

    def branches(self) -> dict[str, str]:
        """Sha by branch, read from git."""
        return self._repository.bare.branches()

    def commits(self, branch: str = "main") -> list[str]:
        """Subjects of a branch's commits, the newest first."""
        return self._repository.bare.commits(branch)

    def read(self, path: str, *, branch: str = "main") -> str:
        """The text of a file on a branch, stripped."""
        return self._repository.bare.read(branch, path)

    def commit(self, files: Mapping[str, str | None], *, branch: str = "main", message: str = "A change") -> str:
        """Commit files (None removes one) onto a branch, a new one starting from main; returns the sha."""
        with self._world.lock:
            bare, known = self._repository.bare, self.branches()
            if branch not in known:
                bare.run("update-ref", f"refs/heads/{branch}", known[self._repository.default_branch])
            return bare.commit(branch, files, message, self._world.now())

    def delete_branch(self, branch: str) -> None:
        """Delete a branch; an open pull request from it is closed by that."""
        self._repository.bare.run("update-ref", "-d", f"refs/heads/{branch}")

    def protect(self, branch: str) -> None:
        """Refuse every push to a branch from now on."""
        self._repository.bare.protect(branch)


def _facts(issue: Issue) -> PullFacts:
    pull = issue.pull
    if pull is None:
        raise TypeError(f"#{issue.number} is no pull request")
    return PullFacts(
        number=issue.number,
        state="merged" if pull.merged_at else issue.state,
        title=issue.title,
        body=issue.body or "",
        branch=pull.head_ref,
        base=pull.base_ref,
        head_sha=pull.head_sha,
        draft=pull.draft,
        author=issue.author,
    )
