"""What happened to an issue or pull request, in order, as its list of events and its timeline tell it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from issue_intake.demo.bodies import (
    comment_body,
    node_id,
    optional_user,
    repository_address,
    rfc3339,
    user_body,
)
from issue_intake.demo.model import Issue, Repository
from issue_intake.demo.review_body import review_body
from issue_intake.demo.verdicts import Event
from issue_intake.demo.wire import Json
from issue_intake.demo.world import World


def note(
    world: World,
    issue: Issue,
    kind: str,
    *,
    by: str | None,
    detail: tuple[str, ...] = (),
    commit: str | None = None,
) -> None:
    """Remember that `kind` happened to an issue right now."""
    world.meet(by)
    at = issue.updated_at = world.now()
    issue.events.append(Event(id=world.next_id(), kind=kind, actor=by, at=at, detail=detail, commit=commit))


def event_body(world: World, repository: Repository, event: Event) -> Json:
    """An `issue-event-for-issue`."""
    base = repository_address(world, repository)
    return {
        "id": event.id,
        "node_id": node_id("EV", event.id),
        "url": f"{base}/issues/events/{event.id}",
        "actor": optional_user(world, event.actor),
        "event": event.kind,
        "commit_id": event.commit,
        "commit_url": f"{base}/commits/{event.commit}" if event.commit else None,
        "created_at": rfc3339(event.at),
        "performed_via_github_app": None,
        **_detail(world, repository, event),
    }


def timeline(world: World, repository: Repository, issue: Issue) -> list[Json]:
    """Events, comments and reviews together, the oldest first."""
    rows = sorted(_moments(world, repository, issue), key=lambda row: row[:2])
    return [body for _, _, body in rows]


def _moments(world: World, repository: Repository, issue: Issue) -> Iterator[tuple[datetime, int, Json]]:
    for event in issue.events:
        yield event.at, event.id, event_body(world, repository, event)
    for comment in issue.comments:
        body = comment_body(world, repository, issue, comment)
        yield comment.created_at, comment.id, body | {"event": "commented", "actor": body["user"]}
    for review in issue.pull.reviews if issue.pull else ():
        yield review.at, review.id, review_body(world, repository, issue, review) | {"event": "reviewed"}


def _detail(world: World, repository: Repository, event: Event) -> Json:
    match event.kind:
        case "labeled" | "unlabeled":
            label = repository.labels[event.detail[0].lower()]
            return {"label": {"name": label.name, "color": label.color}}
        case "assigned" | "unassigned":
            assigner = optional_user(world, event.actor)
            return {"assignee": user_body(world, event.detail[0]), "assigner": assigner}
        case "renamed":
            return {"rename": {"from": event.detail[0], "to": event.detail[1]}}
        case _:
            return {}
