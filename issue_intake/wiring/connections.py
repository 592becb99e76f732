"""Credentials and connections to GitHub servers: projects that have a credential in common share its connection."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from issue_intake.config.model import Project
from issue_intake.core.authors import Authors
from issue_intake.core.model import Repository
from issue_intake.core.ports import Notes, Provenance, Reviews, Steering
from issue_intake.github.account import Account
from issue_intake.github.cache import Cache
from issue_intake.github.client import GitHub
from issue_intake.github.credentials import VARIABLES, Credential, Token, find_token, gh_asker
from issue_intake.github.http import Wire
from issue_intake.github.limits import Limits
from issue_intake.workers.environment import PROXIES

if TYPE_CHECKING:
    from issue_intake.git.program import Git
    from issue_intake.git.remote import Remote
    from issue_intake.github.app import App, AppInstallation
    from issue_intake.github.permissions import Permissions

_SURROUNDINGS = frozenset({*map(str.upper, PROXIES), "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"})


class Connections:
    """What projects share in one run. `environ` is the environment with the env file laid over it."""

    def __init__(self, environ: Mapping[str, str], cache: Cache) -> None:
        # requests looks for proxies and certificates in this process's own environment, and nowhere else.
        os.environ.update({name: value for name, value in environ.items() if name.upper() in _SURROUNDINGS})
        self._environ = environ
        self._cache = cache
        self._ask_gh = gh_asker(environ)
        self._apps: dict[tuple[str, App], AppInstallation] = {}
        self._wires: dict[tuple[str, str], Wire] = {}

    def credential(self, project: Project) -> Credential:
        """The project's credential. Raises UnavailableError where no token is found."""
        if project.app is None:
            return find_token(self._environ, project.token_env, project.repository.host, self._ask_gh)
        from issue_intake.github.app import App, AppInstallation  # noqa: PLC0415 - for those who use one

        app = App(id=project.app.id, installation=project.app.installation, key_file=project.app.key_file)
        return self._apps.setdefault((project.api_url, app), AppInstallation(app, project.api_url))

    def client(self, project: Project, credential: Credential) -> GitHub:
        """The project's client; its turns and limits are those of the credential."""
        place = (project.api_url, credential.fingerprint)
        if place not in self._wires:
            self._wires[place] = Wire(project.api_url, credential)
        return GitHub(self._wires[place], self._cache, limits=Limits(pages=project.max_pages, floor=project.floor))


def known_secrets(project: Project, credential: Credential) -> tuple[frozenset[str], frozenset[str]]:
    """Names and values of variables that no worker may be handed. An app's token is in no variable."""
    names = frozenset(VARIABLES) | ({project.token_env} if project.token_env else frozenset())
    return names, frozenset({credential.value}) if isinstance(credential, Token) else frozenset()


def remote(git: Git, project: Project, token: Credential) -> Remote:
    """The project's repository as git reaches it."""
    from issue_intake.git.remote import Credential as Shown  # noqa: PLC0415 - most runs start no git
    from issue_intake.git.remote import Remote  # noqa: PLC0415

    origin = _origin(project.git_url)
    # The token belongs to the API's host: git shows it to no other.
    same_host = origin is not None and _web_host(project.api_url) == urlsplit(project.git_url).netloc
    credential = Shown(origin=origin, token=token.secret) if origin and same_host else None
    return Remote(git=git, url=project.git_url, credential=credential, ssh=project.transport == "ssh")


def _origin(url: str) -> str | None:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else None


def _web_host(api_url: str) -> str:
    return urlsplit(api_url).netloc.removeprefix("api.")


@dataclass(frozen=True)
class OnGitHub:
    """What is made of a project's client for those who vet issues, follow pull requests and write notes."""

    github: GitHub
    repository: Callable[[], Repository]
    account: Account
    authors: Authors

    def reviews(self) -> Reviews:
        """Reads pull requests."""
        from issue_intake.github.reviews import GitHubReviews  # noqa: PLC0415

        return GitHubReviews(self.github, self.repository, self.account, self._permissions)

    def provenance(self) -> Provenance:
        """Tells who may start work."""
        from issue_intake.github.provenance import GitHubProvenance  # noqa: PLC0415

        return GitHubProvenance(self.github, self.repository, self._permissions)

    @cached_property
    def _permissions(self) -> Permissions:
        """What is known of one login is known to all."""
        from issue_intake.github.permissions import Permissions  # noqa: PLC0415

        return Permissions(self.github, lambda: f"/repos/{quote(self.repository().name)}", self.authors)

    def steering(self) -> Steering:
        """Acts on them."""
        from issue_intake.github.steering import GitHubSteering  # noqa: PLC0415

        return GitHubSteering(self.github, self.repository)

    def notes(self) -> Notes:
        """Writes labels and comments."""
        from issue_intake.github.notes import GitHubNotes  # noqa: PLC0415

        return GitHubNotes(self.github, self.repository, self.account)
