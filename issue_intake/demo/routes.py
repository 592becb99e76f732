"""Which handler answers which call below a repository, and what each call is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from issue_intake.core.record import record
from issue_intake.demo import rest_checks, rest_issues, rest_pulls, rest_refs, rest_reviews
from issue_intake.demo.call import RepositoryCall, RepositoryHandler
from issue_intake.demo.repository_body import full_repository_body
from issue_intake.demo.wire import Reply, json_reply

REPOSITORY = re.compile(r"/(?:repos/(?P<owner>[^/]+)/(?P<name>[^/]+)|repositories/(?P<id>\d+))(?P<tail>/.*)?")
_ROOT = "/repos/{owner}/{repo}"


def get_repository(call: RepositoryCall) -> Reply:
    """GET /repos/{owner}/{repo}."""
    return json_reply(full_repository_body(call.world, call.repository, can_write=call.token.write))


_OF_A_REPOSITORY: tuple[tuple[str, str, RepositoryHandler], ...] = (
    ("GET", "", get_repository),
    ("GET", "/issues", rest_issues.list_issues),
    ("POST", "/issues", rest_issues.post_issue),
    ("GET", "/issues/comments/{comment}", rest_issues.get_comment),
    ("PATCH", "/issues/comments/{comment}", rest_issues.patch_comment),
    ("GET", "/issues/{number}", rest_issues.get_issue),
    ("PATCH", "/issues/{number}", rest_issues.patch_issue),
    ("GET", "/issues/{number}/comments", rest_issues.list_comments),
    ("POST", "/issues/{number}/comments", rest_issues.post_comment),
    ("GET", "/issues/{number}/events", rest_issues.list_events),
    ("GET", "/issues/{number}/timeline", rest_issues.list_timeline),
    ("GET", "/issues/{number}/labels", rest_issues.list_issue_labels),
    ("POST", "/issues/{number}/labels", rest_issues.post_issue_labels),
    ("PUT", "/issues/{number}/labels", rest_issues.put_issue_labels),
    ("DELETE", "/issues/{number}/labels/{label}", rest_issues.delete_issue_label),
    ("GET", "/labels", rest_issues.list_labels),
    ("POST", "/labels", rest_issues.post_label),
    ("GET", "/labels/{label}", rest_issues.get_label),
    ("GET", "/pulls", rest_pulls.list_pulls),
    ("POST", "/pulls", rest_pulls.post_pull),
    ("GET", "/pulls/comments/{comment}", rest_reviews.get_review_comment),
    ("GET", "/pulls/{number}", rest_pulls.get_pull),
    ("PATCH", "/pulls/{number}", rest_pulls.patch_pull),
    ("GET", "/pulls/{number}/merge", rest_pulls.is_merged),
    ("PUT", "/pulls/{number}/merge", rest_pulls.put_merge),
    ("GET", "/pulls/{number}/files", rest_pulls.list_files),
    ("GET", "/pulls/{number}/reviews", rest_reviews.list_reviews),
    ("POST", "/pulls/{number}/reviews", rest_reviews.post_review),
    ("GET", "/pulls/{number}/reviews/{review}", rest_reviews.get_review),
    ("GET", "/pulls/{number}/comments", rest_reviews.list_review_comments),
    ("POST", "/pulls/{number}/comments", rest_reviews.post_review_comment),
    ("POST", "/pulls/{number}/comments/{comment}/replies", rest_reviews.post_reply),
    ("GET", "/collaborators/{login}/permission", rest_reviews.get_permission),
    ("GET", "/commits/{ref}/check-runs", rest_checks.list_check_runs),
    ("GET", "/commits/{ref}/status", rest_checks.get_combined_status),
    ("GET", "/commits/{ref}/statuses", rest_checks.list_statuses),
    ("GET", "/check-runs/{check}", rest_checks.get_check_run),
    ("GET", "/actions/runs", rest_checks.list_runs),
    ("GET", "/actions/runs/{run}", rest_checks.get_run),
    ("GET", "/actions/runs/{run}/jobs", rest_checks.list_jobs),
    ("GET", "/actions/jobs/{job}", rest_checks.get_job),
    ("GET", "/actions/jobs/{job}/logs", rest_checks.get_job_log),
    ("POST", "/actions/jobs/{job}/rerun", rest_checks.post_job_rerun),
    ("GET", "/git/ref/{ref}", rest_refs.get_ref),
    ("DELETE", "/git/refs/heads/{branch}", rest_refs.delete_ref),
)
_WITH_SLASHES = frozenset({"ref", "branch"})


@record(kw_only=False)
class Route:
    """One call: its template below the repository, and who answers it."""

    method: str
    template: str
    pattern: re.Pattern[str]
    handler: RepositoryHandler


def find_route(method: str, tail: str) -> tuple[Route, Mapping[str, str]] | None:
    """The route of a call and the variable parts of its path."""
    for route in _ROUTES:
        match = route.pattern.fullmatch(tail)
        if match and route.method == method:
            return route, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


def call_name(method: str, path: str) -> str:
    """What a call is called, whichever repository, issue or pull request it is about: `GET /repos/{owner}/{repo}`."""
    repository = REPOSITORY.fullmatch(path)
    if repository is None:
        return f"{method} {path}"
    tail = repository["tail"] or ""
    found = find_route(method, tail)
    return f"{method} {_ROOT}{found[0].template if found else tail}"


def _pattern(template: str) -> re.Pattern[str]:
    def part(name: re.Match[str]) -> str:
        return f"(?P<{name[1]}>{'.+' if name[1] in _WITH_SLASHES else '[^/]+'})"

    return re.compile(re.sub(r"\{(\w+)\}", part, template))


_ROUTES = tuple(Route(method, tail, _pattern(tail), handler) for method, tail, handler in _OF_A_REPOSITORY)
