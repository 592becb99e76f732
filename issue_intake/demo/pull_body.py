"""The JSON body of a pull request: `pull-request-simple` in lists, `pull-request` on its own."""

from __future__ import annotations

from urllib.parse import quote

from issue_intake.demo.bodies import (
    common_body,
    optional_time,
    optional_user,
    repository_address,
    user_body,
    web_address,
)
from issue_intake.demo.diffs import FileChange
from issue_intake.demo.mergeability import can_merge, merge_state
from issue_intake.demo.model import Issue, Pull, Repository
from issue_intake.demo.repository_body import repository_body
from issue_intake.demo.wire import Json
from issue_intake.demo.world import World


def simple_pull_body(world: World, repository: Repository, issue: Issue, pull: Pull) -> Json:
    """A `pull-request-simple`."""
    base, web = repository_address(world, repository), web_address(world, repository, issue)
    addresses = _addresses(base, issue.number, pull.head_sha)
    return {
        **common_body(world, repository, issue),
        **addresses,
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "merged_at": optional_time(pull.merged_at),
        "merge_commit_sha": pull.merge_sha,
        "requested_reviewers": [],
        "requested_teams": [],
        "draft": pull.draft,
        "auto_merge": None,
        "head": _head(world, pull),
        "base": _end(world, repository.owner, pull.base_ref, pull.base_sha, repository),
        "_links": _links(addresses, web),
    }


def pull_body(world: World, repository: Repository, issue: Issue, pull: Pull) -> Json:
    """A `pull-request`: also whether it was or can be merged, and how much it changes."""
    known = issue.state == "open" and not pull.unsettled
    mergeable = can_merge(repository, pull) if known else None
    return simple_pull_body(world, repository, issue, pull) | {
        "merged": pull.merged_at is not None,
        "merged_by": optional_user(world, pull.merged_by),
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": merge_state(world, repository, issue, mergeable=mergeable),
        "comments": len(issue.comments),
        "review_comments": len(pull.comments),
        "maintainer_can_modify": False,
        **_size(repository, pull),
    }


def file_body(world: World, repository: Repository, pull: Pull, file: FileChange) -> Json:
    """A `diff-entry`."""
    base, web = repository_address(world, repository), f"{world.web}/{repository.full_name}"
    path = quote(file.path)
    body = {
        "sha": file.sha,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{web}/blob/{pull.head_sha}/{path}",
        "raw_url": f"{web}/raw/{pull.head_sha}/{path}",
        "contents_url": f"{base}/contents/{path}?ref={pull.head_sha}",
    }
    more = {"patch": file.patch, "previous_filename": file.former}
    return body | {name: value for name, value in more.items() if value}


def _size(repository: Repository, pull: Pull) -> Json:
    changes = repository.bare.changes(pull.base_sha, pull.head_sha)
    return {
        "commits": changes.commits,
        "additions": changes.additions,
        "deletions": changes.deletions,
        "changed_files": changes.files,
    }


def _head(world: World, pull: Pull) -> Json:
    """A head whose repository was deleted has a null `repo`."""
    return _end(world, pull.source_owner, pull.head_ref, pull.head_sha, world.repositories.get(pull.source))


def _end(world: World, owner: str, ref: str, sha: str, repository: Repository | None) -> Json:
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user_body(world, owner),
        "repo": repository_body(world, repository) if repository else None,
    }


def _addresses(base: str, number: int, sha: str) -> dict[str, str]:
    address, issue = f"{base}/pulls/{number}", f"{base}/issues/{number}"
    return {
        "url": address,
        "issue_url": issue,
        "commits_url": f"{address}/commits",
        "review_comments_url": f"{address}/comments",
        "review_comment_url": f"{base}/pulls/comments{{/number}}",
        "comments_url": f"{issue}/comments",
        "statuses_url": f"{base}/statuses/{sha}",
    }


def _links(addresses: dict[str, str], web: str) -> Json:
    named = {"self": addresses["url"], "html": web} | {
        name: addresses[f"{name}_url"]
        for name in ("issue", "comments", "review_comments", "review_comment", "commits", "statuses")
    }
    return {name: {"href": address} for name, address in named.items()}
