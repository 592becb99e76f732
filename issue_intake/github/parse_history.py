"""What was done to an issue into the records of the core. What counts and cannot be read raises ValueError."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast, get_args

from issue_intake.core.authors import Act, ActKind, Edit
from issue_intake.github import fields
from issue_intake.github.fields import Row

_KINDS = frozenset(get_args(ActKind))
_BOT = "[bot]"


def acts(rows: Iterable[object]) -> tuple[Act, ...]:
    """What of a timeline counts, the oldest first; a row that moved between pages comes once.

    One that does not say what it is may be any, a change of the title as well: it raises ValueError.
    """
    events = [row for row in map(fields.an_object, rows) if fields.text(row, "event") in _KINDS]
    found = {fields.positive(event, "id"): _act(event) for event in events}
    return tuple(act for _, act in sorted(found.items(), key=lambda item: (item[1].at, item[0])))


def edits(row: Row) -> tuple[Edit, ...]:
    """A page of the edits of an issue's body."""
    return tuple(_edits(row))


def next_edits(row: Row) -> str | None:
    """Where the next page begins."""
    page = fields.some_object(fields.some_object(row.get("userContentEdits")).get("pageInfo"))
    return fields.text(page, "endCursor") if page.get("hasNextPage") is True else None


def whole(found: tuple[Edit, ...], row: Row) -> tuple[Edit, ...]:
    """All edits, the oldest first. One that is known of and not told may be anybody's."""
    if row.get("lastEditedAt") is not None:
        last = fields.time(row.get("lastEditedAt"))
        found = found if any(edit.at >= last for edit in found) else (*found, Edit(by=None, at=last))
    oldest_first = found[::-1]
    return tuple(sorted(oldest_first, key=lambda edit: edit.at))


def _act(event: Row) -> Act:
    kind = cast("ActKind", event.get("event"))
    actor, at = fields.login(event.get("actor")), fields.time(event.get("created_at"))
    return Act(kind=kind, by=actor, at=at, about=_about(kind, event))


def _about(kind: ActKind, event: Row) -> str:
    match kind:
        case "labeled" | "unlabeled":
            return fields.text(fields.an_object(event.get("label")), "name")
        case "assigned" | "unassigned":
            return fields.login(event.get("assignee")) or ""
        case "renamed":
            return ""


def _edits(row: Row) -> Iterator[Edit]:
    if "lastEditedAt" not in row:
        raise ValueError("no lastEditedAt")
    connection = row.get("userContentEdits")
    if connection is None and row.get("lastEditedAt") is None:
        return
    nodes = fields.an_object(connection).get("nodes")
    if not isinstance(nodes, list):
        raise ValueError("no edits")
    for node in map(fields.an_object, nodes):
        yield Edit(by=_editor(node.get("editor")), at=fields.time(node.get("editedAt")))


def _editor(editor: object) -> str | None:
    """A login as REST gives it: GraphQL tells a bot by its kind alone. Of other kinds the login is no account's."""
    login = fields.login(editor)
    match fields.some_object(editor).get("__typename"):
        case "User":
            return login
        case "Bot":
            return login and login.removesuffix(_BOT) + _BOT
        case _:
            return None
