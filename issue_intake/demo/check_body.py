"""JSON bodies of checks, commit statuses, and the runs and jobs of Actions."""

from __future__ import annotations

from issue_intake.demo.bodies import node_id, optional_time, repository_address, rfc3339, user_body
from issue_intake.demo.checks import combined, run_state
from issue_intake.demo.model import Issue, Repository
from issue_intake.demo.repository_body import repository_body
from issue_intake.demo.verdicts import ACTIONS, Check, Run, Status
from issue_intake.demo.wire import Json
from issue_intake.demo.world import World


def check_body(world: World, repository: Repository, check: Check) -> Json:
    """A `check-run`."""
    address = f"{repository_address(world, repository)}/check-runs/{check.id}"
    page = _page_of(world, repository, check)
    return {
        "id": check.id,
        "node_id": node_id("CR", check.id),
        "head_sha": check.sha,
        "external_id": f"external-{check.id}",
        "name": check.name,
        "url": address,
        "html_url": page,
        "details_url": page,
        "status": check.status,
        "conclusion": check.conclusion,
        "started_at": rfc3339(check.created_at),
        "completed_at": optional_time(check.completed_at),
        "output": {
            "title": None,
            "summary": check.summary,
            "text": None,
            "annotations_count": 0,
            "annotations_url": f"{address}/annotations",
        },
        "check_suite": {"id": check.suite},
        "app": _app_body(world, check.app),
        "pull_requests": _pulls_at(world, repository, check.sha),
    }


def job_body(world: World, repository: Repository, job: Check, run: Run) -> Json:
    """A `job`."""
    base = repository_address(world, repository)
    unknown = dict.fromkeys(("runner_id", "runner_name", "runner_group_id", "runner_group_name"))
    return {
        "id": job.id,
        "run_id": run.id,
        "run_url": f"{base}/actions/runs/{run.id}",
        "run_attempt": job.attempt,
        "node_id": node_id("CR", job.id),
        "head_sha": job.sha,
        "head_branch": run.branch,
        "workflow_name": run.name,
        "name": job.name,
        "url": f"{base}/actions/jobs/{job.id}",
        "html_url": _page_of(world, repository, job),
        "check_run_url": f"{base}/check-runs/{job.id}",
        "status": job.status,
        "conclusion": job.conclusion,
        "created_at": rfc3339(job.created_at),
        "started_at": rfc3339(job.created_at),
        "completed_at": optional_time(job.completed_at),
        "steps": [],
        "labels": ["ubuntu-latest"],
        **unknown,
    }


def run_body(world: World, repository: Repository, run: Run) -> Json:
    """A `workflow-run`."""
    base = repository_address(world, repository)
    status, conclusion = run_state(repository, run)
    return {
        "id": run.id,
        "node_id": node_id("WFR", run.id),
        "name": run.name,
        "display_title": run.name,
        "path": f".github/workflows/{run.name}.yml",
        "head_branch": run.branch,
        "head_sha": run.sha,
        "run_number": run.number,
        "run_attempt": run.attempt,
        "event": "push",
        "status": status,
        "conclusion": conclusion,
        "workflow_id": 1,
        "check_suite_id": run.suite,
        "check_suite_node_id": node_id("CS", run.suite),
        "html_url": f"{world.web}/{repository.full_name}/actions/runs/{run.id}",
        "pull_requests": _pulls_at(world, repository, run.sha),
        **dict.fromkeys(("created_at", "updated_at", "run_started_at"), rfc3339(run.created_at)),
        **dict.fromkeys(("actor", "triggering_actor"), user_body(world, repository.owner)),
        **dict.fromkeys(("repository", "head_repository"), repository_body(world, repository)),
        "head_commit": _commit_body(repository, run.sha),
        "check_suite_url": f"{base}/check-suites/{run.suite}",
        "workflow_url": f"{base}/actions/workflows/1",
        **_run_addresses(f"{base}/actions/runs/{run.id}"),
    }


def status_body(world: World, repository: Repository, status: Status) -> Json:
    """A `status`; a `simple-commit-status` has all of it but the creator."""
    return {
        "url": f"{repository_address(world, repository)}/statuses/{status.sha}",
        "avatar_url": None,
        "id": status.id,
        "node_id": node_id("SC", status.id),
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": rfc3339(status.created_at),
        "updated_at": rfc3339(status.created_at),
        "creator": user_body(world, status.creator),
    }


def combined_body(world: World, repository: Repository, sha: str, statuses: list[Status]) -> Json:
    """A `combined-commit-status` of a commit's latest statuses, its list still empty."""
    commit = f"{repository_address(world, repository)}/commits/{sha}"
    return {
        "state": combined(statuses),
        "sha": sha,
        "total_count": len(statuses),
        "statuses": [],
        "repository": repository_body(world, repository),
        "commit_url": commit,
        "url": f"{commit}/status",
    }


def _run_addresses(address: str) -> Json:
    named = {f"{name}_url": f"{address}/{name}" for name in ("jobs", "logs", "artifacts", "cancel", "rerun")}
    return {"url": address, "previous_attempt_url": None, **named}


def _page_of(world: World, repository: Repository, check: Check) -> str:
    web = f"{world.web}/{repository.full_name}"
    return f"{web}/actions/runs/{check.run}/job/{check.id}" if check.run else f"{web}/runs/{check.id}"


def _app_body(world: World, slug: str) -> Json:
    born = dict.fromkeys(("created_at", "updated_at"), "2020-01-01T00:00:00Z")
    key = 15368 if slug == ACTIONS else 15369
    return {
        "id": key,
        "slug": slug,
        "node_id": node_id("A", key),
        "owner": user_body(world, "github"),
        "name": slug,
        "description": None,
        "external_url": world.web,
        "html_url": f"{world.web}/apps/{slug}",
        **born,
        "permissions": {"checks": "write"},
        "events": [],
    }


def _pulls_at(world: World, repository: Repository, sha: str) -> list[Json]:
    """The open pull requests of the repository's own branches whose head is that commit."""
    return [
        _minimal_pull(world, repository, issue)
        for issue in repository.issues.values()
        if issue.state == "open" and issue.pull and (issue.pull.head_sha, issue.pull.source) == (sha, repository.id)
    ]


def _minimal_pull(world: World, repository: Repository, issue: Issue) -> Json:
    base, pull = repository_address(world, repository), issue.pull
    repo = {"id": repository.id, "name": repository.name, "url": base}
    ends = {"head": (pull.head_ref, pull.head_sha), "base": (pull.base_ref, pull.base_sha)} if pull else {}
    named = {end: {"ref": ref, "sha": sha, "repo": repo} for end, (ref, sha) in ends.items()}
    return {"id": issue.id, "number": issue.number, "url": f"{base}/pulls/{issue.number}", **named}


def _commit_body(repository: Repository, sha: str) -> Json:
    tree, at, name, mail, message = repository.bare.run("show", "-s", "--format=%T%n%cI%n%an%n%ae%n%B", sha).split(
        "\n", 4
    )
    person = {"name": name, "email": mail}
    return {"id": sha, "tree_id": tree, "message": message, "timestamp": at, "author": person, "committer": person}
