"""Whether a pull request can be merged: its conflicts, its branch's rules, its checks. As GitHub words it."""

from __future__ import annotations

from issue_intake.demo.checks import verdicts
from issue_intake.demo.model import Issue, Pull, Repository
from issue_intake.demo.people import may_write
from issue_intake.demo.verdicts import BranchRules
from issue_intake.demo.world import World


def can_merge(repository: Repository, pull: Pull) -> bool:
    """Whether head and base go together without a conflict."""
    return repository.bare.merged_tree(pull.base_sha, pull.head_sha) is not None


def merge_state(world: World, repository: Repository, issue: Issue, *, mergeable: bool | None) -> str:
    """The `mergeable_state`: unknown, dirty, draft, blocked, behind, unstable or clean."""
    pull = issue.pull
    if mergeable is None or pull is None:
        return "unknown"
    if not mergeable:
        return "dirty"
    if pull.draft:
        return "draft"
    return _state_by_rules(world, repository, issue, pull)


def broken_rule(world: World, repository: Repository, issue: Issue, pull: Pull) -> str | None:
    """The sentence with which GitHub refuses to merge, None where all rules are kept."""
    rules = repository.rules.get(pull.base_ref, BranchRules())
    return _missing_review(world, repository, issue, rules) or _missing_check(repository, pull, rules)


def is_behind(repository: Repository, pull: Pull) -> bool:
    """Whether the base has moved on and its rules ask for a head that holds all of it."""
    rules = repository.rules.get(pull.base_ref, BranchRules())
    return rules.up_to_date and not repository.bare.contains(pull.base_sha, pull.head_sha)


def _state_by_rules(world: World, repository: Repository, issue: Issue, pull: Pull) -> str:
    if broken_rule(world, repository, issue, pull):
        return "blocked"
    if is_behind(repository, pull):
        return "behind"
    every_check = verdicts(repository, pull.head_sha).values()
    return "clean" if set(every_check) <= {"success"} else "unstable"


def _missing_review(world: World, repository: Repository, issue: Issue, rules: BranchRules) -> str | None:
    if not rules.approvals:
        return None
    latest = _latest_by_reviewer(world, repository, issue)
    if "CHANGES_REQUESTED" in latest:
        return "Changes have been requested by a reviewer with write access."
    if latest.count("APPROVED") < rules.approvals:
        return f"At least {rules.approvals} approving review is required by reviewers with write access."
    return None


def _latest_by_reviewer(world: World, repository: Repository, issue: Issue) -> list[str]:
    """The state of each writer's latest review, comments left out."""
    reviews = issue.pull.reviews if issue.pull else []
    latest = {one.author: one.state for one in reviews if one.state != "COMMENTED"}
    return [state for author, state in latest.items() if may_write(world, repository, author)]


def _missing_check(repository: Repository, pull: Pull, rules: BranchRules) -> str | None:
    found = verdicts(repository, pull.head_sha) if rules.checks else {}
    for name in sorted(rules.checks):
        if found.get(name) != "success":
            return f'Required status check "{name}" is {"failing" if found.get(name) == "failure" else "expected"}.'
    return None
