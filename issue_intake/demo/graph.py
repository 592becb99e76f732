"""What GraphQL shows of repositories: objects as mappings, each value plain or worked out from its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from issue_intake.demo.bodies import node_id, optional_time, rfc3339, web_address
from issue_intake.demo.diffs import line_later
from issue_intake.demo.issues import find_issue
from issue_intake.demo.model import BodyEdit, Issue, Pull, Repository
from issue_intake.demo.pulls import find_pull, keep_in_step, named_issues
from issue_intake.demo.verdicts import ReviewComment
from issue_intake.demo.wire import RejectedError
from issue_intake.demo.world import World

Arguments = Mapping[str, object]
Node: TypeAlias = Mapping[str, object]


class GraphError(Exception):
    """A field that cannot be had; `kind` is GitHub's word for why."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def query_root(world: World, login: str) -> Node:
    """Where queries begin."""
    return {
        "__typename": "Query",
        "viewer": {"__typename": "User", "login": login},
        "rateLimit": _allowance(world),
        "repository": lambda given: _repository(world, given),
        "node": lambda given: pull_node(world, *pull_of(world, given.get("id"))),
    }


def pull_of(world: World, key: object) -> tuple[Repository, Issue, Pull]:
    """A pull request by its node id. Raises GraphError."""
    for repository in world.repositories.values():
        for issue in repository.issues.values():
            if issue.pull and node_id("PR", issue.id) == key:
                keep_in_step(world, repository)
                return repository, issue, issue.pull
    raise GraphError("NOT_FOUND", f"Could not resolve to a node with the global id of '{key}'")


def pull_node(world: World, repository: Repository, issue: Issue, pull: Pull) -> Node:
    """A `PullRequest`."""
    on_default = pull.base_ref == repository.default_branch
    named = named_issues(repository, issue.body or "") if on_default else []
    roots = [one for one in pull.comments if one.reply_to is None]
    return {
        "__typename": "PullRequest",
        "id": node_id("PR", issue.id),
        "fullDatabaseId": str(issue.id),
        "number": issue.number,
        "title": issue.title,
        "url": web_address(world, repository, issue),
        "state": "MERGED" if pull.merged_at else issue.state.upper(),
        "isDraft": pull.draft,
        "headRefName": pull.head_ref,
        "headRefOid": pull.head_sha,
        "baseRefName": pull.base_ref,
        "author": _actor(issue.author),
        "reviewThreads": _connection([_thread_node(repository, pull, one) for one in roots], "reviewThreads"),
        "closingIssuesReferences": _connection(
            [_issue_node(world, repository, one) for one in named], "closingIssuesReferences"
        ),
    }


def _allowance(world: World) -> Node:
    left = world.queries
    reset = rfc3339(left.reset_at)
    figures = {"limit": left.limit, "used": left.used, "remaining": left.remaining}
    return {"__typename": "RateLimit", "cost": 1, "resetAt": reset, **figures}


def _repository(world: World, given: Arguments) -> Node:
    name = f"{given.get('owner')}/{given.get('name')}"
    repository = world.by_name(name) or world.by_former_name(name)
    if repository is None:
        raise GraphError("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    keep_in_step(world, repository)
    return _repository_node(world, repository) | {
        "pullRequest": lambda given: _numbered(world, repository, given, "PullRequest"),
        "issue": lambda given: _numbered(world, repository, given, "Issue"),
    }


def _repository_node(world: World, repository: Repository) -> dict[str, object]:
    return {
        "__typename": "Repository",
        "id": node_id("R", repository.id),
        "databaseId": repository.id,
        "name": repository.name,
        "nameWithOwner": repository.full_name,
        "url": f"{world.web}/{repository.full_name}",
    }


def _numbered(world: World, repository: Repository, given: Arguments, kind: str) -> Node:
    number = given.get("number")
    try:
        if not isinstance(number, int):
            raise GraphError("INVALID", f"Could not coerce value {number!r} to Int")
        if kind == "PullRequest":
            return pull_node(world, repository, *find_pull(repository, number))
        return _issue_node(world, repository, find_issue(repository, number))
    except RejectedError as none:
        raise GraphError("NOT_FOUND", f"Could not resolve to a {kind} with the number of {number}.") from none


def _issue_node(world: World, repository: Repository, issue: Issue) -> Node:
    return {
        "__typename": "Issue",
        "id": node_id("I", issue.id),
        "databaseId": issue.id,
        "number": issue.number,
        "title": issue.title,
        "state": issue.state.upper(),
        "url": web_address(world, repository, issue),
        "repository": _repository_node(world, repository),
        "author": _actor(issue.author),
        "lastEditedAt": optional_time(issue.edits[-1].at) if issue.edits else None,
        "userContentEdits": _connection([_edit_node(one) for one in reversed(issue.edits)], "userContentEdits"),
    }


def _edit_node(edit: BodyEdit) -> Node:
    """A `UserContentEdit`."""
    return {"__typename": "UserContentEdit", "editedAt": rfc3339(edit.at), "editor": _actor(edit.by)}


def _thread_node(repository: Repository, pull: Pull, root: ReviewComment) -> Node:
    comments = [root, *(one for one in pull.comments if one.reply_to == root.id)]
    line = root.line and line_later(repository.bare, root.sha, pull.head_sha, root.path, root.line)
    return {
        "__typename": "PullRequestReviewThread",
        "id": node_id("PRRT", root.id),
        "isResolved": root.resolved_by is not None,
        "isOutdated": root.line is not None and line is None,
        "resolvedBy": _actor(root.resolved_by),
        "path": root.path,
        "line": line,
        "originalLine": root.line,
        "comments": _connection([_comment_node(one, pull) for one in comments], "comments"),
    }


def _comment_node(comment: ReviewComment, pull: Pull) -> Node:
    return {
        "__typename": "PullRequestReviewComment",
        "id": node_id("PRRC", comment.id),
        "databaseId": comment.id,
        "fullDatabaseId": str(comment.id),
        "body": comment.body,
        "path": comment.path,
        "author": _actor(comment.author),
        "createdAt": rfc3339(comment.created_at),
        "commit": {"__typename": "Commit", "oid": pull.head_sha},
        "originalCommit": {"__typename": "Commit", "oid": comment.sha},
    }


def _actor(login: str | None) -> Node | None:
    """An `Actor`: a bot's login is without the end that REST gives it."""
    if login is None:
        return None
    name = login.removesuffix("[bot]")
    return {"__typename": "Bot" if name != login else "User", "login": name}


def _connection(nodes: Sequence[Node], name: str) -> Callable[[Arguments], Node]:
    """A list that is asked for in pages: `first` and `after`, or `last`; at most a hundred at a time."""

    def page(given: Arguments) -> Node:
        first, last = given.get("first"), given.get("last")
        size = first or last
        if not isinstance(size, int):
            message = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
            raise GraphError("MISSING_PAGINATION_BOUNDARIES", message)
        if not 0 < size <= 100:
            message = f"Requesting {size} records on the `{name}` connection exceeds the `first` limit of 100 records."
            raise GraphError("EXCESSIVE_PAGINATION", message)
        start = int(str(given.get("after") or 0)) if first else max(0, len(nodes) - size)
        return _page(nodes, start, start + size)

    return page


def _page(nodes: Sequence[Node], start: int, end: int) -> Node:
    cut = nodes[start:end]
    ends = {
        "__typename": "PageInfo",
        "hasNextPage": end < len(nodes),
        "hasPreviousPage": start > 0,
        "startCursor": str(start) if cut else None,
        "endCursor": str(start + len(cut)) if cut else None,
    }
    edges = [{"__typename": "Edge", "node": one, "cursor": str(start + at + 1)} for at, one in enumerate(cut)]
    return {"__typename": "Connection", "nodes": cut, "edges": edges, "pageInfo": ends, "totalCount": len(nodes)}
