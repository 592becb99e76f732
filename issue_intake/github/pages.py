"""Lists over several pages, read so that a row which moves meanwhile is neither lost nor doubled.

Pages by cursor go on behind a row and miss none. Numbered pages shift: when a row leaves the list, the first row of
page 2 moves to page 1 after that was read, and is on neither. So a chain that is not the one of the last look is read
again, until two readings in a row give the same rows on the same pages: a row that had moved to a page already read
would then be found there. Pages that did not change in between cost a 304, and those are free. A chain of nothing but
304s is the one that was read before. What goes on changing counts with all that was seen: each row is looked at again,
by its number, before anything is begun for it.

Where a server names the last page (check runs, reviews), those in between are asked for side by side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, urlsplit

from issue_intake.core.record import record

READINGS = 4
_NUMBER = re.compile(r"(?<=[?&])page=(\d+)(?=&|$)")


@record
class Page:
    """A successful read: its JSON, where the next and the last page are, what answered, and whether it was a 304."""

    data: object
    next: str | None
    last: str | None
    url: str
    unchanged: bool


@record
class Rows:
    """The rows of a list, some of them perhaps more than once, the latest last. `cut_off`: there are more pages."""

    rows: list[object]
    cut_off: bool


_Chain = list[tuple[Page, list[object]]]
Fetch = Callable[[Sequence[str]], _Chain]
"""What gets the pages at some URLs, with their rows, in the same order."""


def read_all(fetch: Fetch, first: str, at_most: int) -> Rows:
    """All rows of the list that begins at `first`, of `at_most` pages; raises what `fetch` raises."""
    chain = _read_chain(fetch, first, at_most)
    seen = chain
    settled = len(chain) == 1 or _by_cursor(chain) or all(page.unchanged for page, _ in chain)
    for _ in range(READINGS - 1):
        if settled:
            break
        before, chain = chain, _read_chain(fetch, first, at_most)
        settled = _ids(before) == _ids(chain)
        seen = chain if settled else seen + chain
    return Rows(rows=[row for _, rows in seen for row in rows], cut_off=chain[-1][0].next is not None)


def _read_chain(fetch: Fetch, first: str, at_most: int) -> _Chain:
    chain = fetch([first])
    chain = _until_the_end([*chain, *fetch(_between(chain[0][0])[: at_most - 1])])
    while (url := chain[-1][0].next) is not None and len(chain) < at_most:
        chain += fetch([url])
    return chain


def _between(page: Page) -> list[str]:
    """The pages from the next to the last, where these are told and differ in their number alone."""
    if page.next is None or page.last is None:
        return []
    next_, last = _NUMBER.search(page.next), _NUMBER.search(page.last)
    if next_ is None or last is None or _NUMBER.sub("page=", page.next) != _NUMBER.sub("page=", page.last):
        return []
    return [_NUMBER.sub(f"page={number}", page.next) for number in range(int(next_[1]), int(last[1]) + 1)]


def _until_the_end(chain: _Chain) -> _Chain:
    """Without what comes after a page that has become the last one."""
    ends = next((at for at, (page, _) in enumerate(chain) if page.next is None), len(chain))
    return chain[: ends + 1]


def _by_cursor(chain: _Chain) -> bool:
    return "after" in parse_qs(urlsplit(chain[0][0].next or "").query)


def _ids(chain: _Chain) -> list[list[object]]:
    return [[row.get("id") if isinstance(row, dict) else None for row in rows] for _, rows in chain]
