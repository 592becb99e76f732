"""JSON bodies of reviews and of the comments on lines."""

from __future__ import annotations

from issue_intake.demo.bodies import (
    association,
    node_id,
    optional_user,
    reactions,
    repository_address,
    rfc3339,
    web_address,
)
from issue_intake.demo.diffs import line_later
from issue_intake.demo.model import Issue, Pull, Repository
from issue_intake.demo.verdicts import Review, ReviewComment
from issue_intake.demo.wire import Json
from issue_intake.demo.world import World


def review_body(world: World, repository: Repository, issue: Issue, review: Review) -> Json:
    """A `pull-request-review`."""
    pull = f"{repository_address(world, repository)}/pulls/{issue.number}"
    web = f"{web_address(world, repository, issue)}#pullrequestreview-{review.id}"
    return {
        "id": review.id,
        "node_id": node_id("PRR", review.id),
        "user": optional_user(world, review.author),
        "body": review.body,
        "state": review.state,
        "html_url": web,
        "pull_request_url": pull,
        "author_association": association(repository, review.author),
        "_links": {"html": {"href": web}, "pull_request": {"href": pull}},
        "submitted_at": rfc3339(review.at),
        "commit_id": review.sha,
    }


def review_comment_body(world: World, repository: Repository, issue: Issue, pull: Pull, comment: ReviewComment) -> Json:
    """A `pull-request-review-comment`. As on GitHub, one whose line was changed since has a null `line`."""
    base = repository_address(world, repository)
    address, pull_address = f"{base}/pulls/comments/{comment.id}", f"{base}/pulls/{issue.number}"
    web = f"{web_address(world, repository, issue)}#discussion_r{comment.id}"
    links = {"self": address, "html": web, "pull_request": pull_address}
    return {
        "id": comment.id,
        "node_id": node_id("PRRC", comment.id),
        "url": address,
        "html_url": web,
        "pull_request_url": pull_address,
        "pull_request_review_id": comment.review,
        "diff_hunk": comment.hunk,
        "path": comment.path,
        "commit_id": pull.head_sha,
        "original_commit_id": comment.sha,
        "user": optional_user(world, comment.author),
        "body": comment.body,
        "created_at": rfc3339(comment.created_at),
        "updated_at": rfc3339(comment.updated_at),
        "author_association": association(repository, comment.author),
        "_links": {name: {"href": target} for name, target in links.items()},
        "reactions": reactions(address),
        **_place(repository, pull, comment),
        **({"in_reply_to_id": comment.reply_to} if comment.reply_to else {}),
    }


def _place(repository: Repository, pull: Pull, comment: ReviewComment) -> Json:
    if comment.line is None:
        return {"subject_type": "file", "line": None, "original_line": None, "position": 1, "original_position": 1}
    now = line_later(repository.bare, comment.sha, pull.head_sha, comment.path, comment.line)
    # a position counts lines of the hunk; nothing reads it any more, but it tells by null that the line is gone
    return {
        "subject_type": "line",
        "side": "RIGHT",
        "start_side": None,
        "start_line": None,
        "original_start_line": None,
        "line": now,
        "original_line": comment.line,
        "position": 1 if now else None,
        "original_position": 1,
    }
