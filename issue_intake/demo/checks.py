"""What happens to checks, Actions runs and statuses. Raises RejectedError where GitHub would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from issue_intake.core.record import record
from issue_intake.demo.model import Repository
from issue_intake.demo.verdicts import ACTIONS, Check, Run, Status
from issue_intake.demo.wire import RejectedError, not_found
from issue_intake.demo.world import World

Verdict = Literal["success", "pending", "failure"]

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HARMLESS = {"success", "neutral", "skipped"}
_WORST_FIRST = ("failure", "startup_failure", "timed_out", "action_required", "cancelled")


@record
class NewCheck:
    """A check to be. `workflow`: the Actions workflow it is a job of; None: it belongs to another app."""

    name: str
    workflow: str | None


def commit_of(repository: Repository, ref: str) -> str | None:
    """The sha that a sha, a branch or `heads/branch` stands for."""
    if _SHA.fullmatch(ref):
        known = repository.bare.start("cat-file", "-e", f"{ref}^{{commit}}").returncode == 0
        return ref if known else None
    return repository.bare.branches().get(ref.removeprefix("refs/").removeprefix("heads/"))


def add_check(world: World, repository: Repository, ref: str, new: NewCheck) -> Check:
    """A new check of a commit, queued. A job joins the run that its workflow has for the commit."""
    sha = _commit(repository, ref)
    run = _run_of(world, repository, (sha, ref), new.workflow) if new.workflow else None
    check = Check(
        id=world.next_id(),
        name=new.name,
        sha=sha,
        app=ACTIONS if run else "other-ci",
        suite=run.suite if run else world.next_id(),
        created_at=world.now(),
        run=run.id if run else None,
        attempt=run.attempt if run else 1,
    )
    repository.checks[check.id] = check
    return check


def add_run(world: World, repository: Repository, ref: str, name: str, conclusion: str | None = None) -> Run:
    """A new run of a workflow, without jobs so far."""
    sha = _commit(repository, ref)
    run = Run(
        id=world.next_id(),
        name=name,
        sha=sha,
        branch=_branch(repository, sha, ref),
        number=len(repository.runs) + 1,
        suite=world.next_id(),
        created_at=world.now(),
        conclusion=conclusion,
    )
    repository.runs[run.id] = run
    return run


def end_check(world: World, check: Check, conclusion: str, *, log: str | None, summary: str | None) -> None:
    """Let a check come to its end."""
    check.status, check.conclusion, check.completed_at = "completed", conclusion, world.now()
    check.log, check.summary = log, summary


def rerun(world: World, repository: Repository, job: Check) -> Check:
    """Have a job run again: another one takes its place. 403 while its run still works."""
    run = repository.runs[job.run or 0]
    if run_state(repository, run)[0] != "completed":
        raise RejectedError(403, "The workflow run containing this job is already running")
    job.replaced = True
    run.attempt += 1
    return add_check(world, repository, run.sha, NewCheck(name=job.name, workflow=run.name))


def jobs_of(repository: Repository, run: Run, *, latest: bool = True) -> list[Check]:
    """A run's jobs, those that were run again since only unless `latest`."""
    return [one for one in repository.checks.values() if one.run == run.id and not (latest and one.replaced)]


def checks_of(repository: Repository, sha: str, *, latest: bool = True) -> list[Check]:
    """The check runs of a commit, the newest first."""
    found = [one for one in repository.checks.values() if one.sha == sha and not (latest and one.replaced)]
    return found[::-1]


def statuses_of(repository: Repository, sha: str, *, latest: bool = False) -> list[Status]:
    """The statuses of a commit, the newest first; of each context only one if `latest`."""
    found = [one for one in reversed(repository.statuses) if one.sha == sha]
    by_context: dict[str, Status] = {}
    for one in found:
        by_context.setdefault(one.context, one)
    return list(by_context.values()) if latest else found


def run_state(repository: Repository, run: Run) -> tuple[str, str | None]:
    """A run's status and conclusion, as its jobs have them."""
    jobs = jobs_of(repository, run)
    if not jobs:
        return ("completed", run.conclusion) if run.conclusion else ("queued", None)
    if any(job.conclusion is None for job in jobs):
        return "in_progress", None
    conclusions = {job.conclusion for job in jobs}
    worst = next((one for one in _WORST_FIRST if one in conclusions), None)
    return "completed", worst or ("skipped" if conclusions == {"skipped"} else "success")


def combined(statuses: Iterable[Status]) -> Verdict:
    """What statuses say together; nothing at all counts as pending."""
    states = {one.state for one in statuses}
    if states & {"error", "failure"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


def verdicts(repository: Repository, sha: str) -> dict[str, Verdict]:
    """What each check and status of a commit says, by name."""
    found = {one.context: combined([one]) for one in statuses_of(repository, sha, latest=True)}
    for check in reversed(checks_of(repository, sha)):
        ended: Verdict = "success" if check.conclusion in _HARMLESS else "failure"
        found[check.name] = ended if check.conclusion else "pending"
    return found


def find_check(repository: Repository, key: int) -> Check:
    """A check run by its id; 404 for none."""
    if key not in repository.checks:
        raise not_found()
    return repository.checks[key]


def find_job(repository: Repository, key: int) -> tuple[Check, Run]:
    """A job and its run; 404 for none, and for a check run that is no job."""
    check = find_check(repository, key)
    if check.run is None:
        raise not_found()
    return check, repository.runs[check.run]


def _run_of(world: World, repository: Repository, at: tuple[str, str], workflow: str) -> Run:
    sha, ref = at
    found = (one for one in repository.runs.values() if (one.sha, one.name) == (sha, workflow))
    return next(found, None) or add_run(world, repository, ref, workflow)


def _commit(repository: Repository, ref: str) -> str:
    sha = commit_of(repository, ref)
    if sha is None:
        raise RejectedError(422, f"No commit found for SHA: {ref}")
    return sha


def _branch(repository: Repository, sha: str, ref: str) -> str | None:
    """The branch that was named, or one that is at the commit now."""
    branches = repository.bare.branches()
    return ref if ref in branches else next((name for name, head in branches.items() if head == sha), None)
