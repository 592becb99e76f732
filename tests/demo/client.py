"""A client of the REST API and of git over HTTP, as tests want them."""

from __future__ import annotations

import base64
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests


@dataclass(frozen=True)
class Client:
    api_url: str
    token: str | None

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        known = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers = known | options.pop("headers", {})
        address = path if path.startswith("http") else self.api_url + path
        return requests.request(method, address, headers=headers, timeout=10, **{"allow_redirects": False} | options)

    def get(self, path: str, **query: str | int) -> Any:
        return self.ask("GET", path, params=query).json()

    def all_pages(self, path: str, **query: str | int) -> tuple[list[Any], int]:
        """The rows of all pages, and how many pages there were."""
        answer = self.ask("GET", path, params=query)
        rows, pages = answer.json(), 1
        while "next" in answer.links:
            answer = self.ask("GET", answer.links["next"]["url"])
            rows, pages = rows + answer.json(), pages + 1
        return rows, pages


def git(*arguments: str, cwd: Path, token: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run git, the token handed over in memory."""
    settings = {"GIT_TERMINAL_PROMPT": "0"}
    if token:
        login = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        settings |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {login}",
        }
    argv = ["git", *arguments]
    return subprocess.run(argv, cwd=cwd, env=os.environ | settings, capture_output=True, text=True, check=False)
