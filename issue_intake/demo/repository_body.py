"""The JSON body of a repository: `repository` inside a pull request, `full-repository` on its own."""

from __future__ import annotations

from issue_intake.demo.bodies import node_id, repository_address, rfc3339, user_body
from issue_intake.demo.model import Repository
from issue_intake.demo.wire import Json
from issue_intake.demo.world import World

_TAILS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_ZEROS = ("forks_count", "forks", "stargazers_count", "watchers_count", "watchers", "size")
_YES = ("has_issues", "has_downloads", "allow_forking")
_METHODS = {"allow_merge_commit": "merge", "allow_squash_merge": "squash", "allow_rebase_merge": "rebase"}
_NO = ("has_projects", "has_wiki", "has_pages", "has_discussions", "archived", "disabled", "is_template")


def repository_body(world: World, repository: Repository) -> Json:
    """A `repository`."""
    return {
        **_names(world, repository),
        **_addresses(world, repository),
        **dict.fromkeys(_ZEROS, 0),
        **dict.fromkeys(_YES, True),
        **dict.fromkeys(_NO, False),
        **dict.fromkeys(("homepage", "language", "license", "mirror_url", "description")),
        **{name: method in repository.methods for name, method in _METHODS.items()},
        "topics": [],
        "visibility": "private" if repository.private else "public",
        "default_branch": repository.default_branch,
        "open_issues_count": _open_issues(repository),
        "open_issues": _open_issues(repository),
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), rfc3339(repository.created_at)),
    }


def full_repository_body(world: World, repository: Repository, *, can_write: bool) -> Json:
    """A `full-repository`, with what the asking token may do."""
    permissions = {"admin": False, "maintain": False, "push": can_write, "triage": can_write, "pull": True}
    counts = {"subscribers_count": 0, "network_count": 0}
    return repository_body(world, repository) | counts | {"permissions": permissions}


def _names(world: World, repository: Repository) -> Json:
    return {
        "id": repository.id,
        "node_id": node_id("R", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "owner": user_body(world, repository.owner),
        "private": repository.private,
        "fork": repository.parent is not None,
    }


def _addresses(world: World, repository: Repository) -> Json:
    base, web = repository_address(world, repository), f"{world.web}/{repository.full_name}"
    host = world.web.partition("://")[2]
    return {
        "url": base,
        "html_url": web,
        "clone_url": f"{web}.git",
        "svn_url": web,
        "git_url": f"git://{host}/{repository.full_name}.git",
        "ssh_url": f"ssh://git@{host}/{repository.full_name}.git",
        **{name: f"{base}{tail}" for name, tail in _TAILS.items()},
    }


def _open_issues(repository: Repository) -> int:
    return sum(issue.state == "open" for issue in repository.issues.values())
