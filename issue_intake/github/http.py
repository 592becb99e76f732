"""The wire: one request, its redirects, its limits in time and size. The only place that knows `requests`."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests import exceptions as failed

from issue_intake import __version__
from issue_intake.core.record import record
from issue_intake.core.text import one_line
from issue_intake.errors import UnavailableError
from issue_intake.github.address import origin, server_name
from issue_intake.github.allowance import resource_of
from issue_intake.github.answer import Answer
from issue_intake.github.credentials import Credential
from issue_intake.github.faults import UnreachableError
from issue_intake.github.gate import Gate
from issue_intake.github.limits import Limits, Look
from issue_intake.patience import within

ACCEPT = "application/vnd.github+json"
API_VERSION = "2022-11-28"
_MOVED = frozenset({301, 302, 307, 308})
_CHUNK = 64 * 1024

_Sign = Callable[[requests.PreparedRequest], requests.PreparedRequest]


@record
class Request:
    """What is asked. `json` is the body of a write.

    `stored`: the answer lies in a store of the server's choice, to which a 302 leads and which is shown no credential.
    `keep`: of the body only the last so many bytes are wanted.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, object] | None = None
    stored: bool = False
    keep: int | None = None


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: even when told not to follow, requests would read the whole body and prepare the next request."""


class Wire:
    """Sends requests to one server with one credential, which no other server is shown.

    All projects of that credential share it, from several threads: its connections, its turns, GitHub's limits.
    """

    def __init__(self, api_url: str, credential: Credential, gate: Gate | None = None) -> None:
        self.api_url = api_url.rstrip("/")
        self.credential = credential
        self.server = server_name(api_url)
        self.gate = gate or Gate(f"the token from {credential.source}")
        self._origin = origin(api_url)
        self._known: dict[object, Mapping[str, Any]] = {}
        self._session = _Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update(
            {"Accept": ACCEPT, "X-GitHub-Api-Version": API_VERSION, "User-Agent": f"issue-intake/{__version__}"}
        )

    def ask(self, request: Request, look: Look) -> Answer:
        """The answer, whatever its status. A read's redirects are followed on this server alone, or to a store.

        Raises UnreachableError where the network failed, UnavailableError for everything else that gives no answer,
        LimitedError where none may be asked for now.
        """
        for _ in range(look.limits.redirects + 1):
            answer = self._once(request, look)
            if answer.status not in _MOVED or request.method != "GET":
                return answer
            if request.stored and answer.status == 302:
                return self._from_store(replace(request, url=self._store(request, answer)), look)
            target = self.here(answer.headers.get("location", ""), "redirects", base=request.url)
            look.warnings.append(f"{self.server} redirects {urlsplit(request.url).path} to {one_line(_bare(target))}")
            request = replace(request, url=target)
        raise UnavailableError(f"{self.server} redirects in circles", "check github.api_url and github.repository")

    def here(self, link: str, verb: str, *, base: str) -> str:
        """The URL that `link` on `base` means, if it lies on this server: the credential goes nowhere else."""
        try:
            url = urljoin(base, link)
            if origin(url) == self._origin:
                return url
        except ValueError:
            pass
        raise UnavailableError(
            f"{self.server} {verb} to another server ({one_line(_bare(link))}), which is not followed",
            "set github.api_url to the address the server itself uses",
        )

    def too_slow(self, look: Look) -> UnavailableError:
        """The error for an answer that did not come within the look."""
        said = f"{self.server} was too slow: no whole answer within {look.limits.whole:g} s"
        return UnavailableError(said, "it is asked again later")

    def _from_store(self, request: Request, look: Look) -> Answer:
        for _ in range(look.limits.redirects):
            answer = self._timely(request, _unsigned, look)
            if answer.status == 200:
                return answer
            if answer.status not in _MOVED:
                # No answer of GitHub's own: what it says of limits and permissions is not to be believed.
                raise UnavailableError(f"a store of {self.server} answers {answer.status}")
            request = replace(request, url=self._store(request, answer))
        raise UnavailableError(f"a store of {self.server} redirects in circles")

    def _store(self, request: Request, answer: Answer) -> str:
        """Where the store is: its address is the secret that lets one read, so it is in no message."""
        try:
            url = urljoin(request.url, answer.headers.get("location", ""))
            if origin(url)[0] in {"https", self._origin[0]}:
                return url
        except ValueError:
            pass
        raise UnavailableError(f"{self.server} keeps {urlsplit(request.url).path} at an address that cannot be used")

    def _once(self, request: Request, look: Look) -> Answer:
        resource = resource_of(urlsplit(request.url).path)
        with self.gate.turn(resource, look):
            # Without an `auth` of ours, requests would take the host's entry in ~/.netrc instead.
            answer = self._timely(request, _bearer(self.credential.secret()), look)
        self.gate.heard(resource, answer)
        return answer

    def _timely(self, request: Request, sign: _Sign, look: Look) -> Answer:
        look.requests += 1
        try:
            return within(look.left, lambda: self._exchange(request, sign, look.limits))
        except TimeoutError:
            raise self.too_slow(look) from None
        except OSError as error:
            # Never chained: what requests raises can hold the headers sent, and a proxy's password.
            raise self._trouble(error) from None

    def _exchange(self, request: Request, sign: _Sign, limits: Limits) -> Answer:
        asked = requests.Request(
            request.method,
            request.url,
            headers=dict(request.headers),
            json=request.json,
            auth=sign,
        )
        with self._session.send(
            self._session.prepare_request(asked),
            timeout=(limits.connect, limits.read),
            allow_redirects=False,
            **self._surroundings(request.url),
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = self._body(response, limits.body, request.keep)
            return Answer(status=response.status_code, headers=headers, body=body, url=request.url)

    def _surroundings(self, url: str) -> Mapping[str, Any]:
        """Proxies and certificates as the environment names them: the same for every request to one server."""
        place = origin(url)
        if place not in self._known:
            settings = self._session.merge_environment_settings(url, {}, stream=True, verify=None, cert=None)
            self._known[place] = settings
        return self._known[place]

    def _body(self, response: requests.Response, at_most: int, keep: int | None) -> bytes:
        body, read = bytearray(), 0
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            read += len(chunk)
            if read > at_most:
                raise UnavailableError(f"an answer of {self.server} is larger than {at_most >> 20} MiB")
            if keep is not None:
                del body[:-keep]
        return bytes(body)

    def _trouble(self, error: OSError) -> UnavailableError:
        if not isinstance(error, failed.RequestException):
            return UnavailableError(f"the certificates for {self.server} cannot be read", _CA)
        for cause in _causes(error):
            for kind, fault, sentence, cure in _TROUBLES:
                if isinstance(cause, kind):
                    return fault(sentence.format(server=self.server), cure)
            if isinstance(cause, OSError) and cause.strerror:
                return UnreachableError(f"no connection to {self.server}: {one_line(cause.strerror)}", _NETWORK)
        return UnreachableError(f"the connection to {self.server} broke", _NETWORK)


_NETWORK = "check the network and github.api_url"
_PROXY = "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
_CA = "check the clock and the certificates; behind a company's proxy name its CA in REQUESTS_CA_BUNDLE"
# Each link of an error's chain is held against these; the first that fits tells.
_TROUBLES: tuple[tuple[type[OSError], type[UnavailableError], str, str], ...] = (
    (ssl.SSLError, UnavailableError, "no trusted TLS connection to {server}", _CA),
    (failed.SSLError, UnavailableError, "no trusted TLS connection to {server}", _CA),
    (failed.ProxyError, UnavailableError, "the proxy to {server} does not work", _PROXY),
    (failed.InvalidProxyURL, UnavailableError, "the proxy to {server} has no valid address", _PROXY),
    (failed.ContentDecodingError, UnavailableError, "an answer of {server} cannot be decoded", _PROXY),
    (failed.InvalidURL, UnavailableError, "the address of {server} is not valid", "check github.api_url"),
    (failed.InvalidSchema, UnavailableError, "the address of {server} is not http or https", "check github.api_url"),
    (failed.Timeout, UnreachableError, "{server} did not answer in time", _NETWORK),
    (failed.ChunkedEncodingError, UnreachableError, "an answer of {server} broke off in the middle", _NETWORK),
    (socket.gaierror, UnreachableError, "the name of {server} cannot be resolved (DNS)", _NETWORK),
)


def _bare(url: str) -> str:
    """`url` without what may be confidential in it."""
    return url.partition("?")[0].rpartition("@")[2]


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _bearer(secret: str) -> _Sign:
    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {secret}"
        return request

    return sign


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The chain below an error of requests, which keeps urllib3's own in its arguments and `reason`s."""
    seen: list[BaseException] = []
    queue: list[object] = [error]
    while queue and len(seen) < 20:
        found = queue.pop(0)
        if isinstance(found, BaseException) and found not in seen:
            seen.append(found)
            yield found
            queue += [*found.args, getattr(found, "reason", None), found.__cause__, found.__context__]
