"""What a GitHub server said, free of any HTTP library."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from issue_intake.core.record import record
from issue_intake.core.text import one_line

_LINK = re.compile(r"<([^>]*)>([^<]*)")


@record
class Answer:
    """One answer: status, headers by lower-case name, decoded body, and the URL that gave it, redirects followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def etag(self) -> str | None:
        """The validator, None where there is none."""
        return self.headers.get("etag") or None

    def json(self) -> object:
        """The body as JSON. Raises ValueError where it is none."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def reasons(self) -> tuple[str, ...]:
        """GitHub's own words on a failure: its `message`, then each `errors[].message`, cleaned; () if it has none."""
        try:
            body = self.json()
        except ValueError:
            return ()
        if not isinstance(body, dict):
            return ()
        errors = body.get("errors")
        found = [body.get("message"), *(_detail(entry) for entry in (errors if isinstance(errors, list) else ()))]
        return tuple(one_line(text) for text in found if isinstance(text, str) and text.strip())


@record
class Asked:
    """The question behind an answer: who was asked (`server`), for what (`path`), with which token (`source`)."""

    server: str
    path: str
    source: str
    now: datetime


def linked(link: str | None, rel: Literal["next", "last"]) -> str | None:
    """The target of a relation in a Link header; their order varies."""
    for target, parameters in _LINK.findall(link or ""):
        if re.search(rf'rel="?{rel}"?(?![\w-])', parameters):
            return str(target)
    return None


def _detail(entry: object) -> object:
    """One of GitHub's `errors`: an object with a message, or only with field and code, or plain text."""
    if not isinstance(entry, dict):
        return entry
    return entry.get("message") or " ".join(str(entry[name]) for name in ("field", "code") if entry.get(name))
