"""Whatever GitHub answers: it is a record, or a sentence; and no damage makes an issue one that may be worked on."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.authors import Authors
from issue_intake.core.eligibility import HOLD, judge
from issue_intake.core.model import Poll
from issue_intake.core.names import RepositoryName
from issue_intake.core.ports import PullRequest, Rule
from issue_intake.core.review import Check, CheckState, Label
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.github.account import Account
from issue_intake.github.answer import Answer
from issue_intake.github.cache import Cache
from issue_intake.github.client import GitHub
from issue_intake.github.credentials import Token
from issue_intake.github.http import Request, Wire
from issue_intake.github.issues import GitHubTracker
from issue_intake.github.limits import Look
from issue_intake.github.notes import GitHubNotes
from issue_intake.github.parse_history import acts
from issue_intake.github.permissions import Permissions
from issue_intake.github.provenance import GitHubProvenance
from issue_intake.github.pulls import GitHubPulls
from issue_intake.github.reviews import GitHubReviews
from issue_intake.github.steering import GitHubSteering
from tests.fuzz.damage import File, cases, damaged, files, is_plain, misfit
from tests.github import builders
from tests.github.builders import API, CANARY, NOW
from tests.github.openapi import examples

_REPO = "/repos/acme/webshop"
_SHA = "a" * 40
_QUEUED = Rule(labels=("agent:queued",), exclude_labels=("wip",))
_THREADS = {
    "reviewThreads": {
        "pageInfo": {"hasNextPage": False, "endCursor": "end"},
        "nodes": [{"isResolved": True, "comments": {"nodes": [{"databaseId": 5}]}}],
    },
}
_EDITED = {
    "lastEditedAt": "2026-01-01T10:00:00Z",
    "userContentEdits": {
        "pageInfo": {"hasNextPage": False, "endCursor": "end"},
        "nodes": [{"editedAt": "2026-01-01T10:00:00Z", "editor": {"__typename": "User", "login": "ada"}}],
    },
}


@cache
def _example(path: str) -> object:
    """GitHub's own example of an answer."""
    return next(examples("GET", path))


def _whole() -> dict[str, object]:
    """An answer for each path, as GitHub gives it."""
    pull = builders.open_pull(3, labels=[{"name": "intake:merge"}], mergeable_state="behind")
    label = {"event": "labeled", "label": {"name": "intake:merge"}, "actor": {"login": "ada"}}
    return {
        _REPO: builders.repository(),
        f"{_REPO}/issues": [builders.issue(7), *_rows(f"{_REPO}/issues")],
        f"{_REPO}/issues/7": builders.issue(7),
        f"{_REPO}/labels": _example(f"{_REPO}/labels"),
        f"{_REPO}/issues/7/labels": [{"name": "agent:queued"}],
        f"{_REPO}/issues/7/comments": _rows(f"{_REPO}/issues/7/comments"),
        f"{_REPO}/issues/3/events": [
            *_rows(f"{_REPO}/issues/3/events"),
            {**label, "created_at": "2026-01-01T10:00:00Z"},
        ],
        f"{_REPO}/issues/7/timeline": _rows(f"{_REPO}/issues/7/timeline"),
        f"{_REPO}/pulls": [builders.pull(3), *_rows(f"{_REPO}/pulls")],
        f"POST {_REPO}/pulls": pull,
        f"{_REPO}/pulls/3": pull,
        f"{_REPO}/pulls/3/reviews": [builders.review(1), *_rows(f"{_REPO}/pulls/3/reviews")],
        f"{_REPO}/pulls/3/comments": [builders.line_comment(1), *_rows(f"{_REPO}/pulls/3/comments")],
        f"{_REPO}/commits/{_SHA}/check-runs": {
            "total_count": 2,
            "check_runs": [builders.check_run(1), builders.check_run(2, None)],
        },
        f"{_REPO}/commits/{_SHA}/status": {"state": "success", "statuses": [builders.status(1, "success")]},
        f"{_REPO}/git/ref/heads/main": _example(f"{_REPO}/git/ref/heads/main"),
        f"{_REPO}/collaborators/ada/permission": {"permission": "write", "user": {"login": "ada"}},
        "/user": {"login": "intake-bot"},
        "/search/issues": {"total_count": 1, "incomplete_results": False, "items": [_found()]},
        "/graphql": {"data": {"repository": {"p0": _THREADS, "issue": _EDITED}}},
    }


def _rows(path: str) -> list[object]:
    found = _example(path)
    assert isinstance(found, list)
    return found


def _found() -> builders.Row:
    return builders.issue(7, repository_url=f"{API}{_REPO}")


class _Answered(Wire):
    """A wire on which every answer lies ready, by path."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        super().__init__(API, Token(CANARY, "SHOP_TOKEN"))
        self._answers = answers

    def ask(self, request: Request, look: Look) -> Answer:
        path = urlsplit(request.url).path
        made = f"POST {path}"
        known = made if request.method == "POST" and made in self._answers else path
        body = self._answers.get(known, b'{"message": "Not Found"}')
        status = 404 if known not in self._answers else 201 if known == made else 200
        return Answer(status=status, headers={"etag": '"1"', "content-type": "x/y"}, body=body, url=request.url)


def _asks(folder: Path, answers: Mapping[str, bytes]) -> dict[str, Callable[[], object]]:
    """Everything that GitHub is asked, by name."""
    github = GitHub(_Answered(answers), Cache(folder), sleep=lambda _: None, now=lambda: NOW)
    tracker = GitHubTracker(github, RepositoryName(owner="acme", name="webshop"))
    pulls = GitHubPulls(github, tracker.repository)
    permissions = Permissions(github, lambda: _REPO, Authors())
    reviews = GitHubReviews(github, tracker.repository, Account(github), permissions)
    notes = GitHubNotes(github, tracker.repository, Account(github))
    steering = GitHubSteering(github, tracker.repository)
    request = PullRequest(branch="agent/issue-7", base="main", title="T", body="B", draft=True)
    check = Check(name="test", state=CheckState.FAILED, conclusion="failure", job=1)
    return {
        "repository": tracker.repository,
        "poll": lambda: tracker.poll(_QUEUED),
        "search": lambda: tracker.poll(Rule(query="x")),
        "issue": lambda: tracker.issue(7),
        "missing labels": lambda: tracker.missing_labels(("agent:queued",)),
        "by branch": lambda: pulls.by_branch("agent/issue-7"),
        "pull": lambda: pulls.get(3),
        "open": lambda: pulls.open(request),
        "facts": lambda: reviews.facts(3),
        "threads": lambda: reviews.threads((3,)),
        "log": lambda: reviews.log_tail(check),
        "permission": lambda: permissions.steers("ada", github.look()),
        "history": lambda: GitHubProvenance(github, tracker.repository, permissions).history(7),
        "comment": lambda: notes.comment(7, "<!-- intake:x -->", "text"),
        "label": lambda: notes.set_label(
            7, Label(name="agent:review", colour="ededed", description="x"), ("agent:review",)
        ),
        "ready": lambda: steering.mark_ready(3),
        "rerun": lambda: steering.rerun(check),
    }


_PATHS = sorted(_whole())
_NAMES = sorted(_asks(Path("/nowhere"), {}))


@st.composite
def _answers(draw: st.DrawFn) -> dict[str, bytes]:
    """All answers, some of them damaged."""
    whole = _whole()
    found: dict[str, bytes] = {path: File(json.dumps(body).encode()) for path, body in whole.items()}
    for path in draw(st.lists(st.sampled_from(_PATHS), min_size=1, max_size=3, unique=True)):
        found[path] = draw(files(whole[path], at_most=3))
    return found


@cases(120)
@given(_answers(), st.sets(st.sampled_from(_NAMES), min_size=3, max_size=5))
def test_any_answers_are_records_or_a_sentence(answers: dict[str, bytes], names: set[str]) -> None:
    with TemporaryDirectory() as folder:
        asks = _asks(Path(folder), answers)
        for name in names:
            said = _said(asks[name])
            assert is_plain(said), name
            assert "\n" not in said, name
            assert CANARY not in said
            assert len(said) < 2000, name


def _said(ask: Callable[[], object]) -> str:
    try:
        ask()
    except (UnavailableError, RefusedError) as error:
        return str(error)
    return ""


def test_whole_answers_are_no_fault(tmp_path: Path) -> None:
    answers = {path: json.dumps(body).encode() for path, body in _whole().items()}
    assert {name: said for name, ask in _asks(tmp_path, answers).items() if (said := _said(ask))} == {}


_HELD = builders.issue(7, labels=[{"name": "agent:queued"}, {"name": HOLD}])
_NOBODYS = Rule(assignee="none")
_NOT_FOR_US: tuple[tuple[Rule, builders.Row], ...] = (
    (_QUEUED, _HELD),
    (_QUEUED, builders.issue(7, labels=["agent:queued", "WIP"])),
    (_QUEUED, builders.issue(7, labels=[{"name": "bug"}])),
    (_QUEUED, builders.issue(7, state="closed")),
    (_QUEUED, builders.issue(7, pull_request={"url": "x"}, html_url="https://github.com/acme/webshop/pull/7")),
    (_NOBODYS, builders.issue(7, labels=[], assignee={"login": "octocat"})),
    (_NOBODYS, builders.issue(7, labels=[{"name": HOLD}], assignees=[], assignee=None)),
    (Rule(assignee="ada"), builders.issue(7, assignee={"login": "octocat"})),
    (Rule(assignee="*"), builders.issue(7, assignees=[], assignee=None)),
)


@cases(100)
@given(st.sampled_from(_NOT_FOR_US).flatmap(lambda one: st.tuples(st.just(one[0]), misfit(one[1]))))
def test_no_damage_makes_an_issue_one_that_may_be_worked_on(one: tuple[Rule, object]) -> None:
    rule, row = one
    with TemporaryDirectory() as folder:
        poll = _polled(Path(folder), rule, [row, builders.issue(1, **_eligible(rule))])
    assert [issue.number for issue in poll.issues if judge(issue, rule) is None] == [1]


_DONE: tuple[builders.Row, ...] = tuple(
    {"id": at, "event": event, "actor": {"login": "eve"}, "created_at": f"2026-01-01T12:0{at}:00Z", **about}
    for at, (event, about) in enumerate(
        (("labeled", {"label": {"name": "agent:queued"}}), ("renamed", {}), ("unlabeled", {"label": {"name": "bug"}})),
        1,
    )
)


@cases(40)
@given(misfit(list(_DONE)))
def test_no_damage_hides_what_was_done_to_an_issue(rows: object) -> None:
    try:
        found = acts(rows if isinstance(rows, list) else [rows])
    except ValueError:
        return
    assert [act.kind for act in found] == ["labeled", "renamed", "unlabeled"]
    assert {act.by for act in found} <= {"eve", None}


@cases(40)
@given(st.lists(damaged(builders.issue(7)), max_size=3))
def test_a_damaged_row_costs_itself_alone(rows: list[object]) -> None:
    with TemporaryDirectory() as folder:
        poll = _polled(Path(folder), _QUEUED, [*rows, builders.issue(1)])
    assert 1 in [issue.number for issue in poll.issues]
    assert len(poll.issues) + len(poll.warnings) <= len(rows) + 1


def _polled(folder: Path, rule: Rule, rows: list[object]) -> Poll:
    answers = {f"{_REPO}/issues": json.dumps(rows).encode()}
    github = GitHub(_Answered(answers), Cache(folder), sleep=lambda _: None, now=lambda: NOW)
    return GitHubTracker(github, RepositoryName(owner="acme", name="webshop")).poll(rule)


def _eligible(rule: Rule) -> builders.Row:
    """What makes an issue meet the rule."""
    users = {"none": [], "*": [{"login": "octocat"}], None: []}.get(rule.assignee, [{"login": rule.assignee}])
    return copy.deepcopy({"labels": [{"name": name} for name in rule.labels], "assignees": users, "assignee": None})
