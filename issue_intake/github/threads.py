"""What GraphQL alone tells of pull requests: which threads are resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from issue_intake.core.model import Repository
from issue_intake.core.review import Threads
from issue_intake.errors import RefusedError
from issue_intake.github import fields
from issue_intake.github.client import GitHub
from issue_intake.github.fields import Row
from issue_intake.github.graphql import ask

_AT_ONCE = 50
_PAGES = 20
_PULL = """p%(n)d:pullRequest(number:$n%(n)d){
      reviewThreads(first:100,after:$c%(n)d){
        pageInfo{hasNextPage endCursor}
        nodes{isResolved comments(first:1){nodes{databaseId}}}
      }
    }"""
_QUERY = """query($owner:String!,$name:String!%s){
  repository(owner:$owner,name:$name){
    %s
  }
}"""


def read_threads(github: GitHub, repository: Repository, numbers: tuple[int, ...]) -> Mapping[int, Threads] | None:
    """What is known of each, fifty in one query; None where the server has no GraphQL, or an older one.

    A pull request whose threads could not all be read is left out. Raises UnavailableError.
    """
    found: dict[int, Threads] = {}
    try:
        for start in range(0, len(numbers), _AT_ONCE):
            found |= _read(github, repository, numbers[start : start + _AT_ONCE])
    except RefusedError:
        return None
    return found


def _read(github: GitHub, repository: Repository, numbers: tuple[int, ...]) -> dict[int, Threads]:
    """All pages: a further query asks for those alone that have one."""
    ahead: dict[int, str | None] = dict.fromkeys(numbers)
    resolved: dict[int, frozenset[int]] = {}
    whole: dict[int, Threads] = {}
    for _ in range(_PAGES):
        rows = _asked(github, repository, ahead)
        ahead = {}
        for number, row in rows:
            threads = fields.some_object(row.get("reviewThreads"))
            resolved[number] = resolved.get(number, frozenset()) | frozenset(_resolved(threads))
            cursor = _next(threads)
            if cursor is not None:
                ahead[number] = cursor
            else:
                whole[number] = Threads(resolved=resolved[number])
        if not ahead:
            break
    return whole


def _asked(github: GitHub, repository: Repository, ahead: Mapping[int, str | None]) -> list[tuple[int, Row]]:
    """Each pull request of which the answer holds threads, with its part of the answer."""
    owner, _, name = repository.name.partition("/")
    variables: dict[str, object] = {"owner": owner, "name": name}
    for index, (number, cursor) in enumerate(ahead.items()):
        variables |= {f"n{index}": number, f"c{index}": cursor}
    data = fields.some_object(ask(github, _query(len(ahead)), variables).get("repository"))
    rows = [(number, fields.some_object(data.get(f"p{index}"))) for index, number in enumerate(ahead)]
    return [(number, row) for number, row in rows if _readable(row)]


def _query(count: int) -> str:
    """One alias and two variables for each pull request: nothing of outside stands in the query itself."""
    declared = "".join(f",$n{n}:Int!,$c{n}:String" for n in range(count))
    return _QUERY % (declared, "\n    ".join(_PULL % {"n": n} for n in range(count)))


def _readable(row: Row) -> bool:
    return isinstance(fields.some_object(row.get("reviewThreads")).get("nodes"), list)


def _resolved(threads: Row) -> Iterator[int]:
    for thread in map(fields.some_object, fields.some_list(threads.get("nodes"))):
        comments = fields.some_list(fields.some_object(thread.get("comments")).get("nodes"))
        first = fields.some_id(fields.some_object(comments[0]).get("databaseId")) if comments else None
        if thread.get("isResolved") is True and first is not None:
            yield first


def _next(threads: Row) -> str | None:
    page = fields.some_object(threads.get("pageInfo"))
    return fields.some_text(page.get("endCursor")) if page.get("hasNextPage") is True else None
