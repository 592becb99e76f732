"""Rows as GitHub writes them, and a client that waits for nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from issue_intake.core.authors import WRITERS, Authors
from issue_intake.core.names import RepositoryName
from issue_intake.core.ports import Notes, Provenance, Pulls, Reviews, Steering, Tracker
from issue_intake.github.account import Account
from issue_intake.github.cache import Cache
from issue_intake.github.client import GitHub
from issue_intake.github.credentials import Token
from issue_intake.github.gate import Gate
from issue_intake.github.http import Wire
from issue_intake.github.issues import GitHubTracker
from issue_intake.github.limits import Limits
from issue_intake.github.notes import GitHubNotes
from issue_intake.github.permissions import Permissions
from issue_intake.github.provenance import GitHubProvenance
from issue_intake.github.pulls import GitHubPulls
from issue_intake.github.reviews import GitHubReviews
from issue_intake.github.steering import GitHubSteering

API = "https://api.github.com"
CANARY = "ghp_canary0123456789"
NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
SHOP = RepositoryName(owner="acme", name="webshop")
SHOP_ID = 4711

Row = dict[str, Any]


def wire(api: str = API) -> Wire:
    return Wire(api, Token(CANARY, "SHOP_TOKEN"), Gate("the token from SHOP_TOKEN", now=lambda: NOW))


def client(
    folder: Path, api: str = API, *, limits: Limits | None = None, sleep: Callable[[float], None] = lambda _: None
) -> GitHub:
    return GitHub(wire(api), Cache(folder / "cache"), limits=limits, sleep=sleep, now=lambda: NOW)


def tracker(folder: Path, api: str = API, *, limits: Limits | None = None) -> Tracker:
    return GitHubTracker(client(folder, api, limits=limits), SHOP)


def tracker_over(wire: Wire, folder: Path, name: str, *, limits: Limits | None = None) -> Tracker:
    """A project's tracker over a wire that others use as well."""
    github = GitHub(wire, Cache(folder / "cache"), limits=limits, sleep=lambda _: None, now=lambda: NOW)
    return GitHubTracker(github, RepositoryName(owner="acme", name=name))


def pulls(folder: Path, api: str = API) -> Pulls:
    github = client(folder, api)
    return GitHubPulls(github, GitHubTracker(github, SHOP).repository)


def issue(number: int, **changes: object) -> Row:
    return {
        "id": 1000 + number,
        "number": number,
        "title": f"Issue {number}",
        "body": "Please.",
        "html_url": f"https://github.com/acme/webshop/issues/{number}",
        "state": "open",
        "labels": [{"name": "agent:queued"}],
        "assignees": [{"login": "octocat"}],
        "user": {"login": "ada"},
        "created_at": "2026-01-01T10:00:00Z",
        "updated_at": "2026-01-01T11:00:00Z",
        **changes,
    }


def pull(number: int, branch: str = "agent/issue-7", repo_id: int | None = SHOP_ID, **changes: object) -> Row:
    return {
        "number": number,
        "html_url": f"https://github.com/acme/webshop/pull/{number}",
        "state": "open",
        "draft": True,
        "merged_at": None,
        "head": {"ref": branch, "sha": "a" * 40, "repo": None if repo_id is None else {"id": repo_id}},
        **changes,
    }


def repository(**changes: object) -> Row:
    return {"id": SHOP_ID, "full_name": "acme/webshop", "default_branch": "main", **changes}


def reviews(folder: Path, api: str = API, *, limits: Limits | None = None, authors: Authors = WRITERS) -> Reviews:
    github = client(folder, api, limits=limits)
    permissions = Permissions(github, lambda: "/repos/acme/webshop", authors)
    return GitHubReviews(github, GitHubTracker(github, SHOP).repository, Account(github), permissions)


def provenance(folder: Path, api: str = API, *, limits: Limits | None = None) -> Provenance:
    github = client(folder, api, limits=limits)
    permissions = Permissions(github, lambda: "/repos/acme/webshop", WRITERS)
    return GitHubProvenance(github, GitHubTracker(github, SHOP).repository, permissions)


def steering(folder: Path, api: str = API) -> Steering:
    github = client(folder, api)
    return GitHubSteering(github, GitHubTracker(github, SHOP).repository)


def notes(folder: Path, api: str = API, *, limits: Limits | None = None) -> Notes:
    github = client(folder, api, limits=limits)
    return GitHubNotes(github, GitHubTracker(github, SHOP).repository, Account(github))


def open_pull(number: int, **changes: object) -> Row:
    """A pull request as it is answered alone."""
    return pull(number) | {
        "node_id": f"PR_{number}",
        "draft": False,
        "merged": False,
        "user": {"login": "intake-bot"},
        "base": {"ref": "main", "sha": "b" * 40},
        "mergeable": True,
        "mergeable_state": "clean",
        "labels": [],
        **changes,
    }


def check_run(number: int, conclusion: str | None = "success", **changes: object) -> Row:
    return {
        "id": number,
        "name": f"check {number}",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "html_url": f"https://github.com/acme/webshop/runs/{number}",
        "details_url": None,
        "output": {"title": None, "summary": None},
        "check_suite": {"id": 1},
        "app": {"id": 15368, "slug": "github-actions"},
        **changes,
    }


def status(number: int, state: str, **changes: object) -> Row:
    return {"id": number, "context": f"ci/{number}", "state": state, "target_url": None, "description": None, **changes}


def review(number: int, state: str = "APPROVED", **changes: object) -> Row:
    return {
        "id": number,
        "user": {"login": "ada"},
        "body": "",
        "state": state,
        "html_url": f"https://github.com/acme/webshop/pull/3#pullrequestreview-{number}",
        "commit_id": "a" * 40,
        "submitted_at": "2026-01-01T12:00:00Z",
        **changes,
    }


def line_comment(number: int, **changes: object) -> Row:
    return {
        "id": number,
        "user": {"login": "ada"},
        "path": "shop/cart.py",
        "line": 7,
        "body": "Why?",
        "commit_id": "c" * 40,
        "original_commit_id": "a" * 40,
        "html_url": f"https://github.com/acme/webshop/pull/3#discussion_r{number}",
        "created_at": "2026-01-01T12:00:00Z",
        **changes,
    }
