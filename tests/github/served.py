"""GitHub as a table of answers with validators; every request must be one that GitHub describes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import responses
from requests import PreparedRequest

from tests.github.builders import API, Row, check_run, open_pull, repository
from tests.github.openapi import check_request

REPO = "/repos/acme/webshop"
SHA = "a" * 40
GRAPHQL = f"{API}/graphql"
DENIED: Row = {"message": "Resource not accessible by personal access token"}

Parts = tuple[int, Mapping[str, str], str]


@dataclass(frozen=True, kw_only=True)
class _Given:
    status: int
    body: str
    headers: Mapping[str, str]


class Served:
    """Answers by path. `asked`: (method, path) of each request; `statuses`: what each GET was answered."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock
        self.statuses: list[int] = []
        self._given: dict[str, _Given] = {}
        mock.add_callback("GET", re.compile(f"{re.escape(API)}/"), self._answer)

    def get(self, path: str, body: object, status: int = 200, **headers: str) -> None:
        """Answer a GET of `path` with `body`, and with a 304 where its validator is sent; `path` may have a query."""
        text = json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._given[path] = _Given(status=status, body=text, headers={"ETag": f'"{abs(hash(text))}"', **named})

    def _answer(self, request: PreparedRequest) -> Parts:
        url = urlsplit(str(request.url))
        given = self._given.get(f"{url.path}?{url.query}") or self._given[url.path]
        same = given.status == 200 and request.headers.get("If-None-Match") == given.headers["ETag"]
        self.statuses.append(304 if same else given.status)
        return self.statuses[-1], given.headers, "" if same else given.body

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(str(call.request.method), urlsplit(str(call.request.url)).path) for call in self.mock.calls]

    @property
    def written(self) -> list[tuple[str, str, object]]:
        """Every request that is no GET, with its body."""
        return [
            (str(call.request.method), urlsplit(str(call.request.url)).path, _body(call))
            for call in self.mock.calls
            if call.request.method != "GET"
        ]

    def with_pull(self, number: int = 3, **changes: object) -> None:
        """An open pull request nobody has said anything about yet, with one check that passed."""
        pull = open_pull(number, **changes)
        self.get("/user", {"login": "intake-bot"})
        self.get(f"{REPO}/pulls/{number}", pull)
        self.get(f"{REPO}/commits/{SHA}/check-runs", {"total_count": 1, "check_runs": [check_run(1)]})
        self.get(f"{REPO}/commits/{SHA}/status", {"state": "pending", "statuses": []})
        self.get(f"{REPO}/pulls/{number}/reviews", [])
        self.get(f"{REPO}/pulls/{number}/comments", [])


@contextmanager
def serving() -> Iterator[Served]:
    """GitHub with a repository in it."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        served = Served(mock)
        served.get(REPO, repository())
        yield served
        for call in mock.calls:
            url = urlsplit(str(call.request.url))
            if url.path != "/graphql" and f"{url.scheme}://{url.netloc}" == API:
                check_request(str(call.request.method), url.path, dict(parse_qsl(url.query)), _body(call))


def _body(call: responses.Call) -> object:
    return json.loads(call.request.body) if call.request.body else None
