"""The REST calls on issues, comments and labels."""

from __future__ import annotations

from issue_intake.demo.bodies import comment_body, issue_body, issue_labels, label_body
from issue_intake.demo.call import RepositoryCall
from issue_intake.demo.events import event_body, timeline
from issue_intake.demo.issues import (
    Draft,
    add_comment,
    create_issue,
    create_label,
    find_comment,
    find_issue,
    matching_issues,
    set_assignees,
    set_body,
    set_labels,
    set_state,
    set_title,
)
from issue_intake.demo.model import Issue
from issue_intake.demo.pulls import keep_in_step
from issue_intake.demo.wire import (
    BODY_LIMIT,
    TITLE_LIMIT,
    Json,
    RejectedError,
    Reply,
    invalid,
    json_reply,
    not_found,
    text_field,
)


def list_issues(call: RepositoryCall) -> Reply:
    """GET /issues: pull requests are rows too."""
    keep_in_step(call.world, call.repository)
    rows, link = call.page(matching_issues(call.repository, call.request.query), call.world.paging)
    return json_reply([issue_body(call.world, call.repository, row) for row in rows]).with_headers(link)


def post_issue(call: RepositoryCall) -> Reply:
    """POST /issues."""
    fields = call.request.fields()
    title = text_field(fields, "title", "Issue", TITLE_LIMIT)
    if not title:
        raise invalid("Issue", "title", "missing_field")
    draft = Draft(
        title=title,
        body=text_field(fields, "body", "Issue", BODY_LIMIT),
        author=call.token.login,
        labels=tuple(_names(fields, "labels")),
        assignees=tuple(_names(fields, "assignees")),
    )
    issue = create_issue(call.world, call.repository, draft)
    body = issue_body(call.world, call.repository, issue)
    return json_reply(body, 201, location=body["url"])


def get_issue(call: RepositoryCall) -> Reply:
    """GET /issues/{n}."""
    keep_in_step(call.world, call.repository)
    return json_reply(issue_body(call.world, call.repository, _issue(call)))


def patch_issue(call: RepositoryCall) -> Reply:
    """PATCH /issues/{n}: title, body, state, labels, assignees."""
    issue, fields = _issue(call), call.request.fields()
    change_text(call, issue, fields, "Issue")
    if "labels" in fields:
        _set_labels(call, issue, _names(fields, "labels"))
    if "assignees" in fields:
        set_assignees(call.world, issue, _names(fields, "assignees"), by=call.token.login)
    change_state(call, issue, fields)
    issue.updated_at = call.world.now()
    return json_reply(issue_body(call.world, call.repository, issue))


def change_text(call: RepositoryCall, issue: Issue, fields: Json, resource: str) -> None:
    """Take title and body from the fields, where given."""
    title = text_field(fields, "title", resource, TITLE_LIMIT) or issue.title
    set_title(call.world, issue, title, by=call.token.login)
    if "body" in fields:
        set_body(call.world, issue, text_field(fields, "body", resource, BODY_LIMIT), by=call.token.login)


def change_state(call: RepositoryCall, issue: Issue, fields: Json) -> None:
    """Close or reopen as the fields say."""
    state = fields.get("state")
    if state is None:
        return
    if state not in {"open", "closed"}:
        raise invalid("PullRequest" if issue.pull else "Issue", "state")
    set_state(call.world, issue, state, by=call.token.login, reason=fields.get("state_reason"))


def list_comments(call: RepositoryCall) -> Reply:
    """GET /issues/{n}/comments, the oldest first."""
    issue = _issue(call)
    comments, link = call.page(issue.comments)
    return json_reply([comment_body(call.world, call.repository, issue, one) for one in comments]).with_headers(link)


def post_comment(call: RepositoryCall) -> Reply:
    """POST /issues/{n}/comments."""
    issue = _issue(call)
    comment = add_comment(call.world, issue, call.token.login, _comment_text(call))
    body = comment_body(call.world, call.repository, issue, comment)
    return json_reply(body, 201, location=body["url"])


def get_comment(call: RepositoryCall) -> Reply:
    """GET /issues/comments/{id}."""
    issue, comment = find_comment(call.repository, call.number("comment"))
    return json_reply(comment_body(call.world, call.repository, issue, comment))


def patch_comment(call: RepositoryCall) -> Reply:
    """PATCH /issues/comments/{id}."""
    issue, comment = find_comment(call.repository, call.number("comment"))
    comment.body, comment.updated_at = _comment_text(call), call.world.now()
    return json_reply(comment_body(call.world, call.repository, issue, comment))


def list_events(call: RepositoryCall) -> Reply:
    """GET /issues/{n}/events, the oldest first."""
    keep_in_step(call.world, call.repository)
    events, link = call.page(_issue(call).events)
    return json_reply([event_body(call.world, call.repository, one) for one in events]).with_headers(link)


def list_timeline(call: RepositoryCall) -> Reply:
    """GET /issues/{n}/timeline, the oldest first."""
    keep_in_step(call.world, call.repository)
    rows, link = call.page(timeline(call.world, call.repository, _issue(call)))
    return json_reply(rows).with_headers(link)


def list_issue_labels(call: RepositoryCall) -> Reply:
    """GET /issues/{n}/labels."""
    labels, link = call.page(issue_labels(call.world, call.repository, _issue(call)))
    return json_reply(labels).with_headers(link)


def post_issue_labels(call: RepositoryCall) -> Reply:
    """POST /issues/{n}/labels: add."""
    issue = _issue(call)
    _set_labels(call, issue, [*issue.labels, *_names(call.request.fields(), "labels")])
    return json_reply(issue_labels(call.world, call.repository, _issue(call)))


def put_issue_labels(call: RepositoryCall) -> Reply:
    """PUT /issues/{n}/labels: replace."""
    _set_labels(call, _issue(call), _names(call.request.fields(), "labels"))
    return json_reply(issue_labels(call.world, call.repository, _issue(call)))


def delete_issue_label(call: RepositoryCall) -> Reply:
    """DELETE /issues/{n}/labels/{name}: 404 where the issue has no such label."""
    issue, name = _issue(call), call.names["label"].lower()
    kept = [label for label in issue.labels if label.lower() != name]
    if len(kept) == len(issue.labels):
        raise RejectedError(404, "Label does not exist")
    _set_labels(call, issue, kept)
    return json_reply(issue_labels(call.world, call.repository, _issue(call)))


def list_labels(call: RepositoryCall) -> Reply:
    """GET /labels."""
    labels, link = call.page(list(call.repository.labels.values()))
    return json_reply([label_body(call.world, call.repository, label) for label in labels]).with_headers(link)


def get_label(call: RepositoryCall) -> Reply:
    """GET /labels/{name}, whatever its case."""
    label = call.repository.labels.get(call.names["label"].lower())
    if label is None:
        raise not_found()
    return json_reply(label_body(call.world, call.repository, label))


def post_label(call: RepositoryCall) -> Reply:
    """POST /labels; `color` is six hex digits without a #."""
    fields = call.request.fields()
    name = text_field(fields, "name", "Label", BODY_LIMIT)
    color = text_field(fields, "color", "Label", BODY_LIMIT) or "ededed"
    if not name:
        raise invalid("Label", "name", "missing_field")
    if len(color) != 6 or set(color.lower()) - set("0123456789abcdef"):
        raise invalid("Label", "color")
    label = create_label(call.world, call.repository, name, color, text_field(fields, "description", "Label", 100))
    body = label_body(call.world, call.repository, label)
    return json_reply(body, 201, location=body["url"])


def _issue(call: RepositoryCall) -> Issue:
    return find_issue(call.repository, call.number())


def _set_labels(call: RepositoryCall, issue: Issue, names: list[str]) -> None:
    set_labels(call.world, call.repository, issue, names, by=call.token.login)


def _comment_text(call: RepositoryCall) -> str:
    text = text_field(call.request.fields(), "body", "IssueComment", BODY_LIMIT)
    if not text or not text.strip():
        raise invalid("IssueComment", "body", "missing_field")
    return text


def _names(fields: Json, name: str) -> list[str]:
    """Texts, or objects with a `name`, as GitHub takes labels both ways."""
    given = fields.get(name, [])
    if not isinstance(given, list):
        raise RejectedError(422, f"Invalid request.\n\nFor 'properties/{name}', {given!r} is not an array.")
    return [str(one["name"] if isinstance(one, dict) else one) for one in given]
