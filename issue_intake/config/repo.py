"""Every way to name a repository, and what follows from it: its name on the web, its API, its git URL."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from issue_intake.core.names import RepositoryName
from issue_intake.core.record import record

Transport = Literal["https", "ssh"]

_LOCAL = re.compile(r"(?:/|~|\.{1,2}(?:/|$))")
_SCP = re.compile(r"(?:([\w.-]+)@)?([A-Za-z0-9.-]+):(?!//)(.+)", re.ASCII)
_PATH = re.compile(r"/*([A-Za-z0-9][\w.-]{0,99})/([\w.-]{1,100})", re.ASCII)
_FORMS = "write owner/name, https://host/owner/name, git@host:owner/name.git, or the path of a local clone"
_ALIASES = {"www.github.com": "github.com", "ssh.github.com": "github.com"}


class AddressError(ValueError):
    """A text that names no repository: `problem` and `cure`, without what may be secret in the text."""

    def __init__(self, problem: str, cure: str = _FORMS) -> None:
        super().__init__(problem)
        self.problem = problem
        self.cure = cure


@record
class Address:
    """A repository on a host, and how it was asked to be reached. `login` and `port` matter to ssh alone.

    `url`: what git is given as it stands, where it does not follow from host and name.
    """

    repository: RepositoryName
    scheme: Literal["https", "http", "ssh"] = "https"
    login: str = "git"
    port: int | None = None
    url: str | None = None


def is_local(text: str) -> bool:
    """Whether `text` is the path of a local clone."""
    return bool(_LOCAL.match(text))


def parse_address(text: str) -> Address:
    """The address in `owner/name`, a URL or git's scp-like form, `.git` or not. Raises AddressError."""
    if is_local(text):
        raise AddressError("is a path")
    if "://" in text:
        return _from_url(_split(text))
    if found := _SCP.fullmatch(text):
        login, host, path = found.groups()
        return Address(repository=_name(path, host), scheme="ssh", login=login or "git")
    return Address(repository=_name(text, "github.com"))


def remote_of(text: str, name: str) -> Address:
    """The address of the repository `name` (owner/name) whose git remote is `text`: any URL, file:// or path.

    Raises AddressError for what must not be handed to git.
    """
    repository = parse_address(name).repository
    if is_local(text) or text.startswith("file:///"):
        return Address(repository=repository, url=text)
    if "://" in text and not text.startswith("ssh://"):
        url = checked_url(text)
        host = url.netloc.removesuffix(":443" if url.scheme == "https" else ":80").lower()
        named = _name(repository.full, host)
        return Address(repository=named, scheme="http" if url.scheme == "http" else "https", url=text)
    raise AddressError("names no repository")


def without_login(url: str) -> str:
    """A web URL without user and password, as git may have kept them in a clone's origin."""
    return re.sub(r"^(https?://)[^/@]*@", r"\1", url)


def api_url(address: Address) -> str:
    """The host's REST API: api.<host> for github.com and *.ghe.com, <host>/api/v3 for a GitHub Enterprise Server."""
    host = address.repository.host
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{'http' if address.scheme == 'http' else 'https'}://{host}/api/v3"


def git_url(address: Address, transport: Transport) -> str:
    """What git clones, fetches and pushes over `transport`; holds no credential."""
    if address.url is not None:
        return address.url
    name = address.repository
    if transport == "https":
        return f"{'http' if address.scheme == 'http' else 'https'}://{name.host}/{name.full}.git"
    if address.scheme == "ssh" and address.port:
        host = "ssh.github.com" if (name.host, address.port) == ("github.com", 443) else name.host
        return f"ssh://{address.login}@{host}:{address.port}/{name.full}.git"
    hostname = urlsplit(f"//{name.host}").hostname
    return f"{address.login}@{hostname}:{name.full}.git"


def is_loopback(host: str) -> bool:
    """Whether `host`, without a port, is this very machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_url(text: str) -> SplitResult:
    """`text` as a web URL that may carry a token: https, or http on loopback. Raises AddressError."""
    url = _split(text)
    if url.scheme not in {"https", "http"} or not url.hostname or re.search(r"[\s\\]", text):
        raise AddressError("is not a web address", "write https://host/…")
    if url.username is not None or url.password is not None:
        raise AddressError("holds a user name or password", "leave it out; name the token's variable with token_env")
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise AddressError("would send the token over plain http", "write https://")
    return url


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise AddressError("is not a web address", "write https://host/…") from None
    return url


def _from_url(url: SplitResult) -> Address:
    if url.query or url.fragment:
        raise AddressError("has more than owner and name in its address")
    if url.scheme == "ssh" and url.hostname and not url.password:
        name = _name(url.path, url.hostname)
        return Address(repository=name, scheme="ssh", login=_login(url), port=url.port)
    if url.scheme in {"git", "file", "ssh"}:
        raise AddressError(f"is not a {url.scheme}:// address that can be used")
    url = checked_url(url.geturl())
    name = _name(url.path, url.netloc.removesuffix(":443" if url.scheme == "https" else ":80"))
    return Address(repository=name, scheme="http" if url.scheme == "http" else "https")


def _login(url: SplitResult) -> str:
    login = url.username or "git"
    if not re.fullmatch(r"[\w.][\w.-]*", login, re.ASCII):
        raise AddressError("has a login that is not a plain word")
    return login


def _name(path: str, host: str) -> RepositoryName:
    found = _PATH.fullmatch(path.rstrip("/").removesuffix(".git"))
    if not found or set(found[2]) <= {"."}:
        raise AddressError("names no repository")
    lowered = host.lower()
    if not re.fullmatch(r"(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*))(?::\d+)?", lowered):
        raise AddressError("has a host that is none")
    return RepositoryName(owner=found[1], name=found[2], host=_ALIASES.get(lowered, lowered))
