"""How a pull request is merged, and when GitHub would refuse to. Raises RejectedError then."""

from __future__ import annotations

from issue_intake.core.record import record
from issue_intake.demo.bare import Bare
from issue_intake.demo.mergeability import broken_rule, is_behind
from issue_intake.demo.model import Issue, Pull, Repository
from issue_intake.demo.pulls import find_pull, keep_in_step, mark_merged
from issue_intake.demo.wire import RejectedError
from issue_intake.demo.world import World


@record
class Merge:
    """How to merge. `sha`: what the head must still be; `title`, `message`: the commit's.

    `method`: merge, squash or rebase; `bypass`: whatever the branch's rules are.
    """

    by: str
    bypass: bool = False
    sha: str | None = None
    method: str = "merge"
    title: str | None = None
    message: str | None = None


def merge_pull(world: World, repository: Repository, number: int, how: Merge) -> str:
    """Merge into the base branch, close what the body says it closes; returns the new commit's sha."""
    keep_in_step(world, repository)
    issue, pull = find_pull(repository, number)
    _refuse_unmergeable(repository, issue, pull, how)
    tree = repository.bare.merged_tree(pull.base_sha, pull.head_sha)
    if tree is None:
        raise RejectedError(405, "Pull Request is not mergeable")
    if not how.bypass:
        _refuse_by_rules(world, repository, issue, pull)
    sha = _merged(repository, issue, pull, how, tree)
    repository.bare.run("update-ref", f"refs/heads/{pull.base_ref}", sha, pull.base_sha)
    mark_merged(world, repository, issue, sha=sha, by=how.by)
    return sha


def _refuse_unmergeable(repository: Repository, issue: Issue, pull: Pull, how: Merge) -> None:
    if pull.draft and issue.state == "open":
        raise RejectedError(405, "Pull Request is still a draft")
    if issue.state == "closed":
        raise RejectedError(405, "Pull Request is not mergeable")
    if how.sha is not None and how.sha != pull.head_sha:
        raise RejectedError(409, "Head branch was modified. Review and try the merge again.")
    if how.method not in repository.methods:
        raise RejectedError(405, f"{how.method.capitalize()} merges are not allowed on this repository.")


def _refuse_by_rules(world: World, repository: Repository, issue: Issue, pull: Pull) -> None:
    reason = broken_rule(world, repository, issue, pull)
    if reason is None and is_behind(repository, pull):
        reason = "Head branch is out of date. Update it with the base branch and try the merge again."
    if reason:
        raise RejectedError(405, reason)


def _merged(repository: Repository, issue: Issue, pull: Pull, how: Merge, tree: str) -> str:
    """The new commit of the base branch."""
    if how.method == "rebase":
        return _rebased(repository.bare, pull)
    return repository.bare.run(*_commit_arguments(issue, pull, how, tree))


def _rebased(bare: Bare, pull: Pull) -> str:
    """The last of the head's commits, put one by one on the base; merges are left out."""
    sha = pull.base_sha
    for commit in bare.run("rev-list", "--reverse", "--no-merges", f"{pull.base_sha}..{pull.head_sha}").split():
        # what was reached so far as a sibling of the commit: merging the two is picking the commit
        sibling = bare.run("commit-tree", f"{sha}^{{tree}}", "-p", f"{commit}^", "-m", "sibling")
        tree = bare.merged_tree(sibling, commit)
        if tree is None:
            raise RejectedError(405, "This branch can't be rebased")
        sha = bare.run("commit-tree", tree, "-p", sha, "-m", bare.run("show", "-s", "--format=%B", commit))
    return sha


def _commit_arguments(issue: Issue, pull: Pull, how: Merge, tree: str) -> list[str]:
    subject = f"Merge pull request #{issue.number} from {pull.source_owner}/{pull.head_ref}"
    if how.method == "squash":
        subject = f"{issue.title} (#{issue.number})"
    parents = [pull.base_sha] if how.method == "squash" else [pull.base_sha, pull.head_sha]
    named = [argument for parent in parents for argument in ("-p", parent)]
    return ["commit-tree", tree, *named, "-m", how.title or subject, "-m", how.message or issue.title]
