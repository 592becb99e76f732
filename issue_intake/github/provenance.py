"""Who may write to a project's repository, and what was done to its issues by whom, read from GitHub."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from issue_intake.core.authors import Act, Edit, History
from issue_intake.core.model import Repository
from issue_intake.core.text import one_line
from issue_intake.errors import RefusedError
from issue_intake.github import fields, parse_history
from issue_intake.github.client import GitHub
from issue_intake.github.fields import Row
from issue_intake.github.graphql import ask
from issue_intake.github.permissions import Permissions

_PAGES = 10
_QUERY = """query($owner:String!,$name:String!,$number:Int!,$after:String){
  repository(owner:$owner,name:$name){
    issue(number:$number){
      lastEditedAt
      userContentEdits(first:100,after:$after){
        pageInfo{hasNextPage endCursor}
        nodes{editedAt editor{__typename login}}
      }
    }
  }
}"""


class GitHubProvenance:
    """Reads who did what in one repository. Rights that are known hold for a tick, histories are read each time."""

    def __init__(self, github: GitHub, repository: Callable[[], Repository], permissions: Permissions) -> None:
        self._github = github
        self._repository = repository
        self._permissions = permissions

    def writes(self, login: str) -> bool | None:
        """Whether the login has write access; None where it could not be told."""
        return self._permissions.writes(login, self._github.look())

    def history(self, number: int) -> History:
        """The timeline of REST, and the edits of the body, which GraphQL alone tells."""
        try:
            return History(acts=self._acts(number), edits=self._edits(number))
        except ValueError as error:
            raise RefusedError(f"what was done to issue #{number} cannot be read: {one_line(str(error))}") from None

    def _acts(self, number: int) -> tuple[Act, ...]:
        look = self._github.look()
        path = f"/repos/{quote(self._repository().name)}/issues/{number}/timeline"
        acts = parse_history.acts(self._github.rows(path, {}, look))
        if look.cut_off:
            raise RefusedError(f"the timeline of issue #{number} has more than {look.limits.pages} pages")
        return acts

    def _edits(self, number: int) -> tuple[Edit, ...] | None:
        """None where the server has no GraphQL, or an older one, or keeps it from the token."""
        edits: tuple[Edit, ...] = ()
        after: str | None = None
        for _ in range(_PAGES):
            try:
                row = self._asked(number, after)
            except RefusedError:
                return None
            edits += parse_history.edits(row)
            after = parse_history.next_edits(row)
            if after is None:
                return parse_history.whole(edits, row)
        raise RefusedError(f"the body of issue #{number} was edited more than {_PAGES * 100} times")

    def _asked(self, number: int, after: str | None) -> Row:
        owner, _, name = self._repository().name.partition("/")
        data = ask(self._github, _QUERY, {"owner": owner, "name": name, "number": number, "after": after})
        row = fields.some_object(data.get("repository")).get("issue")
        if row is None:
            raise RefusedError(f"GraphQL does not show issue #{number}")
        return fields.an_object(row)
