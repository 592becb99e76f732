"""The REST calls on reviews, their comments, and who may write."""

from __future__ import annotations

from issue_intake.demo.bodies import rfc3339, user_body
from issue_intake.demo.call import RepositoryCall
from issue_intake.demo.checks import commit_of
from issue_intake.demo.model import Issue, Pull
from issue_intake.demo.people import permission, role
from issue_intake.demo.pulls import keep_in_step
from issue_intake.demo.rest_pulls import asked_pull
from issue_intake.demo.review_body import review_body, review_comment_body
from issue_intake.demo.reviews import (
    NewReview,
    Remark,
    add_review,
    find_review,
    find_thread,
    reply,
    unprocessable,
    unresolvable,
)
from issue_intake.demo.verdicts import ReviewComment
from issue_intake.demo.wire import (
    BODY_LIMIT,
    Json,
    RejectedError,
    Reply,
    forbidden_change,
    invalid,
    json_reply,
    not_found,
    text_field,
)

_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def list_reviews(call: RepositoryCall) -> Reply:
    """GET /pulls/{n}/reviews, the oldest first."""
    issue, pull = _asked(call)
    rows, link = call.page(pull.reviews)
    return json_reply([review_body(call.world, call.repository, issue, one) for one in rows]).with_headers(link)


def get_review(call: RepositoryCall) -> Reply:
    """GET /pulls/{n}/reviews/{id}."""
    issue, pull = _asked(call)
    return json_reply(review_body(call.world, call.repository, issue, find_review(pull, call.number("review"))))


def post_review(call: RepositoryCall) -> Reply:
    """POST /pulls/{n}/reviews. A review without `event` would stay pending and is not known here."""
    (issue, pull), fields = _asked(call), call.request.fields()
    event = fields.get("event")
    if event not in _STATES:
        raise unprocessable("Variable $event of type PullRequestReviewEvent was provided invalid value")
    new = NewReview(
        author=call.token.login,
        state=_STATES[event],
        body=text_field(fields, "body", "PullRequestReview", BODY_LIMIT) or "",
        sha=_commit(call, fields),
        remarks=tuple(_remark(one) for one in fields.get("comments", [])),
    )
    review = add_review(call.world, call.repository, issue, pull, new)
    return json_reply(review_body(call.world, call.repository, issue, review))


def list_review_comments(call: RepositoryCall) -> Reply:
    """GET /pulls/{n}/comments, by id or by `sort` (created, updated) and `direction`."""
    issue, pull = _asked(call)
    rows, link = call.page(_in_order(call, pull))
    bodies = [review_comment_body(call.world, call.repository, issue, pull, one) for one in rows]
    return json_reply(bodies).with_headers(link)


def get_review_comment(call: RepositoryCall) -> Reply:
    """GET /pulls/comments/{id}."""
    keep_in_step(call.world, call.repository)
    key = call.number("comment")
    for issue in call.repository.issues.values():
        for comment in issue.pull.comments if issue.pull else ():
            if comment.id == key and issue.pull:
                return json_reply(review_comment_body(call.world, call.repository, issue, issue.pull, comment))
    raise not_found()


def post_review_comment(call: RepositoryCall) -> Reply:
    """POST /pulls/{n}/comments: a review of one comment, or an answer to `in_reply_to`."""
    (issue, pull), fields = _asked(call), call.request.fields()
    if fields.get("in_reply_to") is not None:
        return _answer(call, issue, pull, find_thread(pull, int(fields["in_reply_to"])))
    sha = _commit(call, fields)
    if sha is None:
        raise invalid("PullRequestReviewComment", "commit_id", "missing_field")
    remark = _remark(fields)
    wrong = unresolvable(call.repository, pull, sha, remark)
    if wrong:
        name = f"pull_request_review_thread.{wrong}"
        raise forbidden_change("PullRequestReviewComment", f"{name} must be part of the diff", field=name)
    new = NewReview(author=call.token.login, state="COMMENTED", sha=sha, remarks=(remark,))
    add_review(call.world, call.repository, issue, pull, new)
    return _made(call, issue, pull, pull.comments[-1])


def post_reply(call: RepositoryCall) -> Reply:
    """POST /pulls/{n}/comments/{id}/replies; only a thread's first comment is answered."""
    issue, pull = _asked(call)
    root = find_thread(pull, call.number("comment"))
    if root.id != call.number("comment"):
        raise not_found()
    return _answer(call, issue, pull, root)


def get_permission(call: RepositoryCall) -> Reply:
    """GET /collaborators/{login}/permission: 404 for an account that nobody has heard of."""
    login = call.names["login"]
    if not call.token.write:
        raise RejectedError(403, "Must have push access to view collaborator permission.")
    if login.lower() not in call.world.user_ids:
        raise RejectedError(404, f"{login} is not a user")
    found = role(call.world, call.repository, login)
    user = user_body(call.world, login) | {"role_name": found}
    body = {"permission": permission(call.world, call.repository, login), "role_name": found, "user": user}
    return json_reply(body)


def _asked(call: RepositoryCall) -> tuple[Issue, Pull]:
    keep_in_step(call.world, call.repository)
    return asked_pull(call)


def _answer(call: RepositoryCall, issue: Issue, pull: Pull, root: ReviewComment) -> Reply:
    text = _text(call.request.fields())
    return _made(call, issue, pull, reply(call.world, issue, pull, root, author=call.token.login, text=text))


def _made(call: RepositoryCall, issue: Issue, pull: Pull, comment: ReviewComment) -> Reply:
    body = review_comment_body(call.world, call.repository, issue, pull, comment)
    return json_reply(body, 201, location=body["url"])


def _in_order(call: RepositoryCall, pull: Pull) -> list[ReviewComment]:
    query = call.request.query
    found = [one for one in pull.comments if rfc3339(one.updated_at) >= query.get("since", "")]
    if query.get("sort") == "updated":
        found.sort(key=lambda one: (one.updated_at, one.id))
    return found[::-1] if query.get("sort") and query.get("direction") == "desc" else found


def _commit(call: RepositoryCall, fields: Json) -> str | None:
    named = text_field(fields, "commit_id", "PullRequestReview", 64)
    sha = named and commit_of(call.repository, named)
    if named and sha is None:
        raise unprocessable("Commit is not part of the pull request")
    return sha or None


def _remark(fields: Json) -> Remark:
    path = text_field(fields, "path", "PullRequestReviewComment", BODY_LIMIT)
    line = fields.get("line")
    if not path or (line is None and fields.get("subject_type") != "file"):
        raise invalid("PullRequestReviewComment", "line" if path else "path", "missing_field")
    return Remark(path=path, line=line, text=_text(fields))


def _text(fields: Json) -> str:
    text = text_field(fields, "body", "PullRequestReviewComment", BODY_LIMIT)
    if not text or not text.strip():
        raise invalid("PullRequestReviewComment", "body", "missing_field")
    return text
