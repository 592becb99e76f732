"""GitHub's JSON into the records of the core: lenient where GitHub breaks its own description, strict in what is used.

A null user is a deleted account, a null body an empty one, a null head repository a deleted fork. A row that lacks what
is needed raises ValueError.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from issue_intake.core.model import Issue, Pull, Repository
from issue_intake.core.text import one_line

Row = Mapping[str, object]

_TITLE = 256  # GitHub's own limit, in characters
_URL = 2048


def issue(row: object) -> Issue:
    """An issue from a row of a list or an answer of its own."""
    row = _object(row)
    created = _time(row.get("created_at"))
    return Issue(
        number=_positive(row, "number"),
        id=_positive(row, "id"),
        title=one_line(_text(row, "title"), _TITLE),
        body=_body(row.get("body")),
        url=_url(row),
        state=_state(row),
        labels=labels(row),
        assignees=_assignees(row),
        author=_login(row.get("user")),
        created_at=created,
        updated_at=_time(row["updated_at"]) if row.get("updated_at") else created,
    )


def is_pull(row: object) -> bool:
    """Whether a row of the issues list is a pull request: GitHub lists both."""
    return isinstance(row, Mapping) and row.get("pull_request") is not None


def labels(row: Row) -> tuple[str, ...]:
    """The names of a row's labels, which are objects or plain strings."""
    found = row.get("labels")
    names = (entry.get("name") if isinstance(entry, Mapping) else entry for entry in _list(found))
    return tuple(_clean(name) for name in names if isinstance(name, str))


def repository(row: object) -> Repository:
    """A repository."""
    row = _object(row)
    return Repository(id=_positive(row, "id"), name=_full_name(row), default_branch=_text(row, "default_branch"))


def pull(row: object) -> Pull:
    """A pull request from a row of a list or an answer of its own."""
    row = _object(row)
    head = _object(row.get("head"))
    sha = head.get("sha")
    return Pull(
        number=_positive(row, "number"),
        url=_url(row),
        state="merged" if row.get("merged_at") or row.get("merged") is True else _state(row),
        branch=_text(head, "ref"),
        head_sha=_clean(sha) if isinstance(sha, str) else None,
        draft=row.get("draft") is True,
    )


def head(row: object) -> tuple[str | None, int | None]:
    """The branch of a pull request and the id of the repository it lies in; None for what is not said."""
    found = row.get("head") if isinstance(row, Mapping) else None
    if not isinstance(found, Mapping):
        return None, None
    ref, repo = found.get("ref"), found.get("repo")
    repo_id = repo.get("id") if isinstance(repo, Mapping) else None
    return ref if isinstance(ref, str) else None, repo_id if isinstance(repo_id, int) else None


def _object(row: object) -> Row:
    if not isinstance(row, Mapping):
        raise ValueError(f"an object was due, not {type(row).__name__}")
    return row


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _positive(row: Row, name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"no {name}")
    return value


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise ValueError(f"no {name}")
    return _clean(value)


def _clean(text: str) -> str:
    """`text` without lone surrogates: JSON can carry them, no file can."""
    return text.encode("utf-8", "replace").decode()


def _body(value: object) -> str:
    return _clean(value).replace("\r\n", "\n") if isinstance(value, str) else ""


def _url(row: Row) -> str:
    url = one_line(_text(row, "html_url"), _URL)
    if not url.startswith(("https://", "http://")):
        raise ValueError("no html_url")
    return url


def _state(row: Row) -> Literal["open", "closed"]:
    match row.get("state"):
        case "open":
            return "open"
        case "closed":
            return "closed"
    raise ValueError("no state")


def _full_name(row: Row) -> str:
    name = _text(row, "full_name")
    owner, slash, rest = name.partition("/")
    if not (owner and slash and rest) or "/" in rest:
        raise ValueError("no full_name")
    return name


def _login(user: object) -> str | None:
    login = user.get("login") if isinstance(user, Mapping) else None
    return _clean(login) if isinstance(login, str) else None


def _assignees(row: Row) -> tuple[str, ...]:
    """Every assignee; very old servers give the single `assignee` alone."""
    users = _list(row.get("assignees")) or [row.get("assignee")]
    return tuple(login for user in users if (login := _login(user)))


def _time(value: object) -> datetime:
    """An RFC 3339 time, with Z or an offset, with a fraction or without, as UTC."""
    if not isinstance(value, str):
        raise ValueError("no time")
    try:
        moment = datetime.fromisoformat(value.upper())
        return _aware(moment).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"no time: {one_line(value, 40)}") from None


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without its offset")
    return moment
