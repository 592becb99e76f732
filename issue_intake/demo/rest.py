"""The REST API: who asks, what is asked, and the headers of every answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from issue_intake.demo.apps import installation_token, is_app_call
from issue_intake.demo.bodies import signed_in_user
from issue_intake.demo.call import Call, Handler, RepositoryCall
from issue_intake.demo.graphql import GRAPHQL, post_graphql
from issue_intake.demo.model import Repository, Token
from issue_intake.demo.rest_checks import is_stored_log, stored_log
from issue_intake.demo.routes import REPOSITORY, find_route
from issue_intake.demo.search import search_issues
from issue_intake.demo.validators import validated
from issue_intake.demo.wire import DOCUMENTATION, RejectedError, Reply, Request, json_reply, not_found, text_reply
from issue_intake.demo.world import Allowance, World

_NO_AGENT = (
    "\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header"
    " (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required)."
    " Check https://developer.github.com for other possible causes.\r\n"
)
_ISSUE = re.compile(r"/issues/(?P<number>\d+)(?P<rest>/.*)?")


def user(call: Call) -> Reply:
    """GET /user."""
    return json_reply(signed_in_user(call.world, call.token.login))


def rate_limit(call: Call) -> Reply:
    """GET /rate_limit; asking is free."""
    world = call.world
    every = (world.allowance, world.searches, world.queries)
    resources = {one.resource: one.figures() for one in every}
    return json_reply({"resources": resources, "rate": world.allowance.figures()})


def meta(_: Call) -> Reply:
    """GET /meta."""
    return json_reply({"verifiable_password_authentication": False})


def zen(_: Call) -> Reply:
    """GET /zen."""
    return text_reply("Keep it logically awesome.")


_GENERAL: Mapping[tuple[str, str], Handler] = {
    ("GET", "/user"): user,
    ("GET", "/rate_limit"): rate_limit,
    ("GET", "/meta"): meta,
    ("GET", "/zen"): zen,
    ("GET", "/search/issues"): search_issues,
    ("POST", GRAPHQL): post_graphql,
}


def answer(world: World, request: Request) -> Reply:
    """The answer to one request, whatever it is."""
    with world.lock:
        if is_stored_log(request):
            return stored_log(world, request)
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
        return _exceeded(request, world.user_id(token.login))
    if request.method not in {"GET", "HEAD"} and request.path != GRAPHQL and not token.write:
        raise RejectedError(403, "Resource not accessible by personal access token")
    return _charged(world, request, token)


def _exceeded(request: Request, user: int) -> Reply:
    """403; GraphQL says so with 200."""
    message = f"API rate limit exceeded for user ID {user}."
    if request.path == GRAPHQL:
        return json_reply({"errors": [{"type": "RATE_LIMITED", "message": message}]})
    return RejectedError(403, message).reply()


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
    if request.path == GRAPHQL:
        return world.queries
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
    found = REPOSITORY.fullmatch(request.path)
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
    elsewhere = _transferred(world, repository, request, tail)
    if elsewhere:
        return elsewhere
    routed = find_route(request.method, tail)
    if routed is None:
        raise not_found()
    route, names = routed
    call = RepositoryCall(world=world, request=request, token=token, names=names, repository=repository, tail=tail)
    return route.handler(call)


def _transferred(world: World, repository: Repository, request: Request, tail: str) -> Reply | None:
    """An issue that went to another repository: it has moved there, or is nowhere for who may not see that one."""
    found = _ISSUE.fullmatch(tail)
    if found is None or int(found["number"]) not in repository.transferred:
        return None
    target = repository.transferred[int(found["number"])]
    if target is None:
        raise not_found()
    there, number = target
    return _moved(request, f"{world.api}/repositories/{there}/issues/{number}{found['rest'] or ''}")


def _moved(request: Request, address: str) -> Reply:
    """What has another address now: 301, or 307 for what must not turn into a GET."""
    query = urlencode(request.query)
    status, message = (301, "Moved Permanently") if request.method == "GET" else (307, "Temporary Redirect")
    target = f"{address}?{query}" if query else address
    return json_reply({"message": message, "url": target, "documentation_url": DOCUMENTATION}, status, Location=target)
