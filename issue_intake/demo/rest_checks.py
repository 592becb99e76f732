"""The REST calls on check runs, commit statuses, and the runs and jobs of Actions."""

from __future__ import annotations

import re
import secrets

from issue_intake.demo.call import RepositoryCall
from issue_intake.demo.check_body import check_body, combined_body, job_body, run_body, status_body
from issue_intake.demo.checks import (
    checks_of,
    commit_of,
    find_check,
    find_job,
    jobs_of,
    rerun,
    run_state,
    statuses_of,
)
from issue_intake.demo.verdicts import Check, Run
from issue_intake.demo.wire import RejectedError, Reply, Request, json_reply, not_found, text_reply
from issue_intake.demo.world import World

_LOG = re.compile(r"/_storage/([0-9a-f]+)")


def list_check_runs(call: RepositoryCall) -> Reply:
    """GET /commits/{ref}/check-runs."""
    _refuse_unless_checks(call)
    sha = commit_of(call.repository, call.names["ref"])
    if sha is None:
        raise RejectedError(422, f"No commit found for SHA: {call.names['ref']}")
    every = checks_of(call.repository, sha, latest=call.request.query.get("filter") != "all")
    found = [one for one in every if _wanted(call, one)]
    rows, link = call.page(found)
    bodies = [check_body(call.world, call.repository, one) for one in rows]
    return json_reply({"total_count": len(found), "check_runs": bodies}).with_headers(link)


def get_check_run(call: RepositoryCall) -> Reply:
    """GET /check-runs/{id}."""
    _refuse_unless_checks(call)
    return json_reply(check_body(call.world, call.repository, find_check(call.repository, call.number("check"))))


def list_statuses(call: RepositoryCall) -> Reply:
    """GET /commits/{ref}/statuses, the newest first, former ones of a context too."""
    rows, link = call.page(statuses_of(call.repository, _commit(call)))
    return json_reply([status_body(call.world, call.repository, one) for one in rows]).with_headers(link)


def get_combined_status(call: RepositoryCall) -> Reply:
    """GET /commits/{ref}/status: the latest of each context."""
    sha = _commit(call)
    latest = statuses_of(call.repository, sha, latest=True)
    rows, link = call.page(latest)
    bodies = [status_body(call.world, call.repository, one) for one in rows]
    simple = [{name: value for name, value in body.items() if name != "creator"} for body in bodies]
    body = combined_body(call.world, call.repository, sha, latest) | {"statuses": simple}
    return json_reply(body).with_headers(link)


def list_runs(call: RepositoryCall) -> Reply:
    """GET /actions/runs, the newest first."""
    found = [one for one in reversed(call.repository.runs.values()) if _asked(call, one)]
    rows, link = call.page(found)
    bodies = [run_body(call.world, call.repository, one) for one in rows]
    return json_reply({"total_count": len(found), "workflow_runs": bodies}).with_headers(link)


def get_run(call: RepositoryCall) -> Reply:
    """GET /actions/runs/{id}."""
    return json_reply(run_body(call.world, call.repository, _run(call)))


def list_jobs(call: RepositoryCall) -> Reply:
    """GET /actions/runs/{id}/jobs."""
    run = _run(call)
    found = jobs_of(call.repository, run, latest=call.request.query.get("filter") != "all")
    rows, link = call.page(found)
    bodies = [job_body(call.world, call.repository, one, run) for one in rows]
    return json_reply({"total_count": len(found), "jobs": bodies}).with_headers(link)


def get_job(call: RepositoryCall) -> Reply:
    """GET /actions/jobs/{id}."""
    return json_reply(job_body(call.world, call.repository, *find_job(call.repository, call.number("job"))))


def get_job_log(call: RepositoryCall) -> Reply:
    """GET /actions/jobs/{id}/logs: 302 to where the log is stored, which asks for no credential."""
    job, _ = find_job(call.repository, call.number("job"))
    if job.log is None:
        raise not_found()
    key = secrets.token_hex(16)
    call.world.stored[key] = job.log
    return Reply(status=302, headers={"Location": f"{call.world.storage or call.world.web}/_storage/{key}"})


def post_job_rerun(call: RepositoryCall) -> Reply:
    """POST /actions/jobs/{id}/rerun."""
    if not call.token.actions:
        raise RejectedError(403, "Resource not accessible by personal access token")
    job, _ = find_job(call.repository, call.number("job"))
    rerun(call.world, call.repository, job)
    return json_reply({}, 201)


def is_stored_log(request: Request) -> bool:
    """Whether a request is for a log at the place where it is stored."""
    return request.method == "GET" and bool(_LOG.fullmatch(request.path))


def stored_log(world: World, request: Request) -> Reply:
    """The log itself, plain text; nobody is asked who they are."""
    found = _LOG.fullmatch(request.path)
    text = world.stored.get(found[1]) if found else None
    return text_reply("The specified resource does not exist.", 404) if text is None else text_reply(text)


def _refuse_unless_checks(call: RepositoryCall) -> None:
    if not call.token.checks:
        raise RejectedError(403, "Resource not accessible by personal access token")


def _commit(call: RepositoryCall) -> str:
    sha = commit_of(call.repository, call.names["ref"])
    if sha is None:
        raise not_found()
    return sha


def _run(call: RepositoryCall) -> Run:
    run = call.repository.runs.get(call.number("run"))
    if run is None:
        raise not_found()
    return run


def _wanted(call: RepositoryCall, check: Check) -> bool:
    query = call.request.query
    return query.get("check_name", check.name) == check.name and query.get("status", check.status) == check.status


def _asked(call: RepositoryCall, run: Run) -> bool:
    query = call.request.query
    return (
        query.get("head_sha", run.sha) == run.sha
        and query.get("branch", run.branch) == run.branch
        and ("status" not in query or query["status"] in run_state(call.repository, run))
    )
