"""What people do with a repository's issues."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from issue_intake.demo import issues, pulls
from issue_intake.demo.held import Held
from issue_intake.demo.model import Issue


class HostedIssues(Held):
    """The issues of a repository; numbers of pull requests will do as well. `by` None is a deleted account."""

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
            return self._found(number)

    def edit(
        self, number: int, *, title: str | None = None, body: str | None = None, by: str | None = "octocat"
    ) -> None:
        """Change title, body or both. GitHub lets the author do so, and whoever may write."""
        with self._world.lock:
            found = self._found(number)
            issues.set_title(self._world, found, title or found.title, by=by)
            issues.set_body(self._world, found, found.body if body is None else body, by=by)
            found.updated_at = self._world.now()

    def close_issue(self, number: int, *, by: str = "octocat", reason: str = "completed") -> None:
        """Close an issue."""
        with self._world.lock:
            issues.set_state(self._world, self._found(number), "closed", by=by, reason=reason)

    def reopen_issue(self, number: int, *, by: str = "octocat") -> None:
        """Open an issue again."""
        with self._world.lock:
            issues.set_state(self._world, self._found(number), "open", by=by)

    def delete_issue(self, number: int) -> None:
        """Delete an issue: asking for it gives 410 from now on."""
        with self._world.lock:
            del self._repository.issues[number]
            self._repository.deleted.add(number)

    def transfer(self, number: int, to: HostedIssues | None) -> int | None:
        """Move an issue to another repository; returns its number there. The old one redirects.

        `to` None: a repository that no token may see, so the old number is a 404.
        """
        with self._world.lock:
            target = self._world.repositories[to.id] if to else None
            return issues.transfer(self._world, self._repository, number, target)

    def set_labels(self, number: int, labels: Iterable[str], *, by: str | None = "octocat") -> None:
        """Replace an issue's labels."""
        with self._world.lock:
            issues.set_labels(self._world, self._repository, self._found(number), labels, by=by)

    def label(self, number: int, *names: str, by: str | None = "octocat") -> None:
        """Put further labels on an issue."""
        with self._world.lock:
            self.set_labels(number, [*self._found(number).labels, *names], by=by)

    def unlabel(self, number: int, *names: str, by: str | None = "octocat") -> None:
        """Take labels off an issue, whatever their case."""
        gone = {name.lower() for name in names}
        with self._world.lock:
            kept = [name for name in self._found(number).labels if name.lower() not in gone]
            self.set_labels(number, kept, by=by)

    def set_assignees(self, number: int, assignees: Iterable[str], *, by: str | None = "octocat") -> None:
        """Replace an issue's assignees."""
        with self._world.lock:
            issues.set_assignees(self._world, self._found(number), assignees, by=by)

    def comment(self, number: int, body: str, *, author: str | None = "octocat") -> int:
        """Comment on an issue or pull request; returns the comment's id."""
        with self._world.lock:
            return issues.add_comment(self._world, self._found(number), author, body).id

    def _found(self, number: int) -> Issue:
        return issues.find_issue(self._repository, number)
