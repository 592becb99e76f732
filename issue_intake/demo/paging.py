"""One page of a list and its Link header, by number or by cursor, with the repository's id in the addresses."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar
from urllib.parse import urlencode

from issue_intake.core.record import record

Item = TypeVar("Item")


@record
class Page:
    """What is asked of a list: `number` counts from 1, `size` is at most 100; `address` is the list's without query."""

    address: str
    query: Mapping[str, str]
    number: int
    size: int
    style: Literal["pages", "cursor"] = "pages"


def asked_page(address: str, query: Mapping[str, str], style: Literal["pages", "cursor"]) -> Page:
    """The page a query asks for; like GitHub, nonsense counts as not given."""
    size = min(_positive(query.get("per_page"), 30), 100)
    number = _from_cursor(query["after"], size) if "after" in query else _positive(query.get("page"), 1)
    return Page(address=address, query=query, number=number, size=size, style=style)


def cut_out(items: Sequence[Item], page: Page) -> tuple[Sequence[Item], dict[str, str]]:
    """The items on that page, and a Link header where there are others."""
    start = (page.number - 1) * page.size
    last = max(1, -(-len(items) // page.size))
    link = ", ".join(f'<{_address(page, number)}>; rel="{rel}"' for rel, number in _relations(page, last))
    return items[start : start + page.size], {"Link": link} if link else {}


def _relations(page: Page, last: int) -> list[tuple[str, int]]:
    """GitHub names only what there is to go to, and by cursor neither the first nor the last."""
    back = [("prev", min(page.number - 1, last))] if page.number > 1 else []
    forth = [("next", page.number + 1)] if page.number < last else []
    if page.style == "cursor":
        return forth
    return [*back, *forth, *([("last", last)] if forth else []), *([("first", 1)] if back else [])]


def _address(page: Page, number: int) -> str:
    query = {name: value for name, value in page.query.items() if name not in {"page", "after"}}
    if page.style == "cursor":
        query["after"] = base64.urlsafe_b64encode(f"cursor:{(number - 1) * page.size}".encode()).decode()
    return f"{page.address}?{urlencode({**query, 'page': number})}"


def _from_cursor(cursor: str, size: int) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("cursor:")) // size + 1
    except ValueError:
        return 1


def _positive(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) > 0 else default
