"""What checks and people say of commits and pull requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from issue_intake.demo import checks, pulls, reviews
from issue_intake.demo.held import Held
from issue_intake.demo.model import Issue, Pull
from issue_intake.demo.verdicts import Check, Review, ReviewComment, Status
from issue_intake.demo.wire import not_found

ReviewState = Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]
StatusState = Literal["error", "failure", "pending", "success"]
Role = Literal["admin", "maintain", "write", "triage", "read", "none"]


class HostedVerdicts(Held):
    """Checks, statuses and reviews. `on` is a sha or a branch, which stands for its present head."""

    def add_check(
        self,
        on: str,
        name: str,
        conclusion: str | None = "success",
        *,
        log: str | None = None,
        summary: str | None = None,
        workflow: str | None = "CI",
    ) -> int:
        """A check of a commit; returns its id. `conclusion` None: it is still queued.

        It is a job of an Actions `workflow`, or with None a check of another app; only a job's `log` can be fetched.
        """
        with self._world.lock:
            new = checks.NewCheck(name=name, workflow=workflow)
            check = checks.add_check(self._world, self._repository, on, new)
            if conclusion:
                checks.end_check(self._world, check, conclusion, log=log, summary=summary)
            return check.id

    def end_check(self, check: int, conclusion: str, *, log: str | None = None, summary: str | None = None) -> None:
        """Let a queued check come to its end."""
        with self._world.lock:
            found = checks.find_check(self._repository, check)
            checks.end_check(self._world, found, conclusion, log=log, summary=summary)

    def checks(self, on: str) -> list[Check]:
        """The present checks of a commit, the oldest first, those that were run again left out; to be read only."""
        with self._world.lock:
            sha = checks.commit_of(self._repository, on)
            return checks.checks_of(self._repository, sha or "")[::-1]

    def add_run(self, on: str, conclusion: str, *, name: str = "CI") -> int:
        """A run of a workflow that came to no job, as with startup_failure or action_required; returns its id."""
        with self._world.lock:
            return checks.add_run(self._world, self._repository, on, name, conclusion).id

    def add_status(
        self,
        on: str,
        context: str,
        state: StatusState = "success",
        *,
        description: str | None = None,
        target_url: str | None = None,
        by: str = "ci-bot",
    ) -> None:
        """Set a commit status; the latest of a context counts."""
        with self._world.lock:
            sha = checks.commit_of(self._repository, on)
            if sha is None:
                raise not_found()
            status = Status(
                id=self._world.next_id(),
                sha=sha,
                context=context,
                state=state,
                creator=by,
                created_at=self._world.now(),
                description=description,
                target_url=target_url,
            )
            self._repository.statuses.append(status)

    def review(
        self,
        number: int,
        by: str | None,
        state: ReviewState,
        body: str = "",
        comments: Iterable[tuple[str, int | None, str]] = (),
    ) -> int:
        """Review the present head; returns the review's id. `comments`: path, line (None: the file) and text each."""
        remarks = tuple(reviews.Remark(path=path, line=line, text=text) for path, line, text in comments)
        with self._world.lock:
            issue, pull = self._pull(number)
            new = reviews.NewReview(author=by, state=state, body=body, remarks=remarks)
            return reviews.add_review(self._world, self._repository, issue, pull, new).id

    def dismiss(self, review: int) -> None:
        """Dismiss a review: it does not count any more."""
        with self._world.lock:
            for issue, pull in self._pulls():
                for one in pull.reviews:
                    if one.id == review:
                        one.state = "DISMISSED"
                        issue.updated_at = self._world.now()
                        return
        raise not_found()

    def reviews(self, number: int) -> list[Review]:
        """The reviews of a pull request, the oldest first; to be read, not changed."""
        with self._world.lock:
            return list(self._pull(number)[1].reviews)

    def review_comments(self, number: int) -> list[ReviewComment]:
        """The comments on lines, the oldest first; to be read, not changed."""
        with self._world.lock:
            return list(self._pull(number)[1].comments)

    def reply(self, comment: int, body: str, *, by: str | None = "octocat") -> int:
        """Answer in a comment's thread; returns the new comment's id."""
        with self._world.lock:
            issue, pull, root = self._thread(comment)
            return reviews.reply(self._world, issue, pull, root, author=by, text=body).id

    def resolve(self, comment: int, *, by: str = "octocat") -> None:
        """Resolve the thread that a comment belongs to."""
        with self._world.lock:
            self._thread(comment)[2].resolved_by = by

    def unresolve(self, comment: int) -> None:
        """Open the thread that a comment belongs to again."""
        with self._world.lock:
            self._thread(comment)[2].resolved_by = None

    def set_permission(self, login: str, role: Role) -> None:
        """What somebody may do here from now on; without, owner and tokens tell."""
        with self._world.lock:
            self._world.user_id(login)
            self._repository.roles[login.lower()] = role

    def _pull(self, number: int) -> tuple[Issue, Pull]:
        pulls.keep_in_step(self._world, self._repository)
        return pulls.find_pull(self._repository, number)

    def _pulls(self) -> list[tuple[Issue, Pull]]:
        return [(issue, issue.pull) for issue in self._repository.issues.values() if issue.pull]

    def _thread(self, comment: int) -> tuple[Issue, Pull, ReviewComment]:
        pulls.keep_in_step(self._world, self._repository)
        for issue, pull in self._pulls():
            if any(one.id == comment for one in pull.comments):
                return issue, pull, reviews.find_thread(pull, comment)
        raise not_found()
