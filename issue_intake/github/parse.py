"""GitHub's JSON into the records of the core: lenient where GitHub breaks its own description, strict in what is used.

A null user is a deleted account, a null body an empty one, a null head repository a deleted fork. A row that lacks what
is needed raises ValueError.
"""

from __future__ import annotations

import re
from typing import Literal

from issue_intake.core.model import Issue, Pull, Repository
from issue_intake.core.text import one_line
from issue_intake.github import fields
from issue_intake.github.fields import Row

_PULL = re.compile(r"/pull/\d+$")
_TITLE = 256  # GitHub's own limit, in characters


def issue(row: object) -> Issue:
    """An issue from a row of a list or an answer of its own."""
    row = fields.an_object(row)
    created = fields.time(row.get("created_at"))
    return Issue(
        number=fields.positive(row, "number"),
        id=fields.positive(row, "id"),
        title=one_line(fields.text(row, "title"), _TITLE),
        body=fields.body(row.get("body")),
        url=fields.url(row),
        state=_state(row),
        labels=_all_labels(row),
        assignees=_assignees(row),
        author=fields.login(row.get("user")),
        created_at=created,
        updated_at=fields.time(row["updated_at"]) if row.get("updated_at") else created,
    )


def is_pull(row: object) -> bool:
    """Whether a row of the issues list is a pull request: GitHub lists both."""
    if not isinstance(row, dict):
        return False
    return row.get("pull_request") is not None or _PULL.search(str(row.get("html_url"))) is not None


def labels(row: Row) -> tuple[str, ...]:
    """The names of a row's labels, which are objects or plain strings."""
    found = row.get("labels")
    names = (entry.get("name") if isinstance(entry, dict) else entry for entry in fields.some_list(found))
    return tuple(fields.clean(name) for name in names if isinstance(name, str))


def repository(row: object) -> Repository:
    """A repository."""
    row = fields.an_object(row)
    return Repository(
        id=fields.positive(row, "id"),
        name=_full_name(row),
        default_branch=fields.text(row, "default_branch"),
        private=row.get("private") is True,
    )


def pull(row: object) -> Pull:
    """A pull request from a row of a list or an answer of its own."""
    row = fields.an_object(row)
    head = fields.an_object(row.get("head"))
    sha = head.get("sha")
    return Pull(
        number=fields.positive(row, "number"),
        url=fields.url(row),
        state="merged" if row.get("merged_at") or row.get("merged") is True else _state(row),
        branch=fields.text(head, "ref"),
        head_sha=fields.clean(sha) if isinstance(sha, str) else None,
        draft=row.get("draft") is True,
    )


def head(row: object) -> tuple[str | None, int | None]:
    """The branch of a pull request and the id of the repository it lies in; None for what is not said."""
    found = row.get("head") if isinstance(row, dict) else None
    if not isinstance(found, dict):
        return None, None
    ref, repo = found.get("ref"), found.get("repo")
    repo_id = repo.get("id") if isinstance(repo, dict) else None
    return ref if isinstance(ref, str) else None, repo_id if isinstance(repo_id, int) else None


def _state(row: Row) -> Literal["open", "closed"]:
    match row.get("state"):
        case "open":
            return "open"
        case "closed":
            return "closed"
    raise ValueError("no state")


def _full_name(row: Row) -> str:
    name = fields.text(row, "full_name")
    owner, slash, rest = name.partition("/")
    if not (owner and slash and rest) or "/" in rest:
        raise ValueError("no full_name")
    return name


def _all_labels(row: Row) -> tuple[str, ...]:
    """As `labels`, but raises ValueError where one is not understood: it may be what keeps the issue from intake."""
    found, names = row.get("labels"), labels(row)
    if not isinstance(found, list) or len(names) != len(found):
        raise ValueError("a label without a name")
    return names


def _assignees(row: Row) -> tuple[str, ...]:
    """Every assignee; very old servers give the single `assignee` alone. Nobody is only who is said to be nobody."""
    found = row.get("assignees")
    users = found if isinstance(found, list) else [row["assignee"]] if row.get("assignee") is not None else None
    if users is None and ("assignees" in row or "assignee" not in row):
        raise ValueError("no assignees")
    logins = tuple(login for user in users or () if (login := fields.login(user)))
    if len(logins) != len(users or ()):
        raise ValueError("an assignee without a login")
    return logins
