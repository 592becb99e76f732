"""Floor: many conditional requests, eight threads, each with a connection that it keeps."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import requests

_own = threading.local()


def ask(url: str) -> None:
    """One conditional request."""
    if not hasattr(_own, "session"):
        _own.session = requests.Session()
    answer = _own.session.get(url, headers={"If-None-Match": '"page-0"'}, timeout=30)
    assert answer.status_code == 304


def ask_all(api: str, count: int) -> None:
    """One for each of so many repositories."""
    urls = [f"{api}/repos/acme/shop-{number}/issues?per_page=100" for number in range(1, count + 1)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(ask, urls))


def main() -> None:
    """Arguments: the API's address, and how many repositories."""
    ask_all(sys.argv[1], int(sys.argv[2]))
