"""What people do with a repository's pull requests, and the rules they are merged by."""

from __future__ import annotations

from collections.abc import Iterable

from issue_intake.core.record import record
from issue_intake.demo import issues, merging, pulls
from issue_intake.demo.held import Held
from issue_intake.demo.model import Issue
from issue_intake.demo.verdicts import BranchRules


@record(kw_only=False)
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


class HostedPulls(Held):
    """The pull requests of a repository."""

    def add_pull(
        self, title: str, head: str, *, base: str = "main", body: str = "", draft: bool = False, author: str = "octocat"
    ) -> int:
        """Open a pull request from a branch, or `owner:branch` of a fork; returns its number."""
        content = issues.Draft(title=title, body=body, author=author)
        with self._world.lock:
            new = pulls.NewPull(draft=content, head=head, base=base, is_draft=draft)
            return pulls.open_pull(self._world, self._repository, new)[0].number

    def merge(self, number: int, *, by: str = "reviewer") -> str:
        """Merge a pull request, out of draft if need be and whatever the rules; returns the new commit's sha."""
        self.mark_ready(number, by=by)
        how = merging.Merge(by=by, method="merge", bypass=True)
        with self._world.lock:
            return merging.merge_pull(self._world, self._repository, number, how)

    def mark_ready(self, number: int, *, by: str = "octocat") -> None:
        """Take a pull request out of draft."""
        with self._world.lock:
            pulls.set_draft(self._world, *pulls.find_pull(self._repository, number), by=by, draft=False)

    def mark_draft(self, number: int, *, by: str = "octocat") -> None:
        """Make a draft of a pull request again."""
        with self._world.lock:
            pulls.set_draft(self._world, *pulls.find_pull(self._repository, number), by=by, draft=True)

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

    def set_rules(
        self, branch: str = "main", *, approvals: int = 0, checks: Iterable[str] = (), up_to_date: bool = False
    ) -> None:
        """What must hold from now on before anything is merged into a branch; `checks` by name."""
        rules = BranchRules(approvals=approvals, checks=frozenset(checks), up_to_date=up_to_date)
        with self._world.lock:
            self._repository.rules[branch] = rules

    def allow_merging(self, *methods: str) -> None:
        """The ways to merge that are allowed from now on: merge, squash, rebase."""
        with self._world.lock:
            self._repository.methods = frozenset(methods)

    def unsettle(self, number: int, answers: int = 1) -> None:
        """Let the next answers about a pull request not know yet whether it can be merged."""
        with self._world.lock:
            pulls.find_pull(self._repository, number)[1].unsettled = answers


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
