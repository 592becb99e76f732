"""What a handler of the REST API is called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from issue_intake.demo.model import Repository, Token
from issue_intake.demo.wire import Reply, Request, not_found
from issue_intake.demo.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One authorised request. `token`: who asks; `names`: the variable parts of the path."""

    world: World
    request: Request
    token: Token
    names: Mapping[str, str]

    def number(self, name: str = "number") -> int:
        """A number in the path. Raises RejectedError (404) for anything else."""
        text = self.names[name]
        if not text.isdecimal():
            raise not_found()
        return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryCall(Call):
    """A request below /repos/{owner}/{repo}."""

    repository: Repository


Handler = Callable[[Call], Reply]
RepositoryHandler = Callable[[RepositoryCall], Reply]
