"""GitHub's JSON as large as GitHub's own: an issue of a list is about 5 KB."""

from __future__ import annotations

from typing import Any

LABEL = "agent:queued"
PER_PAGE = 100
_WEB = "https://github.com"
_API = "https://api.github.com"
_BODY = "The checkout says nothing about shipping abroad. Please say that we do, and what it costs.\r\n\r\n" * 12
_USER_LINKS = (
    *("followers", "following", "gists", "starred", "subscriptions"),
    *("organizations", "repos", "events", "received_events"),
)
_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def repository_id(name: str) -> int:
    """The id of acme/`name`: the number the name ends in."""
    return 1_000_000 + int(name.rpartition("-")[2])


def repository_row(name: str) -> dict[str, Any]:
    """A repository; cursor pages go by whatever stands in the place of its name."""
    return {"id": repository_id(name), "name": name, "full_name": f"acme/{name}", "default_branch": "main"}


def issue_rows(count: int) -> list[dict[str, Any]]:
    """Open issues 1 to `count`, the newest first, as GitHub lists them."""
    return [issue_row(number) for number in range(count, 0, -1)]


def issue_row(number: int) -> dict[str, Any]:
    """One open issue."""
    address = f"{_API}/repos/acme/shop-1/issues/{number}"
    day = f"2026-{1 + number // 28 % 12:02}-{1 + number % 28:02}"
    return {
        "url": address,
        **{f"{name}_url": f"{address}/{name}" for name in ("repository", "labels", "comments", "events", "timeline")},
        "html_url": f"{_WEB}/acme/shop-1/issues/{number}",
        "id": 3_000_000_000 + number,
        "node_id": f"I_kwDOAAAAAM{number:08}",
        "number": number,
        "title": f"Say that we ship abroad, too ({number})",
        "user": _user(f"person-{number % 40}"),
        "labels": [_label(LABEL), _label("bug")],
        "state": "open",
        "locked": False,
        "assignee": _user("octocat"),
        "assignees": [_user("octocat")],
        "milestone": None,
        "comments": number % 7,
        "created_at": f"{day}T09:{number % 60:02}:00Z",
        "updated_at": f"{day}T10:00:00Z",
        "closed_at": None,
        "author_association": "NONE",
        "active_lock_reason": None,
        "body": _BODY,
        "closed_by": None,
        "reactions": {"url": f"{address}/reactions", "total_count": 0, **dict.fromkeys(_REACTIONS, 0)},
        "performed_via_github_app": None,
        "state_reason": None,
    }


def _user(login: str) -> dict[str, Any]:
    address = f"{_API}/users/{login}"
    return {
        "login": login,
        "id": 4242,
        "node_id": "MDQ6VXNlcjQyNDI=",
        "avatar_url": "https://avatars.githubusercontent.com/u/4242?v=4",
        "gravatar_id": "",
        "url": address,
        "html_url": f"{_WEB}/{login}",
        **{f"{name}_url": f"{address}/{name}" for name in _USER_LINKS},
        "type": "User",
        "site_admin": False,
    }


def _label(name: str) -> dict[str, Any]:
    return {
        "id": 77,
        "node_id": "MDU6TGFiZWw3Nw==",
        "url": f"{_API}/repos/acme/shop-1/labels/{name}",
        "name": name,
        "color": "ededed",
        "default": False,
        "description": "Something to be done",
    }
