"""What GraphQL answers, taken apart: data, or the error that its `errors` mean."""

from __future__ import annotations

from collections.abc import Mapping

from issue_intake.core.text import one_line
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.github import fields
from issue_intake.github.client import GitHub
from issue_intake.github.fields import Row

_STUMBLED = "something went wrong"


def ask(github: GitHub, query: str, variables: Mapping[str, object]) -> Row:
    """The `data` of a query, parts of which may be null with an error of their own.

    Raises RefusedError where the server has no GraphQL or does not understand the query, else UnavailableError.
    """
    answer = fields.some_object(github.graphql(query, variables, reads=True))
    data = answer.get("data")
    if isinstance(data, Mapping):
        return data
    raise _fault(github, answer)


def change(github: GitHub, mutation: str, variables: Mapping[str, object]) -> None:
    """Send a mutation once. Raises RefusedError with GitHub's reason where it says no, else UnavailableError."""
    answer = fields.some_object(github.graphql(mutation, variables, reads=False))
    if answer.get("errors") or not isinstance(answer.get("data"), Mapping):
        raise _fault(github, answer)


def _fault(github: GitHub, answer: Row) -> UnavailableError | RefusedError:
    errors = map(fields.some_object, fields.some_list(answer.get("errors")))
    reasons = [one_line(text) for error in errors if (text := fields.some_text(error.get("message")))]
    if not reasons:
        return github.strange("/graphql", "neither data nor a reason")
    said = one_line("; ".join(reasons), 400)
    if reasons[0].lower().startswith(_STUMBLED):
        return UnavailableError(f"GitHub's GraphQL stumbled: {said}", "it is asked again later")
    return RefusedError(f"GitHub refuses: {said}")
