"""All that the stand-in knows, behind one lock: users, tokens, repositories, and the allowance of requests."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Literal

from issue_intake.demo.bare import Bare
from issue_intake.demo.model import Repository, Token


def utc_now() -> datetime:
    """The present."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Allowance:
    """How many requests of a `resource` may still be made until `reset_at`; it starts anew then, for a `period`."""

    limit: int = 5000
    resource: str = "core"
    period: timedelta = timedelta(hours=1)
    used: int = 0
    reset_at: datetime = field(default_factory=lambda: utc_now().replace(microsecond=0) + timedelta(hours=1))

    def renew(self, now: datetime) -> None:
        """Start anew when the period is over."""
        if int(now.timestamp()) >= int(self.reset_at.timestamp()):
            self.used, self.reset_at = 0, now + self.period

    @property
    def remaining(self) -> int:
        """Requests left."""
        return max(0, self.limit - self.used)

    def figures(self) -> dict[str, int]:
        """As /rate_limit names them; `reset` in Unix seconds."""
        reset = int(self.reset_at.timestamp())
        return {"limit": self.limit, "used": min(self.used, self.limit), "remaining": self.remaining, "reset": reset}

    def headers(self) -> dict[str, str]:
        """The same as headers of an answer."""
        figures = {f"X-RateLimit-{name.capitalize()}": str(value) for name, value in self.figures().items()}
        return {**figures, "X-RateLimit-Resource": self.resource}


def _queries() -> Allowance:
    return Allowance(resource="graphql")


def _searches() -> Allowance:
    minute = timedelta(minutes=1)
    return Allowance(limit=30, resource="search", period=minute, reset_at=utc_now().replace(microsecond=0) + minute)


@dataclass(slots=True, kw_only=True)
class World:
    """Everything but sockets. `api` and `web` are base URLs without a slash at the end; take `lock` around any use.

    `apps`: the id of the GitHub App by the number of its installation. `storage`: the base URL that logs are fetched
    from, without a credential; `stored`: those that an address was given for. `graphql`: whether there is GraphQL.
    """

    folder: Path
    api: str = ""
    web: str = ""
    storage: str = ""
    clock: Callable[[], datetime] = utc_now
    paging: Literal["pages", "cursor"] = "pages"
    allowance: Allowance = field(default_factory=Allowance)
    searches: Allowance = field(default_factory=_searches)
    queries: Allowance = field(default_factory=_queries)
    graphql: bool = True
    stored: dict[str, str] = field(default_factory=dict)
    apps: dict[int, str] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)
    former_names: dict[str, int] = field(default_factory=dict)
    user_ids: dict[str, int] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1_000_001))

    def now(self) -> datetime:
        """The present, in whole seconds as GitHub gives them."""
        return self.clock().replace(microsecond=0)

    def next_id(self) -> int:
        """An id nothing else has."""
        return next(self.ids)

    def user_id(self, login: str) -> int:
        """The id of an account, which exists from its first mention on."""
        return self.user_ids.setdefault(login.lower(), len(self.user_ids) + 1)

    def meet(self, login: str | None) -> None:
        """Let an account exist from now on; None is one that was deleted."""
        if login is not None:
            self.user_id(login)

    def by_name(self, full_name: str) -> Repository | None:
        """The repository called `owner/name` now, whatever the case."""
        wanted = full_name.lower()
        return next((found for found in self.repositories.values() if found.full_name.lower() == wanted), None)

    def by_former_name(self, full_name: str) -> Repository | None:
        """The repository that was called `owner/name` before it was renamed."""
        return self.repositories.get(self.former_names.get(full_name.lower(), 0))

    def add(self, owner: str, name: str, *, private: bool, parent: int | None = None) -> Repository:
        """A new, empty repository."""
        if self.by_name(f"{owner}/{name}"):
            raise ValueError(f"{owner}/{name} exists already")
        self.meet(owner)
        key = self.next_id()
        repository = Repository(
            id=key,
            owner=owner,
            name=name,
            bare=Bare.create(self.folder / f"{key}.git"),
            private=private,
            created_at=self.now(),
            parent=parent,
        )
        self.repositories[key] = repository
        return repository

    def rename(self, repository: Repository, owner: str, name: str) -> None:
        """Give it a new name; the old one leads to it from now on."""
        self.former_names[repository.full_name.lower()] = repository.id
        repository.owner, repository.name = owner, name
        self.former_names.pop(repository.full_name.lower(), None)
