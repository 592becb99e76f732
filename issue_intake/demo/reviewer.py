"""The person who merges in the demonstration."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

from issue_intake.demo.hosted import PullFacts
from issue_intake.errors import IntakeError


class DemoFailedError(IntakeError):
    """The demonstration did not go as it should."""


class Reviewer:
    """Merges pull requests through the REST API, as any program of a person's would."""

    def __init__(self, api_url: str, token: str) -> None:
        self._api = urlsplit(api_url)
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": "intake-demo-reviewer"}

    def merge(self, full_name: str, pull: PullFacts) -> None:
        """Merge one at the commit that was looked at. Raises DemoFailedError when it is refused."""
        connection = http.client.HTTPConnection(self._api.netloc, timeout=30)
        path = f"{self._api.path}/repos/{full_name}/pulls/{pull.number}/merge"
        try:
            connection.request("PUT", path, json.dumps({"sha": pull.head_sha}), self._headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise DemoFailedError(f"pull request #{pull.number} could not be merged: {answer.get('message')}")
