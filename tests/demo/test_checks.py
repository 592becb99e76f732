"""Checks, commit statuses, and Actions: runs, jobs, their logs, running them again."""

from __future__ import annotations

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import Client
from tests.refusals import html_unavailable

R = "/repos/acme/webshop"


@pytest.fixture
def sha(webshop: Hosted) -> str:
    return webshop.commit({"x": "x\n"}, branch="agent/issue-1")


def names(client: Client, sha: str, **query: str | int) -> list[str]:
    return [check["name"] for check in client.get(f"{R}/commits/{sha}/check-runs", **query)["check_runs"]]


def test_a_check_belongs_to_a_commit_not_to_its_branch(webshop: Hosted, client: Client, sha: str) -> None:
    webshop.add_check("agent/issue-1", "tests", "failure")
    assert names(client, sha) == names(client, "agent/issue-1") == names(client, "agent%2Fissue-1") == ["tests"]
    later = webshop.commit({"x": "y\n"}, branch="agent/issue-1")
    assert names(client, later) == names(client, "agent/issue-1") == []
    assert names(client, sha) == ["tests"]


def test_a_check_is_queued_until_it_ends(webshop: Hosted, client: Client, sha: str) -> None:
    check = webshop.add_check(sha, "tests", None)
    address = f"{R}/check-runs/{check}"
    assert (client.get(address)["status"], client.get(address)["conclusion"]) == ("queued", None)
    webshop.end_check(check, "success")
    assert (client.get(address)["status"], client.get(address)["conclusion"]) == ("completed", "success")


def test_a_page_says_how_many_checks_there_are_in_all(webshop: Hosted, client: Client, sha: str) -> None:
    for number in range(5):
        webshop.add_check(sha, f"check {number}")
    address = f"{R}/commits/{sha}/check-runs"
    first = client.ask("GET", address, params={"per_page": 2})
    assert (first.json()["total_count"], len(first.json()["check_runs"])) == (5, 2)
    last = client.ask("GET", first.links["last"]["url"]).json()
    assert [check["name"] for check in last["check_runs"]] == ["check 0"]
    assert names(client, sha, check_name="check 3") == ["check 3"]


@pytest.mark.parametrize("tail", ["commits/{sha}/check-runs", "commits/{sha}/statuses", "actions/runs?head_sha={sha}"])
def test_what_has_not_changed_is_a_304(webshop: Hosted, client: Client, sha: str, tail: str) -> None:
    webshop.add_check(sha, "tests", None)
    address = f"{R}/{tail.format(sha=sha)}"
    known = {"If-None-Match": client.ask("GET", address).headers["ETag"]}
    assert client.ask("GET", address, headers=known).status_code == 304
    webshop.end_check(webshop.checks(sha)[0].id, "failure")
    webshop.add_status(sha, "ci/legacy")
    assert client.ask("GET", address, headers=known).status_code == 200


def test_a_fine_grained_token_reads_no_checks_but_all_the_rest(webshop: Hosted, standin: StandIn, sha: str) -> None:
    job = webshop.add_check(sha, "tests", "failure", log="boom\n")
    client = Client(standin.api_url, standin.add_token("octocat", checks=False))
    for path in (f"{R}/commits/{sha}/check-runs", f"{R}/check-runs/{job}"):
        refused = client.ask("GET", path)
        assert (refused.status_code, refused.json()["message"]) == (
            403,
            "Resource not accessible by personal access token",
        )
    assert client.get(f"{R}/actions/jobs/{job}")["name"] == "tests"
    assert client.get(f"{R}/commits/{sha}/statuses") == []


def test_a_commit_that_is_not_there_has_no_checks(client: Client, webshop: Hosted) -> None:
    assert client.ask("GET", f"{R}/commits/{'0' * 40}/check-runs").status_code == 422
    assert client.ask("GET", f"{R}/commits/{'0' * 40}/status").status_code == 404
    assert client.ask("GET", f"{R}/commits/nowhere/statuses").status_code == 404


def test_of_a_context_the_latest_status_counts(webshop: Hosted, client: Client, sha: str) -> None:
    combined = f"{R}/commits/{sha}/status"
    assert (client.get(combined)["state"], client.get(combined)["total_count"]) == ("pending", 0)
    webshop.add_status(sha, "lint", "failure")
    webshop.add_status(sha, "tests")
    assert client.get(combined)["state"] == "failure"
    webshop.add_status(sha, "lint", "pending")
    assert client.get(combined)["state"] == "pending"
    webshop.add_status(sha, "lint")
    found = client.get(combined)
    assert (found["state"], found["total_count"]) == ("success", 2)
    rows, pages = client.all_pages(f"{R}/commits/{sha}/statuses", per_page=3)
    assert [row["context"] for row in rows] == ["lint", "lint", "tests", "lint"]
    assert pages == 2


def test_a_job_is_a_check_run_and_its_workflow_a_run(webshop: Hosted, client: Client, sha: str) -> None:
    job = webshop.add_check(sha, "tests", "failure")
    webshop.add_check(sha, "lint", None)
    webshop.add_check(sha, "elsewhere", workflow=None)
    checks = {check["name"]: check for check in client.get(f"{R}/commits/{sha}/check-runs")["check_runs"]}
    assert {name: check["app"]["slug"] == "github-actions" for name, check in checks.items()} == {
        "tests": True,
        "lint": True,
        "elsewhere": False,
    }
    (run,) = client.get(f"{R}/actions/runs", head_sha=sha)["workflow_runs"]
    jobs = client.get(f"{R}/actions/runs/{run['id']}/jobs")
    assert [found["id"] for found in jobs["jobs"]] == [job, checks["lint"]["id"]]
    assert (run["status"], run["conclusion"], run["head_branch"]) == ("in_progress", None, "agent/issue-1")
    webshop.end_check(checks["lint"]["id"], "success")
    assert client.get(f"{R}/actions/runs/{run['id']}")["conclusion"] == "failure"
    assert client.ask("GET", f"{R}/actions/jobs/{checks['elsewhere']['id']}").status_code == 404


def test_a_run_that_never_started_has_no_jobs(webshop: Hosted, client: Client, sha: str) -> None:
    run = webshop.add_run(sha, "startup_failure")
    assert client.get(f"{R}/actions/runs/{run}/jobs") == {"total_count": 0, "jobs": []}
    assert client.get(f"{R}/actions/runs", head_sha=sha, status="startup_failure")["total_count"] == 1
    assert client.get(f"{R}/actions/runs", status="success")["total_count"] == 0


def test_a_log_is_elsewhere_and_needs_no_credential(
    webshop: Hosted, client: Client, standin: StandIn, sha: str
) -> None:
    log = "2026-11-01T00:00:00Z \x1b[31mboom\x1b[0m ✗\r\n"
    job = webshop.add_check(sha, "tests", "failure", log=log)
    away = client.ask("GET", f"{R}/actions/jobs/{job}/logs")
    assert (away.status_code, away.content) == (302, b"")
    stranger = Client(standin.api_url, None)
    assert stranger.ask("GET", away.headers["Location"]).content.decode() == log
    assert not standin.requests[-1].credential
    assert standin.requests[-1].kind == "GET /_storage/{key}"
    assert stranger.ask("GET", f"{standin.url}/_storage/{'0' * 32}").status_code == 404
    assert client.ask("GET", f"{R}/actions/jobs/{webshop.add_check(sha, 'lint')}/logs").status_code == 404


def test_a_job_runs_again_in_place_of_the_former_one(webshop: Hosted, client: Client, sha: str) -> None:
    job = webshop.add_check(sha, "tests", "timed_out")
    run = client.get(f"{R}/actions/jobs/{job}")["run_id"]
    assert client.ask("POST", f"{R}/actions/jobs/{job}/rerun").status_code == 201
    (again,) = webshop.checks(sha)
    assert (again.id != job, again.status, again.attempt) == (True, "queued", 2)
    assert names(client, sha) == ["tests"]
    assert names(client, sha, filter="all") == ["tests", "tests"]
    assert client.get(f"{R}/actions/runs/{run}")["run_attempt"] == 2
    assert client.get(f"{R}/actions/runs/{run}/jobs", filter="all")["total_count"] == 2
    assert client.ask("POST", f"{R}/actions/jobs/{again.id}/rerun").status_code == 403
    webshop.end_check(again.id, "success")
    assert client.get(f"{R}/actions/runs/{run}")["conclusion"] == "success"


def test_who_may_not_run_a_job_again_is_told_so(webshop: Hosted, standin: StandIn, sha: str) -> None:
    job = webshop.add_check(sha, "tests", "timed_out")
    for token in (standin.add_token("a", actions=False), standin.add_token("b", "read")):
        assert Client(standin.api_url, token).ask("POST", f"{R}/actions/jobs/{job}/rerun").status_code == 403
    assert webshop.checks(sha)[0].id == job


def test_checks_and_logs_fail_on_demand(webshop: Hosted, client: Client, standin: StandIn, sha: str) -> None:
    job = webshop.add_check(sha, "tests", "failure", log="boom\n")
    standin.fail("GET", "*/check-runs", html_unavailable())
    standin.fail("GET", "/_storage/*", html_unavailable(500))
    assert client.ask("GET", f"{R}/commits/{sha}/check-runs").status_code == 503
    away = client.ask("GET", f"{R}/actions/jobs/{job}/logs").headers["Location"]
    assert [client.ask("GET", away).status_code for _ in range(2)] == [500, 200]
    assert not standin.faults.waiting
