"""What happens to pull requests: kept in step with git, opened, listed, closed. Raises RejectedError."""

from __future__ import annotations

import re
from collections.abc import Mapping

from issue_intake.core.record import record
from issue_intake.demo.bare import Bare
from issue_intake.demo.events import note
from issue_intake.demo.issues import Draft, create_issue, find_issue, in_order, set_state
from issue_intake.demo.model import Issue, Pull, Repository
from issue_intake.demo.wire import forbidden_change, invalid, not_found
from issue_intake.demo.world import World

_CLOSING = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+([\w.-]+/[\w.-]+)?#(\d+)\b", re.IGNORECASE)


@record
class NewPull:
    """What a pull request is opened with. `head`: a branch, or `owner:branch`."""

    draft: Draft
    head: str
    base: str
    is_draft: bool = False


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
        mark_merged(world, repository, issue, sha=base, by=issue.author)
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


def mark_merged(world: World, repository: Repository, issue: Issue, *, sha: str, by: str | None) -> None:
    """Close a merged pull request, and the issues of the repository that it names."""
    if issue.pull is None:
        return
    issue.pull.merged_at, issue.pull.merge_sha, issue.pull.merged_by = world.now(), sha, by
    note(world, issue, "merged", by=by, commit=sha)
    set_state(world, issue, "closed", by=by)
    if issue.pull.base_ref == repository.default_branch:
        for named in named_issues(repository, issue.body or ""):
            set_state(world, named, "closed", by=by, commit=sha)
