"""What a handler of the REST API is called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeVar

from issue_intake.core.record import record
from issue_intake.demo.model import Repository, Token
from issue_intake.demo.paging import asked_page, cut_out
from issue_intake.demo.wire import Reply, Request, not_found
from issue_intake.demo.world import World

Item = TypeVar("Item")


@record
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


@record
class RepositoryCall(Call):
    """A request below /repos/{owner}/{repo}; `tail` is what follows that in its path."""

    repository: Repository
    tail: str

    def page(
        self, items: Sequence[Item], style: Literal["pages", "cursor"] = "pages"
    ) -> tuple[Sequence[Item], dict[str, str]]:
        """The items of the page that is asked for, and the headers that lead to the others."""
        address = f"{self.world.api}/repositories/{self.repository.id}{self.tail}"
        return cut_out(items, asked_page(address, self.request.query, style))


Handler = Callable[[Call], Reply]
RepositoryHandler = Callable[[RepositoryCall], Reply]
