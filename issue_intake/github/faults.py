"""A failed answer becomes one sentence with its cure. Of the server's words only cleaned, cut ones are quoted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from issue_intake.core.text import one_line
from issue_intake.errors import GoneError, GoneForGoodError, IntakeError, RefusedError, UnavailableError
from issue_intake.github.allowance import named_rest, reached_limit
from issue_intake.github.answer import Answer, Asked


class UnreachableError(UnavailableError):
    """The network failed in a way that may be over in a second: worth asking again at once."""


class CredentialError(UnavailableError):
    """The credential is not accepted at all: whatever is asked next gets the same answer."""


class ForbiddenError(UnavailableError):
    """403: the credential is good, and has no permission for this."""


class InvalidError(RefusedError):
    """422: GitHub understood the request and says no. `reasons` are its own words."""

    def __init__(self, message: str, hint: str, *, reasons: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.reasons = reasons


def fault(answer: Answer, asked: Asked) -> IntakeError:
    """The error for an answer that is no success."""
    known = _BY_STATUS.get(answer.status)
    if known:
        return known(answer, asked)
    if answer.status >= 500 or answer.status == 408:
        said = f"{asked.server} answers {_status(answer)}{_said(answer)}"
        return UnavailableError(said, "it may be down", until=named_rest(answer, asked.now))
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


def _bad_token(answer: Answer, asked: Asked) -> CredentialError:
    cure = f"put a valid one into {asked.source}"
    if asked.source.startswith("`gh "):
        cure = "run `gh auth login`"
    if asked.source.startswith("the GitHub App "):
        cure = "look at the app's installation"
    return CredentialError(
        f"{asked.server} does not accept the token from {asked.source} (401){_said(answer)}",
        f"it is wrong, expired or revoked: {cure}",
    )


def _forbidden(answer: Answer, asked: Asked) -> UnavailableError:
    limited = reached_limit(answer, asked)
    if limited:
        return limited
    if "x-github-sso" in answer.headers:
        return CredentialError(
            f"the token from {asked.source} is not authorised for the organisation's single sign-on (403)",
            "authorise it under Settings > Developer settings > the token > Configure SSO",
        )
    named = answer.headers.get("x-accepted-github-permissions") or answer.headers.get("x-accepted-oauth-scopes")
    needs = (
        f"it needs {one_line(named)}" if named else "give it access to the repository: issues, pull requests, contents"
    )
    return ForbiddenError(
        f"{asked.server} forbids {asked.path} to the token from {asked.source} (403){_said(answer)}", needs
    )


def _gone(answer: Answer, asked: Asked) -> GoneError:
    if answer.status == 410:
        cure = "issues may be off in the repository's settings, or this one was deleted"
        kind = GoneForGoodError if "deleted" in _said(answer) else GoneError
        return kind(f"{asked.server} says {asked.path} is gone (410){_said(answer)}", cure)
    number = "the number, " if asked.path.rpartition("/")[2].isdecimal() else ""
    return GoneError(
        f"{asked.server} has no {asked.path}, or the token from {asked.source} may not see it (404)",
        f"check {number}the repository's name and the token's access to it",
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
