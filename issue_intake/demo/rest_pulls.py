"""The REST calls on pull requests."""

from __future__ import annotations

from issue_intake.demo.call import RepositoryCall
from issue_intake.demo.diffs import changed_files
from issue_intake.demo.issues import Draft, find_issue
from issue_intake.demo.merging import Merge, merge_pull
from issue_intake.demo.model import Issue, Pull
from issue_intake.demo.pull_body import file_body, pull_body, simple_pull_body
from issue_intake.demo.pulls import NewPull, find_pull, keep_in_step, matching_pulls, open_pull
from issue_intake.demo.rest_issues import change_state, change_text
from issue_intake.demo.wire import (
    BODY_LIMIT,
    TITLE_LIMIT,
    Json,
    RejectedError,
    Reply,
    forbidden_change,
    invalid,
    json_reply,
    not_found,
    text_field,
)


def list_pulls(call: RepositoryCall) -> Reply:
    """GET /pulls."""
    keep_in_step(call.world, call.repository)
    rows, link = call.page(matching_pulls(call.repository, call.request.query))
    return json_reply([simple_pull_body(call.world, call.repository, *row) for row in rows]).with_headers(link)


def post_pull(call: RepositoryCall) -> Reply:
    """POST /pulls."""
    issue, pull = open_pull(call.world, call.repository, _new_pull(call))
    body = pull_body(call.world, call.repository, issue, pull)
    return json_reply(body, 201, location=body["url"])


def get_pull(call: RepositoryCall) -> Reply:
    """GET /pulls/{n}."""
    keep_in_step(call.world, call.repository)
    issue, pull = asked_pull(call)
    body = pull_body(call.world, call.repository, issue, pull)
    pull.unsettled = max(0, pull.unsettled - 1)
    return json_reply(body)


def patch_pull(call: RepositoryCall) -> Reply:
    """PATCH /pulls/{n}: title, body, state. A merged one stays closed, and a draft stays one."""
    issue, pull = asked_pull(call)
    fields = call.request.fields()
    if pull.merged_at and fields.get("state") == "open":
        raise forbidden_change("PullRequest", "state cannot be changed. The pull request cannot be reopened.")
    change_text(call, issue, fields, "PullRequest")
    change_state(call, issue, fields)
    issue.updated_at = call.world.now()
    return json_reply(pull_body(call.world, call.repository, issue, pull))


def is_merged(call: RepositoryCall) -> Reply:
    """GET /pulls/{n}/merge: 204 when it was merged, 404 when not."""
    keep_in_step(call.world, call.repository)
    if asked_pull(call)[1].merged_at is None:
        raise not_found()
    return Reply(status=204)


def put_merge(call: RepositoryCall) -> Reply:
    """PUT /pulls/{n}/merge."""
    fields = call.request.fields()
    how = Merge(
        by=call.token.login,
        sha=text_field(fields, "sha", "PullRequest", 64),
        method=text_field(fields, "merge_method", "PullRequest", 64) or "merge",
        title=text_field(fields, "commit_title", "PullRequest", BODY_LIMIT),
        message=text_field(fields, "commit_message", "PullRequest", BODY_LIMIT),
    )
    sha = merge_pull(call.world, call.repository, call.number(), how)
    return json_reply({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


def list_files(call: RepositoryCall) -> Reply:
    """GET /pulls/{n}/files."""
    keep_in_step(call.world, call.repository)
    _, pull = asked_pull(call)
    files, link = call.page(changed_files(call.repository.bare, pull.base_sha, pull.head_sha))
    return json_reply([file_body(call.world, call.repository, pull, one) for one in files]).with_headers(link)


def asked_pull(call: RepositoryCall) -> tuple[Issue, Pull]:
    """The pull request that the path names."""
    number = call.number()
    find_issue(call.repository, number)
    return find_pull(call.repository, number)


def _new_pull(call: RepositoryCall) -> NewPull:
    fields = call.request.fields()
    draft = Draft(
        title=_required(fields, "title", TITLE_LIMIT),
        body=text_field(fields, "body", "PullRequest", BODY_LIMIT),
        author=call.token.login,
    )
    is_draft = fields.get("draft", False)
    if not isinstance(is_draft, bool):
        raise RejectedError(422, f"Invalid request.\n\nFor 'properties/draft', {is_draft!r} is not a boolean.")
    head, base = _required(fields, "head", BODY_LIMIT), _required(fields, "base", BODY_LIMIT)
    return NewPull(draft=draft, head=head, base=base, is_draft=is_draft)


def _required(fields: Json, name: str, limit: int) -> str:
    value = text_field(fields, name, "PullRequest", limit)
    if not value:
        raise invalid("PullRequest", name, "missing_field")
    return value
