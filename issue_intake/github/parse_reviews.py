"""What is known of an open pull request into the records of the core, without what has to be asked for apart."""

from __future__ import annotations

from collections.abc import Iterable

from issue_intake.core.review import Comment, MergeLabel, PullFacts, Review, ReviewState
from issue_intake.core.text import one_line
from issue_intake.github import fields, parse

_PATH = 1000
_STATES: dict[str | None, ReviewState] = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes_requested",
    "COMMENTED": "commented",
    "DISMISSED": "dismissed",
}


def facts(row: object) -> PullFacts:
    """A pull request as its own answer tells it, of nobody known and without any part."""
    row = fields.an_object(row)
    base = fields.an_object(row.get("base"))
    mergeable = row.get("mergeable")
    return PullFacts(
        pull=parse.pull(row),
        base=fields.text(base, "ref"),
        base_sha=fields.some_text(base.get("sha")),
        mergeable=mergeable if isinstance(mergeable, bool) else None,
        merge_state=one_line(fields.some_text(row.get("mergeable_state")) or "unknown"),
        author=fields.login(row.get("user")),
        own=False,
        labels=parse.labels(row),
    )


def review(row: object) -> Review | None:
    """A review, None for one that its author has not submitted yet."""
    row = fields.an_object(row)
    if row.get("state") == "PENDING":
        return None
    state = _STATES.get(fields.some_text(row.get("state")))
    if state is None:
        raise ValueError(f"no review's state: {one_line(str(row.get('state')), 40)}")
    return Review(
        id=fields.positive(row, "id"),
        author=fields.login(row.get("user")),
        state=state,
        text=fields.body(row.get("body")),
        sha=fields.some_text(row.get("commit_id")),
        at=fields.time(row.get("submitted_at")),
        url=fields.some_url(row.get("html_url")),
    )


def comment(row: object) -> Comment:
    """A comment on a line or a file. Its `commit_id` moves with the branch, the original one does not."""
    row = fields.an_object(row)
    number = fields.positive(row, "id")
    return Comment(
        id=number,
        thread=fields.some_id(row.get("in_reply_to_id")) or number,
        author=fields.login(row.get("user")),
        path=one_line(fields.text(row, "path"), _PATH),
        line=fields.some_id(row.get("line")),
        text=fields.body(row.get("body")),
        sha=fields.some_text(row.get("original_commit_id")),
        at=fields.time(row.get("created_at")),
        url=fields.some_url(row.get("html_url")),
    )


def labelled(events: Iterable[object], label: str) -> MergeLabel | None:
    """Who set `label` last, and when; None where no event tells."""
    settings = (event for event in map(fields.some_object, events) if _sets(event, label))
    found = [
        MergeLabel(by=fields.login(e.get("actor")), at=fields.time(e.get("created_at")), steers=None) for e in settings
    ]
    return sorted(found, key=lambda one: one.at)[-1] if found else None


def _sets(event: fields.Row, label: str) -> bool:
    name = fields.some_object(event.get("label")).get("name")
    return event.get("event") == "labeled" and isinstance(name, str) and name.casefold() == label.casefold()
