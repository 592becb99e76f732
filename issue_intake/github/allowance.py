"""What an answer says of GitHub's limits: how many requests are left, and until when none should come.

The rules are those of https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from issue_intake.core.record import record
from issue_intake.errors import Scope, UnavailableError
from issue_intake.github.answer import Answer, Asked

CORE = "core"
SEARCH = "search"
GRAPHQL = "graphql"
EVERYTHING = "everything"
SECONDARY_REST = 60.0
LONGEST_REST = 86_400.0
_NAMES = {SEARCH: "search limit", GRAPHQL: "GraphQL limit"}


class LimitedError(UnavailableError):
    """GitHub asks for a rest. `resource`: which of its allowances is concerned; EVERYTHING for all of them.

    A used-up search or GraphQL rests the projects that ask, everything else all that share the credential.
    """

    def __init__(self, message: str, *, until: datetime, resource: str, hint: str = "") -> None:
        scope: Scope = "project" if resource in {SEARCH, GRAPHQL} else "credential"
        super().__init__(message, hint or "intake goes on by itself then", until=until, scope=scope)
        self.resource = resource


@record
class Allowance:
    """What is left of one of GitHub's allowances, of how many requests, until it starts anew at `reset`."""

    remaining: int
    limit: int
    reset: datetime


def resource_of(path: str) -> str:
    """Which allowance a request is charged to; `path` may have an Enterprise Server's /api/v3 or /api before it."""
    bare = path.removeprefix("/api/v3").removeprefix("/api")
    if bare == "/graphql":
        return GRAPHQL
    return SEARCH if bare.startswith("/search/") else CORE


def allowance(answer: Answer, now: datetime) -> Allowance | None:
    """What an answer says is left; an Enterprise Server without limits says nothing."""
    remaining, limit = (_number(answer, f"x-ratelimit-{name}") for name in ("remaining", "limit"))
    reset = _reset(answer, now)
    if remaining is None or limit is None or reset is None:
        return None
    return Allowance(remaining=remaining, limit=limit, reset=reset)


def reached_limit(answer: Answer, asked: Asked) -> LimitedError | None:
    """Primary: nothing remains until the reset. Secondary: `Retry-After`, or GitHub's message, at least a minute."""
    until = named_rest(answer, asked.now)
    if answer.headers.get("x-ratelimit-remaining") == "0":
        until = max(filter(None, (until, _reset(answer, asked.now))), default=asked.now)
        if until <= asked.now:  # a reset that is over by this machine's clock, which may be fast
            until = asked.now + timedelta(seconds=SECONDARY_REST)
        resource = answer.headers.get("x-ratelimit-resource") or resource_of(asked.path)
        what = _NAMES.get(resource, "rate limit")
        said = f"{asked.server}'s {what} for the token from {asked.source} is used up until {until:%H:%M:%S} UTC"
        return LimitedError(said, until=until, resource=resource)
    if answer.status != 429 and until is None and not _says_secondary(answer):
        return None
    until = max(until or asked.now, asked.now + timedelta(seconds=SECONDARY_REST))
    said = f"{asked.server} asks the token from {asked.source} to slow down until {until:%H:%M:%S} UTC"
    return LimitedError(f"{said} (secondary rate limit)", until=until, resource=EVERYTHING)


def limited_query(answer: Answer, asked: Asked) -> LimitedError | None:
    """What GraphQL says of its limits with status 200, in its `errors`."""
    if not (_says_rate_limited(answer) or _says_secondary(answer)):
        return None
    until = asked.now + timedelta(seconds=SECONDARY_REST)
    said = f"{asked.server} asks the token from {asked.source} for a rest from GraphQL until {until:%H:%M:%S} UTC"
    return reached_limit(answer, asked) or LimitedError(said, until=until, resource=GRAPHQL)


def named_rest(answer: Answer, now: datetime) -> datetime | None:
    """The moment `Retry-After` names, in seconds or as a date; at most a day ahead: no nonsense rests for ever."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return now + timedelta(seconds=min(float(value), LONGEST_REST))
    try:
        named = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return _sane(named if named.tzinfo else named.replace(tzinfo=UTC), now)


def _says_rate_limited(answer: Answer) -> bool:
    match answer.json():
        case {"errors": list(errors)}:
            return any(isinstance(error, dict) and error.get("type") == "RATE_LIMITED" for error in errors)
    return False


def _says_secondary(answer: Answer) -> bool:
    words = ("secondary rate", "abuse detection")
    return any(word in reason.lower() for reason in answer.reasons() for word in words)


def _reset(answer: Answer, now: datetime) -> datetime | None:
    try:
        return _sane(datetime.fromtimestamp(int(answer.headers.get("x-ratelimit-reset", "")), UTC), now)
    except (ValueError, OverflowError, OSError):
        return None


def _number(answer: Answer, name: str) -> int | None:
    value = answer.headers.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _sane(moment: datetime, now: datetime) -> datetime:
    return min(max(moment, now), now + timedelta(seconds=LONGEST_REST))
