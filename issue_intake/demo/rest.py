"""The REST API: who asks, what is asked, and the headers of every answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlencode

from issue_intake.demo import rest_issues, rest_pulls
from issue_intake.demo.apps import installation_token, is_app_call
from issue_intake.demo.bodies import signed_in_user
from issue_intake.demo.call import Call, Handler, RepositoryCall, RepositoryHandler
from issue_intake.demo.model import Token
from issue_intake.demo.repository_body import full_repository_body
from issue_intake.demo.search import search_issues
from issue_intake.demo.validators import validated
from issue_intake.demo.wire import DOCUMENTATION, RejectedError, Reply, Request, json_reply, not_found, text_reply
from issue_intake.demo.world import Allowance, World

_NO_AGENT = (
    "\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header"
    " (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required)."
    " Check https://developer.github.com for other possible causes.\r\n"
)
_REPOSITORY = re.compile(r"/(?:repos/(?P<owner>[^/]+)/(?P<name>[^/]+)|repositories/(?P<id>\d+))(?P<tail>/.*)?")


def user(call: Call) -> Reply:
    """GET /user."""
    return json_reply(signed_in_user(call.world, call.token.login))


def rate_limit(call: Call) -> Reply:
    """GET /rate_limit; asking is free."""
    core = call.world.allowance.figures()
    return json_reply({"resources": {"core": core, "search": call.world.searches.figures()}, "rate": core})


def meta(_: Call) -> Reply:
    """GET /meta."""
    return json_reply({"verifiable_password_authentication": False})


def zen(_: Call) -> Reply:
    """GET /zen."""
    return text_reply("Keep it logically awesome.")


def get_repository(call: RepositoryCall) -> Reply:
    """GET /repos/{owner}/{repo}."""
    return json_reply(full_repository_body(call.world, call.repository, can_write=call.token.write))


_GENERAL: Mapping[tuple[str, str], Handler] = {
    ("GET", "/user"): user,
    ("GET", "/rate_limit"): rate_limit,
    ("GET", "/meta"): meta,
    ("GET", "/zen"): zen,
    ("GET", "/search/issues"): search_issues,
}

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
    ("GET", "/issues/{number}/labels", rest_issues.list_issue_labels),
    ("POST", "/issues/{number}/labels", rest_issues.post_issue_labels),
    ("PUT", "/issues/{number}/labels", rest_issues.put_issue_labels),
    ("DELETE", "/issues/{number}/labels/{label}", rest_issues.delete_issue_label),
    ("GET", "/labels", rest_issues.list_labels),
    ("POST", "/labels", rest_issues.post_label),
    ("GET", "/labels/{label}", rest_issues.get_label),
    ("GET", "/pulls", rest_pulls.list_pulls),
    ("POST", "/pulls", rest_pulls.post_pull),
    ("GET", "/pulls/{number}", rest_pulls.get_pull),
    ("PATCH", "/pulls/{number}", rest_pulls.patch_pull),
    ("GET", "/pulls/{number}/merge", rest_pulls.is_merged),
    ("PUT", "/pulls/{number}/merge", rest_pulls.put_merge),
)


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    handler: RepositoryHandler


_ROUTES = tuple(
    _Route(method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", tail)), handler)
    for method, tail, handler in _OF_A_REPOSITORY
)


def answer(world: World, request: Request) -> Reply:
    """The answer to one request, whatever it is."""
    with world.lock:
        try:
            reply = _authorised(world, request)
        except RejectedError as refusal:
            reply = refusal.reply()
        return reply.with_headers(common_headers(world, request))


def common_headers(world: World, request: Request) -> dict[str, str]:
    """What every answer carries: the allowance it is charged to, a request id, the media type."""
    return {
        **_allowance(world, request).headers(),
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-GitHub-Request-Id": uuid.uuid4().hex[:24].upper(),
        "Cache-Control": "private, max-age=60, s-maxage=60",
        "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP",
    }


def _authorised(world: World, request: Request) -> Reply:
    if not request.headers.get("user-agent"):
        return text_reply(_NO_AGENT, 403, "text/html")
    if is_app_call(request):
        return installation_token(world, request)
    token = _token(world, request.headers.get("authorization", ""))
    allowance = _allowance(world, request)
    allowance.renew(world.now())
    if allowance.remaining == 0 and request.path != "/rate_limit":
        raise RejectedError(403, f"API rate limit exceeded for user ID {world.user_id(token.login)}.")
    if request.method not in {"GET", "HEAD"} and not token.write:
        raise RejectedError(403, "Resource not accessible by personal access token")
    return _charged(world, request, token)


def _charged(world: World, request: Request, token: Token) -> Reply:
    """Every answer costs one request, refusals too; a 304 and the question what is left are free."""
    try:
        reply = validated(request, _routed(world, request, token))
    except RejectedError as refusal:
        reply = refusal.reply()
    if reply.status != 304 and request.path != "/rate_limit":
        _allowance(world, request).used += 1
    return reply


def _allowance(world: World, request: Request) -> Allowance:
    return world.searches if request.path.startswith("/search/") else world.allowance


def _token(world: World, authorization: str) -> Token:
    if not authorization:
        raise RejectedError(401, "Requires authentication")
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() not in {"bearer", "token"} or secret.strip() not in world.tokens:
        raise RejectedError(401, "Bad credentials")
    return world.tokens[secret.strip()]


def _routed(world: World, request: Request, token: Token) -> Reply:
    general = _GENERAL.get((request.method, request.path))
    if general:
        return general(Call(world=world, request=request, token=token, names={}))
    found = _REPOSITORY.fullmatch(request.path)
    if not found:
        raise not_found()
    return _in_repository(world, request, token, found)


def _in_repository(world: World, request: Request, token: Token, found: re.Match[str]) -> Reply:
    name, tail = f"{found['owner']}/{found['name']}", found["tail"] or ""
    repository = world.repositories.get(int(found["id"])) if found["id"] else world.by_name(name)
    if repository is None:
        former = world.by_former_name(name)
        if former is None:
            raise not_found()
        return _moved(request, f"{world.api}/repositories/{former.id}{tail}")
    for route in _ROUTES:
        match = route.pattern.fullmatch(tail)
        if match and route.method == request.method:
            names = {key: unquote(value) for key, value in match.groupdict().items()}
            call = RepositoryCall(world=world, request=request, token=token, names=names, repository=repository)
            return route.handler(call)
    raise not_found()


def _moved(request: Request, address: str) -> Reply:
    """A renamed repository: 301, or 307 for what must not turn into a GET."""
    query = urlencode(request.query)
    status, message = (301, "Moved Permanently") if request.method == "GET" else (307, "Temporary Redirect")
    target = f"{address}?{query}" if query else address
    return json_reply({"message": message, "url": target, "documentation_url": DOCUMENTATION}, status, Location=target)
