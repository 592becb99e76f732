"""What happens to issues: found, filtered, made, changed. Raises RejectedError where GitHub would refuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from issue_intake.core.record import record
from issue_intake.demo.bodies import rfc3339
from issue_intake.demo.events import note
from issue_intake.demo.model import BodyEdit, Comment, Issue, Label, Repository, State
from issue_intake.demo.wire import RejectedError, forbidden_change, not_found
from issue_intake.demo.world import World


@record
class Draft:
    """A new issue's first content. `author` None is an account that was deleted since."""

    title: str
    body: str | None = None
    author: str | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    created_at: datetime | None = None


def find_issue(repository: Repository, number: int) -> Issue:
    """An issue or pull request by its number; 410 for a deleted one, 404 for none."""
    if number in repository.deleted:
        raise RejectedError(410, "This issue was deleted")
    if number not in repository.issues:
        raise not_found()
    return repository.issues[number]


def matching_issues(repository: Repository, query: Mapping[str, str]) -> list[Issue]:
    """The rows a query of the issues list asks for, pull requests among them, in its order."""
    wanted = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
    rows = [
        issue
        for issue in repository.issues.values()
        if query.get("state", "open") in {issue.state, "all"}
        and wanted <= {name.lower() for name in issue.labels}
        and _assigned(issue, query.get("assignee"))
        and query.get("creator", issue.author or "").lower() == (issue.author or "").lower()
        and rfc3339(issue.updated_at) >= query.get("since", "")
    ]
    return in_order(rows, query)


def in_order(rows: Iterable[Issue], query: Mapping[str, str]) -> list[Issue]:
    """Rows by `sort` (created, updated, comments) and `direction`, newest first unless asked otherwise."""
    keys = {
        "updated": lambda issue: (issue.updated_at, issue.number),
        "comments": lambda issue: (len(issue.comments), issue.number),
    }
    key = keys.get(query.get("sort", ""), lambda issue: (issue.created_at, issue.number))
    return sorted(rows, key=key, reverse=query.get("direction") != "asc")


def create_issue(world: World, repository: Repository, draft: Draft) -> Issue:
    """A new issue with the next number; labels it names are made where they do not exist."""
    world.meet(draft.author)
    repository.numbers += 1
    moment = draft.created_at or world.now()
    issue = Issue(
        id=world.next_id(),
        number=repository.numbers,
        title=draft.title,
        body=draft.body,
        author=draft.author,
        created_at=moment,
        updated_at=moment,
    )
    set_labels(world, repository, issue, draft.labels, by=draft.author)
    set_assignees(world, issue, draft.assignees, by=draft.author)
    issue.updated_at = moment
    repository.issues[issue.number] = issue
    return issue


def transfer(world: World, repository: Repository, number: int, target: Repository | None) -> int | None:
    """Move an issue to another repository; returns its number there, None where nobody here may see it."""
    issue = repository.issues.pop(number)
    if target is None:
        repository.transferred[number] = None
        return None
    target.numbers += 1
    issue.id, issue.number = world.next_id(), target.numbers
    for name in issue.labels:
        ensure_label(world, target, name)
    target.issues[issue.number] = issue
    repository.transferred[number] = (target.id, issue.number)
    return issue.number


def set_state(
    world: World, issue: Issue, state: State, *, by: str | None, reason: str | None = None, commit: str | None = None
) -> None:
    """Close or reopen; doing it again changes nothing. `commit`: the one that closed it."""
    if issue.state == state:
        return
    closed = state == "closed"
    issue.state = state
    issue.state_reason = (reason or "completed" if closed else "reopened") if issue.pull is None else None
    issue.closed_at, issue.closed_by = (world.now(), by) if closed else (None, None)
    note(world, issue, "closed" if closed else "reopened", by=by, commit=commit)


def set_title(world: World, issue: Issue, title: str, *, by: str | None) -> None:
    """Give it another title."""
    if title != issue.title:
        note(world, issue, "renamed", by=by, detail=(issue.title, title))
        issue.title = title


def set_body(world: World, issue: Issue, body: str | None, *, by: str | None) -> None:
    """Give it another body; with the first change its author's version is on record as well."""
    before, issue.body = issue.body, body
    if (body or "") == (before or ""):
        return
    world.meet(by)
    now = issue.updated_at = world.now()
    first = [] if issue.edits else [BodyEdit(by=issue.author, at=issue.created_at)]
    issue.edits += [*first, BodyEdit(by=by, at=now)]


def set_labels(world: World, repository: Repository, issue: Issue, names: Iterable[str], *, by: str | None) -> None:
    """Replace an issue's labels; each once, whatever its case."""
    by_name = {label.name.lower(): label.name for label in (ensure_label(world, repository, name) for name in names)}
    before, issue.labels = issue.labels, list(by_name.values())
    _note_difference(world, issue, ("labeled", "unlabeled"), (before, issue.labels), by)


def set_assignees(world: World, issue: Issue, logins: Iterable[str], *, by: str | None) -> None:
    """Replace an issue's assignees."""
    before, issue.assignees = issue.assignees, list(logins)
    _note_difference(world, issue, ("assigned", "unassigned"), (before, issue.assignees), by)


def ensure_label(world: World, repository: Repository, name: str) -> Label:
    """The label of that name, made now where there is none."""
    found = repository.labels.get(name.lower())
    return found or _add_label(repository, Label(id=world.next_id(), name=name))


def create_label(world: World, repository: Repository, name: str, color: str, description: str | None) -> Label:
    """A label nobody has made before; 422 for a name that is taken, whatever the case."""
    if name.lower() in repository.labels:
        errors = [{"resource": "Label", "code": "already_exists", "field": "name"}]
        raise RejectedError(422, "Validation Failed", errors=errors)
    if len(name) > 50:
        raise forbidden_change("Label", "name is too long (maximum is 50 characters)", field="name")
    return _add_label(repository, Label(id=world.next_id(), name=name, color=color, description=description))


def add_comment(world: World, issue: Issue, author: str | None, body: str) -> Comment:
    """A new comment at the end."""
    world.meet(author)
    now = world.now()
    comment = Comment(id=world.next_id(), author=author, body=body, created_at=now, updated_at=now)
    issue.comments.append(comment)
    issue.updated_at = now
    return comment


def find_comment(repository: Repository, key: int) -> tuple[Issue, Comment]:
    """A comment by its id, and where it stands; 404 for none."""
    for issue in repository.issues.values():
        for comment in issue.comments:
            if comment.id == key:
                return issue, comment
    raise not_found()


def _note_difference(
    world: World, issue: Issue, kinds: tuple[str, str], change: tuple[list[str], list[str]], by: str | None
) -> None:
    (gained, lost), (before, after) = kinds, change
    for name in before:
        if name not in after:
            note(world, issue, lost, by=by, detail=(name,))
    for name in after:
        if name not in before:
            note(world, issue, gained, by=by, detail=(name,))


def _add_label(repository: Repository, label: Label) -> Label:
    repository.labels[label.name.lower()] = label
    return label


def _assigned(issue: Issue, wanted: str | None) -> bool:
    if wanted is None:
        return True
    if wanted in {"*", "none"}:
        return bool(issue.assignees) == (wanted == "*")
    return wanted.lower() in {login.lower() for login in issue.assignees}
