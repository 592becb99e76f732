"""Plain makers of records; every argument has a sensible value."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from issue_intake.core.attempt import Attempt, End, Outcome, Role
from issue_intake.core.ledger import Ledger
from issue_intake.core.model import Issue, Pull, Session, Stage
from issue_intake.core.names import RepositoryName, branch_name, issue_key
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.ports import Rule
from issue_intake.core.review import Check, CheckState, Comment, PullFacts, Review, ReviewState

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
WEBSHOP = RepositoryName(owner="acme", name="webshop")
LABEL = "agent:queued"
SHA = "a" * 40
OTHER_SHA = "b" * 40


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def issue(number: int = 1, **changes: Any) -> Issue:
    made = Issue(
        number=number,
        id=1000 + number,
        title=f"Issue {number}",
        body="Please do it.",
        url=f"https://github.com/acme/webshop/issues/{number}",
        state="open",
        labels=(LABEL,),
        assignees=(),
        author="octocat",
        created_at=NOW - timedelta(days=1) + timedelta(seconds=number),
        updated_at=NOW,
    )
    return replace(made, **changes)


def attempt(number: int = 1, **changes: Any) -> Attempt:
    return replace(Attempt(number=number, role=Role.CODER, agent="claude", claimed_at=NOW), **changes)


def ended(number: int = 1, outcome: Outcome | None = Outcome.DONE, **changes: Any) -> Attempt:
    made = attempt(number, handle={"pid": 1}, started_at=NOW, ended_at=NOW + minutes(5), outcome=outcome)
    return replace(made, **changes)


def session(number: int = 1, stage: Stage = Stage.QUEUED, **changes: Any) -> Session:
    made = Session(
        key=issue_key(WEBSHOP, number),
        project="webshop",
        repository="acme/webshop",
        repo_id=7,
        number=number,
        title=f"Issue {number}",
        url=f"https://github.com/acme/webshop/issues/{number}",
        stage=stage,
        since=NOW,
        created_at=NOW,
        branch=branch_name(number),
    )
    return replace(made, **changes)


def running(number: int = 1, **changes: Any) -> Session:
    """A session whose coder is at work."""
    base = session(
        number,
        Stage.IN_PROGRESS,
        attempts=(attempt(handle={"pid": 1}, started_at=NOW),),
        workspace="ready",
        base="main",
        base_sha=SHA,
        worktree=f"/worktrees/issue-{number}",
    )
    return replace(base, **changes)


def reviewed(number: int = 1, **changes: Any) -> Session:
    """A session whose pull request is open."""
    base = running(
        number,
        stage=Stage.REVIEW,
        attempts=(ended(),),
        announced_sha=OTHER_SHA,
        announced_for=1,
        pushed_sha=OTHER_SHA,
        pushed_at=NOW,
        ledger=Ledger(pushed=(OTHER_SHA,)),
        pull=pull(number + 100, branch=branch_name(number)),
    )
    return replace(base, **changes)


def pull(number: int = 101, **changes: Any) -> Pull:
    made = Pull(
        number=number,
        url=f"https://github.com/acme/webshop/pull/{number}",
        state="open",
        branch="agent/issue-1",
        head_sha=OTHER_SHA,
    )
    return replace(made, **changes)


def check(name: str = "test", state: CheckState = CheckState.PASSED, **changes: Any) -> Check:
    conclusion = {CheckState.PASSED: "success", CheckState.FAILED: "failure", CheckState.BROKEN_OFF: "cancelled"}
    return replace(Check(name=name, state=state, conclusion=conclusion.get(state, ""), job=1), **changes)


def review(number: int = 1, state: ReviewState = "approved", **changes: Any) -> Review:
    made = Review(id=number, author="ann", state=state, text="", sha=OTHER_SHA, at=NOW, steers=True)
    return replace(made, **changes)


def comment(number: int = 1, **changes: Any) -> Comment:
    made = Comment(
        id=number,
        thread=number,
        author="ann",
        path="cart.py",
        line=3,
        text="Please say why.",
        sha=OTHER_SHA,
        at=NOW,
        steers=True,
    )
    return replace(made, **changes)


def pull_facts(**changes: Any) -> PullFacts:
    """A pull request that nobody has looked at yet, without checks."""
    made = PullFacts(
        pull=pull(),
        base="main",
        base_sha=SHA,
        mergeable=True,
        merge_state="clean",
        author="intake-bot",
        own=True,
        labels=(),
        checks=(),
        reviews=(),
        comments=(),
    )
    return replace(made, **changes)


def end(outcome: Outcome | None = Outcome.DONE, **changes: Any) -> End:
    return replace(End(outcome=outcome, ended_at=NOW + minutes(5), started_at=NOW), **changes)


def policy(name: str = "webshop", **changes: Any) -> ProjectPolicy:
    made = ProjectPolicy(
        name=name,
        repository=RepositoryName(owner="acme", name=name),
        rule=Rule(labels=(LABEL,)),
        agent="claude",
    )
    return replace(made, **changes)
