"""Questions to one GitHub server: conditional, paged, asked again when the network stumbles; failures as sentences."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from issue_intake.core.text import one_line
from issue_intake.errors import IntakeError, UnavailableError
from issue_intake.github.answer import Answer, next_link
from issue_intake.github.cache import Cache, Stored
from issue_intake.github.credentials import Token, fingerprint
from issue_intake.github.faults import Asked, fault, must_be_there, no_api
from issue_intake.github.http import ACCEPT, Request, Wire
from issue_intake.github.limits import Limits, Look
from issue_intake.github.retry import AT_MOST, patiently

PER_PAGE = 100

Query = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A successful read: its JSON, the next page's URL, the URL that answered, and whether it was a 304."""

    data: object
    next: str | None
    url: str
    unchanged: bool


def _utc_now() -> datetime:
    return datetime.now(UTC)


class GitHub:
    """One server and one credential, safe to use from several threads; a look ends within `limits.whole` seconds."""

    def __init__(
        self,
        api_url: str,
        token: Token,
        cache: Cache,
        *,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._source = token.source
        self._cache = cache
        self._cached_for = f"{ACCEPT}\n{fingerprint(token)}"
        self._limits = limits or Limits()
        self._wire = Wire(self._api_url, token, self._limits)
        self._sleep = sleep
        self._now = now

    def look(self) -> Look:
        """A look that must be over in `limits.whole` seconds from now."""
        return Look(ends=time.monotonic() + self._limits.whole)

    def read(self, path: str, look: Look | None = None) -> Page:
        """GET one thing, conditionally. Raises GoneError on 404 and 410, else UnavailableError or RefusedError."""
        return self._conditional(self._api_url + path, look or self.look())

    def rows(self, path: str, query: Query, look: Look) -> Iterator[object]:
        """The rows of a list, all pages, as they come. Beyond `limits.pages` a warning says that there is more.

        Raises UnavailableError or RefusedError.
        """
        url = f"{self._api_url}{path}?{urlencode({**query, 'per_page': PER_PAGE})}"
        for _ in range(self._limits.pages):
            with must_be_there():
                page, rows = self._list(url, look)
            yield from rows
            if page.next is None:
                return
            url = self._wire.here(page.next, "sends for the next page", base=url)
        look.warnings.append(f"only the first {self._limits.pages} pages of {path} were read; there are more")

    def write(self, method: str, path: str, body: Mapping[str, object]) -> object:
        """Send `body` once, never again by itself; the JSON that came back.

        Raises InvalidError on 422, else UnavailableError or RefusedError; it may have arrived all the same.
        """
        url = self._api_url + path
        answer = self._wire.ask(Request(method=method, url=url, json=body), self.look())
        if answer.status not in {200, 201}:
            with must_be_there():
                raise self._fault(answer, url)
        return self._json(answer, url)

    def strange(self, path: str, detail: str) -> UnavailableError:
        """The error for JSON of another shape than GitHub's."""
        return no_api(self._asked(path), f"{path}: {detail}")

    def _list(self, url: str, look: Look) -> tuple[Page, list[object]]:
        page = self._conditional(url, look)
        rows = self._rows(page)
        if page.unchanged and page.next is None and len(rows) >= PER_PAGE:
            # A validator covers the rows, not the Link header: a full last page may have got a successor since.
            page = self._plain(url, look)
            rows = self._rows(page)
        return page, rows

    def _rows(self, page: Page) -> list[object]:
        if not isinstance(page.data, list):
            raise self.strange(urlsplit(page.url).path, f"a list was due, not {type(page.data).__name__}")
        return page.data

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
        request = Request(method="GET", url=url, headers=headers)
        return patiently(lambda: self._wire.ask(request, look), sleep=self._sleep, at_most=min(AT_MOST, look.left))

    def _still(self, url: str, stored: Stored, answer: Answer, look: Look) -> Page:
        look.unchanged += 1
        self._cache.confirm(self._key(url), stored, answer.etag)
        return Page(data=stored.body, next=next_link(stored.link), url=answer.url, unchanged=True)

    def _fresh(self, url: str, answer: Answer) -> Page:
        if answer.status != 200:
            raise self._fault(answer, url)
        data, link = self._json(answer, url), answer.headers.get("link")
        if answer.etag:
            self._cache.put(self._key(url), etag=answer.etag, link=link, body=answer.body)
        else:
            self._cache.drop(self._key(url))
        return Page(data=data, next=next_link(link), url=answer.url, unchanged=False)

    def _json(self, answer: Answer, url: str) -> object:
        try:
            return answer.json()
        except ValueError:
            kind = one_line(answer.headers.get("content-type", "no content type"), 60)
            raise no_api(self._asked(url), f"{urlsplit(url).path} gave no JSON ({kind})") from None

    def _fault(self, answer: Answer, url: str) -> IntakeError:
        return fault(answer, self._asked(url))

    def _asked(self, url: str) -> Asked:
        return Asked(server=self._wire.server, path=urlsplit(url).path, source=self._source, now=self._now())

    def _key(self, url: str) -> str:
        return f"{url}\n{self._cached_for}"
