"""What happens to pull requests: kept in step with git, opened, listed, merged. Raises RejectedError."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from issue_intake.demo.bare import Bare
from issue_intake.demo.events import note
from issue_intake.demo.issues import Draft, create_issue, find_issue, in_order, set_state
from issue_intake.demo.mergeability import broken_rule, is_behind
from issue_intake.demo.model import Issue, Pull, Repository
from issue_intake.demo.wire import RejectedError, forbidden_change, invalid, not_found
from issue_intake.demo.world import World

_CLOSING = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+([\w.-]+/[\w.-]+)?#(\d+)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPull:
    """What a pull request is opened with. `head`: a branch, or `owner:branch`."""

    draft: Draft
    head: str
    base: str
    is_draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
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


def find_pull(repository: Repository, number: int) -> tuple[Issue, Pull]:
    """A pull request by its number; 404 for an issue or nothing."""
    issue = find_issue(repository, number)
    if issue.pull is None:
        raise not_found()
    return issue, issue.pull


def keep_in_step(world: World, repository: Repository, *, by: str | None = None) -> None:
    """Let open pull requests follow their branches: new heads, branches deleted `by` somebody, merges by a push."""
    forks = {key: found.bare for key, found in world.repositories.items() if found.parent == repository.id}
    refs = _refs({repository.id: repository.bare, **forks})
    if refs == repository.seen_refs:
        return
    repository.seen_refs = refs
    for issue in repository.issues.values():
        if issue.pull and issue.state == "open":
            _follow(world, repository, issue, issue.pull, by)


def matching_pulls(repository: Repository, query: Mapping[str, str]) -> list[tuple[Issue, Pull]]:
    """The rows a query of the list asks for. Like GitHub, a `head` without an owner is ignored."""
    head = query.get("head", "")
    rows = [
        issue
        for issue in repository.issues.values()
        if issue.pull
        and query.get("state", "open") in {issue.state, "all"}
        and query.get("base", issue.pull.base_ref) == issue.pull.base_ref
        and (":" not in head or _same_head(issue.pull, head))
    ]
    return [(issue, issue.pull) for issue in in_order(rows, query) if issue.pull]


def open_pull(world: World, repository: Repository, new: NewPull) -> tuple[Issue, Pull]:
    """Open one. 422: no such head or base, nothing to merge, or one is open for that head already."""
    keep_in_step(world, repository)
    source, branch = _source(world, repository, new.head)
    head_sha, base_sha = source.bare.branches().get(branch), repository.bare.branches().get(new.base)
    if head_sha is None or base_sha is None:
        raise invalid("PullRequest", "base" if head_sha else "head")
    _refuse_a_second(repository, f"{source.owner}:{branch}", new.base)
    pull = Pull(
        source=source.id,
        source_owner=source.owner,
        head_ref=branch,
        head_sha=head_sha,
        base_ref=new.base,
        base_sha=base_sha,
        draft=new.is_draft,
    )
    _take_over(world, repository, pull)
    if repository.bare.contains(head_sha, base_sha):
        raise forbidden_change("PullRequest", f"No commits between {new.base} and {branch}")
    issue = create_issue(world, repository, new.draft)
    issue.pull = pull
    return issue, pull


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
    _mark_merged(world, repository, issue, sha=sha, by=how.by)
    return sha


def set_draft(world: World, issue: Issue, pull: Pull, *, by: str | None, draft: bool) -> None:
    """Take a pull request out of draft, or back; doing it again changes nothing."""
    if pull.draft != draft:
        pull.draft = draft
        note(world, issue, "convert_to_draft" if draft else "ready_for_review", by=by)


def named_issues(repository: Repository, text: str) -> list[Issue]:
    """The issues of this repository that a pull request with that text closes."""
    own = {"", repository.full_name.lower()}
    numbers = dict.fromkeys(int(number) for place, number in _CLOSING.findall(text) if place.lower() in own)
    found = (repository.issues.get(number) for number in numbers)
    return [issue for issue in found if issue and issue.pull is None]


def _refs(repositories: Mapping[int, Bare]) -> dict[str, str]:
    return {f"{key}:{branch}": sha for key, bare in repositories.items() for branch, sha in bare.branches().items()}


def _follow(world: World, repository: Repository, issue: Issue, pull: Pull, by: str | None) -> None:
    if pull.source not in world.repositories:
        return  # the fork was deleted; its pull requests stay open
    head = repository.seen_refs.get(f"{pull.source}:{pull.head_ref}")
    base = repository.seen_refs.get(f"{repository.id}:{pull.base_ref}")
    if head is None or base is None:
        set_state(world, issue, "closed", by=by)
        return
    if head != pull.head_sha:
        pull.head_sha, issue.updated_at = head, world.now()
        _take_over(world, repository, pull)
    if base != pull.base_sha and repository.bare.contains(head, base):
        _mark_merged(world, repository, issue, sha=base, by=issue.author)
    else:
        pull.base_sha = base


def _take_over(world: World, repository: Repository, pull: Pull) -> None:
    """Have the commits of a fork's branch in the base repository, where they are merged and measured."""
    if pull.source != repository.id:
        fork = world.repositories[pull.source].bare.path
        repository.bare.run("fetch", "--quiet", "--no-tags", str(fork), f"refs/heads/{pull.head_ref}")


def _source(world: World, repository: Repository, head: str) -> tuple[Repository, str]:
    owner, _, branch = head.rpartition(":")
    if owner.lower() in {"", repository.owner.lower()}:
        return repository, branch
    forks = (found for found in world.repositories.values() if found.parent == repository.id)
    fork = next((found for found in forks if found.owner.lower() == owner.lower()), None)
    if fork is None:
        raise invalid("PullRequest", "head")
    return fork, branch


def _refuse_a_second(repository: Repository, head: str, base: str) -> None:
    for issue in repository.issues.values():
        pull = issue.pull
        if pull and issue.state == "open" and pull.base_ref == base and _same_head(pull, head):
            raise forbidden_change("PullRequest", f"A pull request already exists for {head}.")


def _same_head(pull: Pull, head: str) -> bool:
    owner, _, branch = head.partition(":")
    return pull.source_owner.lower() == owner.lower() and pull.head_ref == branch


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


def _mark_merged(world: World, repository: Repository, issue: Issue, *, sha: str, by: str | None) -> None:
    if issue.pull is None:
        return
    issue.pull.merged_at, issue.pull.merge_sha, issue.pull.merged_by = world.now(), sha, by
    note(world, issue, "merged", by=by, commit=sha)
    set_state(world, issue, "closed", by=by)
    if issue.pull.base_ref == repository.default_branch:
        for named in named_issues(repository, issue.body or ""):
            set_state(world, named, "closed", by=by, commit=sha)
