"""Questions to one GitHub server: conditional, paged, asked again when the network stumbles; failures as sentences."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from urllib.parse import urlencode, urlsplit

from issue_intake.core.text import one_line
from issue_intake.errors import IntakeError, UnavailableError
from issue_intake.github.address import graphql_url
from issue_intake.github.allowance import LimitedError, limited_query
from issue_intake.github.answer import Answer, Asked, linked
from issue_intake.github.cache import Cache, Stored
from issue_intake.github.faults import CredentialError, UnreachableError, fault, must_be_there, no_api
from issue_intake.github.gate import AT_ONCE, utc_now
from issue_intake.github.http import ACCEPT, Request, Wire
from issue_intake.github.limits import Limits, Look
from issue_intake.github.pages import Page, read_all
from issue_intake.github.retry import AT_MOST, patiently
from issue_intake.patience import side_by_side

PER_PAGE = 100
_DONE = frozenset({200, 201, 204})

Query = Mapping[str, str | int]
_Of = Callable[[object], list[object]]


def as_list(data: object) -> list[object]:
    """The rows of a page that is a list of them. Raises ValueError."""
    if not isinstance(data, list):
        raise ValueError(f"a list was due, not {type(data).__name__}")
    return data


class GitHub:
    """One project's questions over a wire; each look ends within `limits.whole` seconds.

    What is stored is kept apart by credential: GitHub's validators hold for one token. Those of an app's installation
    change with every run, so with an app an unchanged page is charged like a changed one.
    """

    def __init__(
        self,
        wire: Wire,
        cache: Cache,
        *,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._wire = wire
        self._cache = cache
        self._cached_for = f"{ACCEPT}\n{wire.credential.fingerprint}"
        self._limits = limits or Limits()
        self._sleep = sleep
        self._now = now

    def look(self) -> Look:
        """A look that must be over in `limits.whole` seconds from now."""
        return Look.begun(self._limits)

    def read(self, path: str, look: Look | None = None) -> Page:
        """GET one thing, conditionally. Raises GoneError on 404 and 410, else UnavailableError or RefusedError."""
        return self._conditional(self._wire.api_url + path, look or self.look())

    def rows(self, path: str, query: Query, look: Look, of: _Of = as_list) -> list[object]:
        """The rows of a list, all pages; one that moved meanwhile may come twice, its latest state last.

        `of` takes the rows from a page's JSON and raises ValueError where there are none. Where there are more pages
        than may be read, `look.cut_off` is set. Raises UnavailableError or RefusedError.
        """
        first = f"{self._wire.api_url}{path}?{urlencode({**query, 'per_page': PER_PAGE})}"
        with must_be_there():
            found = read_all(lambda urls: self._pages(urls, look, of), first, look.limits.pages)
        look.cut_off = look.cut_off or found.cut_off
        return found.rows

    def found(self, query: Query, look: Look, of: _Of) -> list[object]:
        """The rows of a search, like those of a list; the projects of a credential search one after the other."""
        with self._wire.gate.searching(look):
            return self.rows("/search/issues", query, look, of)

    def write(self, method: str, path: str, body: Mapping[str, object]) -> object:
        """Send `body` once, never again by itself; the JSON that came back.

        Raises InvalidError on 422, else UnavailableError or RefusedError; it may have arrived all the same.
        """
        with must_be_there():
            answer = self._written(method, path, body)
        return self._json(answer, self._wire.api_url + path)

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> None:
        """Like `write`, of something that may be gone (GoneError), and whose answer says nothing more."""
        self._written(method, path, body)

    def graphql(self, query: str, variables: Mapping[str, object], *, reads: bool) -> object:
        """What GraphQL answers, its `errors` included; a query that only `reads` is asked again like any read.

        Raises GoneError where the server has no GraphQL, LimitedError, UnavailableError or RefusedError.
        """
        url = graphql_url(self._wire.api_url)
        request = Request(method="POST", url=url, json={"query": query, "variables": variables})
        look = self.look()
        answer = self._patiently(request, look) if reads else self._wire.ask(request, look)
        if answer.status != 200:
            raise self._fault(answer, url)
        data = self._json(answer, url)
        limited = limited_query(answer, self._asked(url)) if isinstance(data, dict) and data.get("errors") else None
        if limited:
            raise self._stopped(limited)
        return data

    def tail(self, path: str, keep: int) -> bytes:
        """The last `keep` bytes of what the server has in a store. Raises UnavailableError or RefusedError."""
        url = self._wire.api_url + path
        answer = self._patiently(Request(method="GET", url=url, stored=True, keep=keep), self.look())
        if answer.status != 200:
            raise self._fault(answer, url)
        return answer.body

    def _written(self, method: str, path: str, body: Mapping[str, object] | None) -> Answer:
        url = self._wire.api_url + path
        answer = self._wire.ask(Request(method=method, url=url, json=body), self.look())
        if answer.status not in _DONE:
            raise self._fault(answer, url)
        return answer

    def strange(self, path: str, detail: str) -> UnavailableError:
        """The error for JSON of another shape than GitHub's."""
        return no_api(self._asked(path), f"{path}: {detail}")

    def _pages(self, urls: Sequence[str], look: Look, of: _Of) -> list[tuple[Page, list[object]]]:
        """The pages at `urls`, asked for side by side."""
        if len(urls) < 2:
            return [self._page(url, look, of) for url in urls]
        parts = [look.apart() for _ in urls]
        calls = [partial(self._page, url, part, of) for url, part in zip(urls, parts, strict=True)]
        try:
            found = side_by_side(calls, at_once=AT_ONCE, seconds=look.left)
        finally:
            look.join(parts)
        if None in found:
            raise self._wire.too_slow(look)
        return [page for page in found if page is not None]

    def _page(self, url: str, look: Look, of: _Of) -> tuple[Page, list[object]]:
        page = self._conditional(url, look)
        rows = self._rows(page, of)
        if page.unchanged and page.next is None and len(rows) >= PER_PAGE:
            # A validator covers the rows, not the Link header: a full last page may have got a successor since.
            again = self._plain(url, look)
            page = replace(again, unchanged=again.next is None and again.data == page.data)
            rows = self._rows(page, of)
        if page.next is not None:
            page = replace(page, next=self._wire.here(page.next, "sends for the next page", base=url))
        return page, rows

    def _rows(self, page: Page, of: _Of) -> list[object]:
        try:
            return of(page.data)
        except ValueError as error:
            raise self.strange(urlsplit(page.url).path, str(error)) from None

    def _conditional(self, url: str, look: Look) -> Page:
        stored = self._cache.get(self._key(url))
        if stored is None:
            return self._plain(url, look)
        answer = self._get(url, look, {"If-None-Match": stored.etag})
        return self._still(url, stored, answer, look) if answer.status == 304 else self._fresh(url, answer)

    def _plain(self, url: str, look: Look) -> Page:
        """Ask without a validator; a 304 to that is some proxy's, and asked again past it."""
        answer = self._get(url, look, {})
        if answer.status == 304:
            answer = self._get(url, look, {"Cache-Control": "no-cache"})
        return self._fresh(url, answer)

    def _get(self, url: str, look: Look, headers: Mapping[str, str]) -> Answer:
        return self._patiently(Request(method="GET", url=url, headers=headers), look)

    def _patiently(self, request: Request, look: Look) -> Answer:
        try:
            return patiently(lambda: self._wire.ask(request, look), sleep=self._sleep, at_most=min(AT_MOST, look.left))
        except UnreachableError as error:
            self._wire.gate.vain(error)
            raise

    def _still(self, url: str, stored: Stored, answer: Answer, look: Look) -> Page:
        look.unchanged += 1
        self._cache.confirm(self._key(url), stored, answer.etag)
        return _page(stored.body, stored.link, answer.url, unchanged=True)

    def _fresh(self, url: str, answer: Answer) -> Page:
        if answer.status != 200:
            raise self._fault(answer, url)
        data, link = self._json(answer, url), answer.headers.get("link")
        if answer.etag:
            self._cache.put(self._key(url), etag=answer.etag, link=link, body=answer.body)
        else:
            self._cache.drop(self._key(url))
        return _page(data, link, answer.url, unchanged=False)

    def _json(self, answer: Answer, url: str) -> object:
        try:
            return answer.json()
        except ValueError:
            kind = one_line(answer.headers.get("content-type", "no content type"), 60)
            raise no_api(self._asked(url), f"{urlsplit(url).path} gave no JSON ({kind})") from None

    def _fault(self, answer: Answer, url: str) -> IntakeError:
        error = fault(answer, self._asked(url))
        if isinstance(error, CredentialError) and answer.status == 401:
            self._wire.gate.vain(error)
        return self._stopped(error) if isinstance(error, LimitedError) else error

    def _stopped(self, limited: LimitedError) -> LimitedError:
        self._wire.gate.stop(limited)
        return limited

    def _asked(self, url: str) -> Asked:
        return Asked(
            server=self._wire.server, path=urlsplit(url).path, source=self._wire.credential.source, now=self._now()
        )

    def _key(self, url: str) -> str:
        return f"{url}\n{self._cached_for}"


def _page(data: object, link: str | None, url: str, *, unchanged: bool) -> Page:
    return Page(data=data, next=linked(link, "next"), last=linked(link, "last"), url=url, unchanged=unchanged)
