"""A request and its answer as plain values, and the refusals GitHub words in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from issue_intake.core.record import record

Json = dict[str, Any]

DOCUMENTATION = "https://docs.github.com/rest"
BODY_LIMIT = 65536
TITLE_LIMIT = 256


class RejectedError(Exception):
    """A refusal: its status and the JSON body `{message, documentation_url, status[, errors]}`."""

    def __init__(
        self, status: int, message: str, *, errors: Sequence[Json | str] | None = None, **headers: str
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def reply(self) -> Reply:
        """The answer that says so."""
        body: Json = {"message": self.message, "documentation_url": DOCUMENTATION, "status": str(self.status)}
        return json_reply(
            body if self.errors is None else body | {"errors": list(self.errors)}, self.status, **self.headers
        )


@record
class Request:
    """A request as it came in. `path` without the API's base path; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def fields(self) -> Json:
        """The JSON object in the body. Raises RejectedError (400) on anything else."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError as fault:
            raise RejectedError(400, "Problems parsing JSON") from fault
        if not isinstance(value, dict):
            raise RejectedError(400, "Body should be a JSON object")
        return value


@record
class Reply:
    """An answer: status, headers, and the whole body."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def with_headers(self, headers: Mapping[str, str]) -> Reply:
        """The same answer with further headers; its own win."""
        return replace(self, headers={**headers, **self.headers})


def json_reply(data: object, status: int = 200, **headers: str) -> Reply:
    """An answer with a JSON body; `x_header=` becomes `x-header`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(data, separators=(",", ":")).encode()
    return Reply(status=status, headers={"Content-Type": "application/json; charset=utf-8", **named}, body=body)


def text_reply(text: str, status: int = 200, content_type: str = "text/plain; charset=utf-8") -> Reply:
    """An answer in plain text."""
    return Reply(status=status, headers={"Content-Type": content_type}, body=text.encode())


def not_found() -> RejectedError:
    """What is not there, or not for you to see."""
    return RejectedError(404, "Not Found")


def invalid(resource: str, name: str, code: str = "invalid") -> RejectedError:
    """422 for one field."""
    errors = [{"resource": resource, "field": name, "code": code}]
    return RejectedError(422, "Validation Failed", errors=errors)


def forbidden_change(resource: str, message: str, **more: str) -> RejectedError:
    """422 with a sentence of its own."""
    errors = [{"resource": resource, "code": "custom", **more, "message": message}]
    return RejectedError(422, "Validation Failed", errors=errors)


def text_field(fields: Json, name: str, resource: str, limit: int) -> str | None:
    """A text among the fields, None when absent or null. Raises RejectedError for another type or a longer text."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise RejectedError(422, f"Invalid request.\n\nFor 'properties/{name}', {json.dumps(value)} is not a string.")
    if len(value) > limit:
        raise forbidden_change(resource, f"{name} is too long (maximum is {limit} characters)", field=name)
    return value
