"""JSON bodies of users, labels, issues and comments, with every field GitHub's description requires."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from issue_intake.demo.model import Comment, Issue, Label, Repository
from issue_intake.demo.wire import Json
from issue_intake.demo.world import World

_USER_TAILS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def rfc3339(moment: datetime) -> str:
    """A time as GitHub writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def optional_time(moment: datetime | None) -> str | None:
    """A time, or null."""
    return rfc3339(moment) if moment else None


def node_id(kind: str, number: int) -> str:
    """An id for GraphQL."""
    return f"{kind}_kw{number}"


def repository_address(world: World, repository: Repository) -> str:
    """The repository's own address in the API."""
    return f"{world.api}/repos/{repository.full_name}"


def user_body(world: World, login: str) -> Json:
    """A `simple-user`."""
    address, key = f"{world.api}/users/{login}", world.user_id(login)
    return {
        "login": login,
        "id": key,
        "node_id": node_id("U", key),
        "avatar_url": f"{world.web}/avatars/{key}",
        "gravatar_id": "",
        "url": address,
        "html_url": f"{world.web}/{login}",
        **{name: f"{address}{tail}" for name, tail in _USER_TAILS.items()},
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
        "user_view_type": "public",
    }


def optional_user(world: World, login: str | None) -> Json | None:
    """A `simple-user`, null for a deleted account."""
    return user_body(world, login) if login is not None else None


def signed_in_user(world: World, login: str) -> Json:
    """A `public-user`: the answer of /user."""
    unknown = dict.fromkeys(("name", "company", "location", "email", "hireable", "bio"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    born = {"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z"}
    return user_body(world, login) | unknown | {"blog": ""} | counts | born


def label_body(world: World, repository: Repository, label: Label) -> Json:
    """A `label`."""
    return {
        "id": label.id,
        "node_id": node_id("LA", label.id),
        "url": f"{repository_address(world, repository)}/labels/{quote(label.name, safe='')}",
        "name": label.name,
        "color": label.color,
        "default": False,
        "description": label.description,
    }


def issue_labels(world: World, repository: Repository, issue: Issue) -> list[Json]:
    """The labels on an issue or pull request."""
    return [label_body(world, repository, repository.labels[name.lower()]) for name in issue.labels]


def issue_body(world: World, repository: Repository, issue: Issue) -> Json:
    """An `issue`, in lists and alone; a pull request is one too, with a `pull_request` key."""
    body = _addresses(world, repository, issue) | common_body(world, repository, issue)
    body |= {
        "closed_by": optional_user(world, issue.closed_by),
        "state_reason": issue.state_reason,
        "comments": len(issue.comments),
        "reactions": reactions(body["url"]),
        "performed_via_github_app": None,
    }
    return body | _pull_marks(world, repository, issue)


def common_body(world: World, repository: Repository, issue: Issue) -> Json:
    """What issues and pull requests say alike."""
    assignees = [user_body(world, login) for login in issue.assignees]
    return {
        "id": issue.id,
        "node_id": node_id("PR" if issue.pull else "I", issue.id),
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "user": optional_user(world, issue.author),
        "labels": issue_labels(world, repository, issue),
        "state": issue.state,
        "locked": False,
        "active_lock_reason": None,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "author_association": association(repository, issue.author),
        "created_at": rfc3339(issue.created_at),
        "updated_at": rfc3339(issue.updated_at),
        "closed_at": optional_time(issue.closed_at),
    }


def comment_body(world: World, repository: Repository, issue: Issue, comment: Comment) -> Json:
    """An `issue-comment`."""
    base = repository_address(world, repository)
    address = f"{base}/issues/comments/{comment.id}"
    return {
        "id": comment.id,
        "node_id": node_id("IC", comment.id),
        "url": address,
        "html_url": f"{web_address(world, repository, issue)}#issuecomment-{comment.id}",
        "issue_url": f"{base}/issues/{issue.number}",
        "user": optional_user(world, comment.author),
        "body": comment.body,
        "author_association": association(repository, comment.author),
        "created_at": rfc3339(comment.created_at),
        "updated_at": rfc3339(comment.updated_at),
        "reactions": reactions(address),
        "performed_via_github_app": None,
    }


def web_address(world: World, repository: Repository, issue: Issue) -> str:
    """Where a person reads it."""
    return f"{world.web}/{repository.full_name}/{'pull' if issue.pull else 'issues'}/{issue.number}"


def _addresses(world: World, repository: Repository, issue: Issue) -> Json:
    base = repository_address(world, repository)
    address = f"{base}/issues/{issue.number}"
    return {
        "url": address,
        "repository_url": base,
        "labels_url": f"{address}/labels{{/name}}",
        "comments_url": f"{address}/comments",
        "events_url": f"{address}/events",
        "timeline_url": f"{address}/timeline",
        "html_url": web_address(world, repository, issue),
    }


def _pull_marks(world: World, repository: Repository, issue: Issue) -> Json:
    if issue.pull is None:
        return {}
    web = web_address(world, repository, issue)
    marks = {
        "url": f"{repository_address(world, repository)}/pulls/{issue.number}",
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "merged_at": optional_time(issue.pull.merged_at),
    }
    return {"draft": issue.pull.draft, "pull_request": marks}


def association(repository: Repository, author: str | None) -> str:
    """What GitHub calls an author; it says little about what they may do."""
    return "OWNER" if author == repository.owner else "CONTRIBUTOR"


def reactions(address: str) -> Json:
    """A `reaction-rollup` without any."""
    return {"url": f"{address}/reactions", "total_count": 0, **dict.fromkeys(_REACTIONS, 0)}
