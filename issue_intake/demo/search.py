"""GET /search/issues, for the qualifiers that a rule may use; any other word is looked for in title and text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from issue_intake.demo.bodies import issue_body
from issue_intake.demo.call import Call
from issue_intake.demo.issues import in_order
from issue_intake.demo.model import Issue, Repository
from issue_intake.demo.paging import asked_page, cut_out
from issue_intake.demo.pulls import keep_in_step
from issue_intake.demo.wire import RejectedError, Reply, json_reply

_MOST = 1000
_WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')
_QUALIFIER = re.compile(r"(\w+):(.+)")


def search_issues(call: Call) -> Reply:
    """The issues and pull requests of one repository that match all of `q`."""
    words = _WORD.findall(call.request.query.get("q", ""))
    repository = _repository(call, words)
    keep_in_step(call.world, repository)
    rows = [issue for issue in repository.issues.values() if all(_matches(issue, word) for word in words)]
    asked = {**call.request.query, "direction": call.request.query.get("order", "desc")}
    page = asked_page(f"{call.world.api}/search/issues", call.request.query, "pages")
    found, link = cut_out(in_order(rows, asked)[:_MOST], page)
    items = [issue_body(call.world, repository, issue) | {"score": 1.0} for issue in found]
    body = {"total_count": len(rows), "incomplete_results": False, "items": items, "search_type": "lexical"}
    return json_reply(body).with_headers(link)


def _repository(call: Call, words: list[str]) -> Repository:
    """422 for a repository that is not there; a search does not know former names."""
    names = [word.removeprefix("repo:") for word in words if word.startswith("repo:")]
    found = call.world.by_name(names[0]) if len(names) == 1 else None
    if found is None:
        message = "The listed users and repositories cannot be searched"
        errors = [{"message": message, "resource": "Search", "field": "q", "code": "invalid"}]
        raise RejectedError(422, "Validation Failed", errors=errors)
    return found


def _matches(issue: Issue, word: str) -> bool:
    if word.startswith("-"):
        return not _matches(issue, word[1:])
    qualifier = _QUALIFIER.fullmatch(word)
    if qualifier and qualifier[1] in _TESTS:
        return _TESTS[qualifier[1]](issue, qualifier[2].strip('"').lower())
    return word.strip('"').lower() in f"{issue.title} {issue.body or ''}".lower()


def _is(issue: Issue, what: str) -> bool:
    return what in {issue.state, "pr" if issue.pull else "issue"}


_TESTS: Mapping[str, Callable[[Issue, str], bool]] = {
    "repo": lambda *_: True,
    "is": _is,
    "label": lambda issue, name: name in {label.lower() for label in issue.labels},
    "assignee": lambda issue, login: login in {name.lower() for name in issue.assignees},
    "author": lambda issue, login: login == (issue.author or "").lower(),
    "no": lambda issue, what: what == "assignee" and not issue.assignees,
}
