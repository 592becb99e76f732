"""Floor: a list fetched page by page and decoded."""

import sys

import requests


def fetch(url: str) -> list[object]:
    """All rows of the list at `url`."""
    rows: list[object] = []
    with requests.Session() as session:
        following: str | None = url
        while following:
            answer = session.get(following, timeout=30)
            assert answer.status_code == 200
            rows += answer.json()
            following = answer.links.get("next", {}).get("url")
    return rows


def main() -> None:
    """Arguments: the list's address, and how many rows it has."""
    assert len(fetch(sys.argv[1])) == int(sys.argv[2])
