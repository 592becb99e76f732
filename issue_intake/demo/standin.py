"""A GitHub of one's own: start it, fill it, look at what it was asked, let it fail."""

from __future__ import annotations

import secrets
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Literal, Self

from issue_intake.demo.exchange import Exchange, Logged
from issue_intake.demo.faults import Fault, FaultPlan
from issue_intake.demo.hosted import Hosted
from issue_intake.demo.model import Token
from issue_intake.demo.server import API_BASE, LoopbackServer
from issue_intake.demo.world import Allowance, World, utc_now


class StandIn:
    """GitHub's REST API and git over HTTP on a free port of loopback, for as long as the `with` block lasts.

    `folder` holds the bare repositories (a temporary one unless given); `clock` gives aware datetimes. A fault of the
    stand-in itself is raised at the end of the block.
    """

    def __init__(self, folder: Path | None = None, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="intake-github-")
        self.world = World(folder=folder or Path(self._temporary.name if self._temporary else ""), clock=clock)
        self._exchange = Exchange(self.world)
        self._server = LoopbackServer(self._exchange)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), name="github-stand-in", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.api_url = f"{self.url}{API_BASE}"
        self.world.web, self.world.api = self.url, self.api_url
        self.token = self.add_token("intake-bot")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        self._thread.join()
        if self._temporary:
            self._temporary.cleanup()
        if self._server.bugs and value is None:
            raise RuntimeError("the stand-in itself failed") from self._server.bugs[0]

    def add_token(
        self, login: str, access: Literal["write", "read"] = "write", *, checks: bool = True, actions: bool = True
    ) -> str:
        """A credential of `login`, for the API and as git's password.

        `checks`: it may read check runs, which fine-grained tokens may not; `actions`: it may have jobs run again.
        """
        secret = f"standin_{secrets.token_hex(16)}"
        with self.world.lock:
            self.world.user_id(login)
            self.world.tokens[secret] = Token(login=login, write=access == "write", checks=checks, actions=actions)
        return secret

    def add_app(self, app: str, installation: int) -> None:
        """Install a GitHub App: it may fetch tokens for that installation from now on."""
        with self.world.lock:
            self.world.apps[installation] = app

    def revoke(self, token: str) -> None:
        """Let a credential be refused from now on."""
        with self.world.lock:
            del self.world.tokens[token]

    def add_repository(
        self, owner: str, name: str, *, files: Mapping[str, str] | None = None, private: bool = True
    ) -> Hosted:
        """A new repository with one commit on main; private ones cannot be cloned without a token."""
        with self.world.lock:
            repository = self.world.add(owner, name, private=private)
            content = files if files is not None else {"README.md": f"# {name}\n"}
            if content:
                repository.bare.commit(repository.default_branch, content, "First commit", self.world.now())
        return Hosted(self.world, repository)

    @property
    def allowance(self) -> Allowance:
        """The hourly allowance of requests, to be read or spent (`allowance.used = 5000`)."""
        return self.world.allowance

    @property
    def searches(self) -> Allowance:
        """The same of searches, a minute's."""
        return self.world.searches

    @property
    def queries(self) -> Allowance:
        """The same of GraphQL."""
        return self.world.queries

    def set_graphql(self, *, on: bool) -> None:
        """Whether there is GraphQL from now on; without, its address is a 404."""
        with self.world.lock:
            self.world.graphql = on

    def page_by(self, style: Literal["pages", "cursor"]) -> None:
        """How the issues list is paged from now on; large repositories are paged by cursor."""
        with self.world.lock:
            self.world.paging = style

    @property
    def requests(self) -> list[Logged]:
        """Every request so far, the oldest first, none of them with its secret."""
        return self._exchange.log

    def sent(self, method: str = "*", path: str = "*") -> list[Logged]:
        """Those of a method and path, which may hold `*`; paths are without the API's base path."""
        return [one for one in self.requests if fnmatchcase(one.method, method) and fnmatchcase(one.path, path)]

    def writes(self) -> list[Logged]:
        """Those that changed, or meant to change, something through the API or by a push."""
        return [one for one in self.requests if one.writing]

    def writes_by_kind(self) -> Counter[str]:
        """How many of each kind there were: `{"POST /repos/{owner}/{repo}/pulls": 1, "POST git-receive-pack": 2}`."""
        return Counter(one.kind for one in self.writes())

    def forget_requests(self) -> None:
        """Begin a new log."""
        self._exchange.forget()

    def fail(self, method: str, path: str, fault: Fault, *, times: int | None = 1) -> None:
        """Let `fault` befall the next `times` requests (None: all) of a method and path; both may hold `*`."""
        self._exchange.faults.add(method, path, fault, times)

    @property
    def faults(self) -> FaultPlan:
        """The faults that are planned."""
        return self._exchange.faults
