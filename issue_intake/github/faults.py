"""A failed answer becomes one sentence with its cure. Only cleaned, cut words of the server are quoted, never a body.

The rules for limits are those of https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from issue_intake.core.text import one_line
from issue_intake.errors import GoneError, IntakeError, RefusedError, UnavailableError
from issue_intake.github.answer import Answer

SECONDARY_REST = 60.0
LONGEST_REST = 86_400.0


class UnreachableError(UnavailableError):
    """The network failed in a way that may be over in a second: worth asking again at once."""


class InvalidError(RefusedError):
    """422: GitHub understood the request and says no. `reasons` are its own words."""

    def __init__(self, message: str, hint: str, *, reasons: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.reasons = reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question behind an answer: who was asked (`server`), for what (`path`), with which token (`source`)."""

    server: str
    path: str
    source: str
    now: datetime


def fault(answer: Answer, asked: Asked) -> IntakeError:
    """The error for an answer that is no success."""
    known = _BY_STATUS.get(answer.status)
    if known:
        return known(answer, asked)
    if answer.status >= 500 or answer.status == 408:
        said = f"{asked.server} answers {_status(answer)}{_said(answer)}"
        return UnavailableError(said, "it may be down", until=_after(answer, asked.now))
    if answer.status >= 400:
        return RefusedError(f"{asked.server} refuses {asked.path} with {_status(answer)}{_said(answer)}")
    return no_api(asked, f"{asked.path} got {_status(answer)}")


@contextmanager
def must_be_there() -> Iterator[None]:
    """What is gone in here is no single issue or pull request but the place for all of them: trouble, not an end."""
    try:
        yield
    except GoneError as error:
        raise UnavailableError(error.message, error.hint) from None


def no_api(asked: Asked, detail: str) -> UnavailableError:
    """What answers there does not speak GitHub's REST API."""
    return UnavailableError(
        f"{asked.server} does not answer as a GitHub API: {one_line(detail)}", "check github.api_url and any proxy"
    )


def _bad_token(answer: Answer, asked: Asked) -> UnavailableError:
    cure = "run `gh auth login`" if asked.source.startswith("`gh ") else f"put a valid one into {asked.source}"
    return UnavailableError(
        f"{asked.server} does not accept the token from {asked.source} (401){_said(answer)}",
        f"it is wrong, expired or revoked: {cure}",
    )


def _limit(answer: Answer, asked: Asked) -> UnavailableError | None:
    """Primary: nothing remains until the reset. Secondary: `Retry-After`, or GitHub's message, at least a minute."""
    until = _after(answer, asked.now)
    if answer.headers.get("x-ratelimit-remaining") == "0":
        until = max(filter(None, (until, _reset(answer, asked.now))), default=asked.now + timedelta(minutes=1))
        said = f"{asked.server}'s rate limit for the token from {asked.source} is used up until {until:%H:%M:%S} UTC"
        return UnavailableError(said, "intake goes on by itself then", until=until)
    secondary = any(
        word in reason.lower() for reason in answer.reasons() for word in ("secondary rate", "abuse detection")
    )
    if answer.status != 429 and until is None and not secondary:
        return None
    until = max(until or asked.now, asked.now + timedelta(seconds=SECONDARY_REST))
    said = f"{asked.server} asks the token from {asked.source} to slow down until {until:%H:%M:%S} UTC"
    return UnavailableError(f"{said} (secondary rate limit)", "intake goes on by itself then", until=until)


def _forbidden(answer: Answer, asked: Asked) -> UnavailableError:
    limited = _limit(answer, asked)
    if limited:
        return limited
    if "x-github-sso" in answer.headers:
        return UnavailableError(
            f"the token from {asked.source} is not authorised for the organisation's single sign-on (403)",
            "authorise it under Settings > Developer settings > the token > Configure SSO",
        )
    named = answer.headers.get("x-accepted-github-permissions") or answer.headers.get("x-accepted-oauth-scopes")
    needs = (
        f"it needs {one_line(named)}" if named else "give it access to the repository: issues, pull requests, contents"
    )
    return UnavailableError(
        f"{asked.server} forbids {asked.path} to the token from {asked.source} (403){_said(answer)}", needs
    )


def _gone(answer: Answer, asked: Asked) -> GoneError:
    if answer.status == 410:
        cure = "issues may be off in the repository's settings, or this one was deleted"
        return GoneError(f"{asked.server} says {asked.path} is gone (410){_said(answer)}", cure)
    return GoneError(
        f"{asked.server} has no {asked.path}, or the token from {asked.source} may not see it (404)",
        "check the repository's name and the token's access to it",
    )


def _invalid(answer: Answer, asked: Asked) -> InvalidError:
    reasons = answer.reasons() or ("no reason given",)
    return InvalidError(f"{asked.server} refuses: {one_line('; '.join(reasons), 400)}", "", reasons=reasons)


def _moved(answer: Answer, asked: Asked) -> UnavailableError:
    cure = "put the repository's present name into github.repository"
    return UnavailableError(f"{asked.server} says that {asked.path} has moved ({answer.status})", cure)


_BY_STATUS: dict[int, Callable[[Answer, Asked], IntakeError]] = {
    301: _moved,
    302: _moved,
    307: _moved,
    308: _moved,
    401: _bad_token,
    403: _forbidden,
    404: _gone,
    410: _gone,
    422: _invalid,
    429: _forbidden,
}


def _status(answer: Answer) -> str:
    known = answer.status in HTTPStatus.__members__.values()
    return f"{answer.status} ({HTTPStatus(answer.status).phrase})" if known else str(answer.status)


def _said(answer: Answer) -> str:
    reasons = answer.reasons()
    return f": {one_line('; '.join(reasons), 300)}" if reasons else ""


def _after(answer: Answer, now: datetime) -> datetime | None:
    """The moment `Retry-After` names, in seconds or as a date; at most a day ahead: no nonsense rests for ever."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return now + timedelta(seconds=min(float(value), LONGEST_REST))
    try:
        named = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return _sane(named if named.tzinfo else named.replace(tzinfo=UTC), now)


def _reset(answer: Answer, now: datetime) -> datetime | None:
    try:
        return _sane(datetime.fromtimestamp(int(answer.headers.get("x-ratelimit-reset", "")), UTC), now)
    except (ValueError, OverflowError, OSError):
        return None


def _sane(moment: datetime, now: datetime) -> datetime:
    return min(max(moment, now), now + timedelta(seconds=LONGEST_REST))
